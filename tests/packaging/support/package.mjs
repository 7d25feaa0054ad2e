/** The package as its users get it: packed by npm, and installed by npm into projects of the tests' own. */

import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { npm } from "../../../scripts/lib/setup.mjs";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

// Inside of `npm test`, npm would take the checkout for the project: each call names its own.
const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];

/** Packs dist/ as it is, without building it; gives the tarball's path and what npm says of it. */
export async function pack(folder) {
  const flags = ["--json", "--pack-destination", folder, "--prefix", root, ...quiet];
  const [packed] = JSON.parse(await npm(["pack", root, ...flags], { capture: true }));
  return { ...packed, tarball: join(folder, packed.filename) };
}

let packed;
let template;

/** The tarball: the one that `PACKAGE_TARBALL` names, so that one serves all test files, or a new one. */
export function tarball() {
  packed ??= process.env.PACKAGE_TARBALL
    ? Promise.resolve(process.env.PACKAGE_TARBALL)
    : lasting().then(async (folder) => (await pack(folder)).tarball);
  return packed;
}

/** What npm makes of a project that installs the package. */
async function install() {
  const folder = await lasting();
  await write(folder, { "package.json": JSON.stringify({ private: true, type: "module" }) });
  const flags = ["--offline", "--no-save", "--prefix", folder, ...quiet];
  await npm(["install", await tarball(), ...flags], { cwd: folder, capture: true });
  return folder;
}

// Not below the checkout: whatever the package needs must be its own.
const temporary = async () => mkdtemp(join(await realpath(tmpdir()), "typed-eventsource-"));

/** A folder that is there as long as this process. */
async function lasting() {
  const folder = await temporary();
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * Makes a project that has the package installed, and removes it after the test.
 *
 * @param files - the project's files by their paths
 * @param links - the checkout's development tools that the project resolves by itself
 * @returns the project's folder
 */
export async function project(test, { files = {}, links = [] } = {}) {
  template ??= install();
  const folder = await temporary();
  test.after(() => rm(folder, { recursive: true, force: true }));
  // npm takes a second, which is too long for each.
  await cp(await template, folder, { recursive: true });
  await write(folder, files);
  for (const name of links) {
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name), "junction");
  }
  return folder;
}

/** Writes files by their paths. */
export async function write(folder, files) {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}

/** The text of a file beside these tests. */
export const fixture = (name) => readFile(new URL(`../fixtures/${name}`, import.meta.url), "utf8");

/** The file of the program `name` of one of the checkout's development tools. */
export async function program(from, name) {
  const { bin } = JSON.parse(await readFile(join(root, "node_modules", from, "package.json"), "utf8"));
  return join(root, "node_modules", from, typeof bin === "string" ? bin : bin[name]);
}

/** Runs a script with this Node; gives its exit code and all that it printed. */
export function node(args, { cwd, env = {} }) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      // What a test run leaves in the environment is none of a user's.
      env: { ...process.env, NODE_OPTIONS: "", NODE_TEST_CONTEXT: undefined, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
      // Only what hangs takes so long.
      timeout: 600_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
      });
    }
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code: signal ?? code, output }));
  });
}
