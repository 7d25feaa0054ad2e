/** The crate as cargo packs it. */
import { cargo, wasmTarget } from "./cargo.mjs";
import { Failure, start } from "./run.mjs";

const packaging = ["package", "--package", "typed-eventsource", "--allow-dirty"];

/** Besides the sources: what cargo adds itself, and the texts. */
const texts = [
  ".cargo_vcs_info.json",
  "CHANGELOG.md",
  "Cargo.lock",
  "Cargo.toml",
  "Cargo.toml.orig",
  "LICENSE-APACHE",
  "LICENSE-MIT",
  "README.md",
];

/** What cargo may warn of: the tests stay here, and only who publishes knows where the crate will be at home. */
const expected = /^warning: (?:ignoring test `|manifest has no documentation, homepage or repository)/;

/** Packs the crate and builds what was packed, for browsers; a warning or a file too many is a failure. */
export async function packageCrate() {
  const list = (await cargo([...packaging, "--list"], { capture: true })).trim().split(/\r?\n/);
  const files = list.map((name) => name.replaceAll("\\", "/"));
  const surplus = files.filter((name) => !texts.includes(name) && !/^src\/.+\.rs$/.test(name));
  if (surplus.length)
    throw new Failure(`the crate would have ${surplus.length} files too many: ${surplus[0]}`);
  // Git's file is missing where the checkout is no clone.
  const missing = texts.slice(1).filter((name) => !files.includes(name));
  if (missing.length) throw new Failure(`the crate would lack ${missing}`);

  const warnings = await warningsOf([...packaging, "--target", wasmTarget]);
  if (warnings.length) throw new Failure(`cargo package warns: ${warnings[0]}`);
}

/** Runs cargo; gives the warnings that nobody expects. */
async function warningsOf(args) {
  const child = start("cargo", args, { stdio: ["ignore", "inherit", "pipe"] });
  let output = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    process.stderr.write(text);
    output += text;
  });
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Failure(`cargo ${args[0]} ended with exit code ${code}`);
  return output.split("\n").filter((line) => line.startsWith("warning") && !expected.test(line));
}
