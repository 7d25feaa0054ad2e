/** The types as the compilers of users see them, nothing skipped. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fixture, node, program, project, root, write } from "./support/package.mjs";

const strictest = {
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  skipLibCheck: false,
  types: [],
};
const bundler = { module: "ESNext", moduleResolution: "Bundler" };
const nodeNext = { module: "NodeNext", moduleResolution: "NodeNext" };

/** Compiles files of a project; gives what the compiler complains about. */
async function complaints(folder, files, options) {
  const compilerOptions = { ...strictest, target: "ES2022", lib: ["ES2022", "DOM"], ...options };
  await write(folder, { "tsconfig.json": JSON.stringify({ compilerOptions, files }) });
  const { code, output } = await node([await program("typescript", "tsc"), "--project", folder], {
    cwd: folder,
  });
  assert.equal(code !== 0, output !== "", output);
  return output;
}

test("an app's file compiles", async (t) => {
  const user = await fixture("user.ts");
  const folder = await project(t, { files: { "user.ts": user, "user.mts": user } });
  for (const [file, options] of [
    ["user.ts", bundler],
    ["user.mts", nodeNext],
    ["user.ts", { ...bundler, lib: undefined }],
    // The oldest that the compiler knows; what the package needs of later ones it must bring.
    ["user.ts", { ...bundler, target: "ES2015", lib: ["ES2015", "DOM"] }],
    ["user.mts", { ...nodeNext, target: "ES2018", lib: ["ES2018", "DOM"] }],
  ]) {
    assert.equal(await complaints(folder, [file], options), "", JSON.stringify([file, options]));
  }
});

test("a CommonJS file compiles that requires the package", async (t) => {
  const file = `import { connect } from "typed-eventsource";\nconnect("/").close();\n`;
  const folder = await project(t, { files: { "user.cts": file } });
  assert.equal(await complaints(folder, ["user.cts"], nodeNext), "");
});

test("a wrong file does not compile", async (t) => {
  const file = `import { connect } from "typed-eventsource";\nconnect("/").on("a", (event) => event.dat);\n`;
  const folder = await project(t, { files: { "user.ts": file } });
  assert.match(await complaints(folder, ["user.ts"], bundler), /^user\.ts\(2,\d+\): error TS2551/);
});

test("the README's TypeScript compiles", async (t) => {
  const readme = await readFile(join(root, "README.md"), "utf8");
  const blocks = [...readme.matchAll(/^```(?:ts|typescript)\n([\s\S]*?)^```$/gm)].map(([, code]) => code);
  assert.ok(blocks.length > 0, "the README has no TypeScript");
  const files = Object.fromEntries(blocks.map((code, n) => [`block-${n + 1}.ts`, `${code}\nexport {};\n`]));
  const folder = await project(t, { files });
  assert.equal(await complaints(folder, Object.keys(files), bundler), "");
});
