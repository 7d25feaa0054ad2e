/** What an editor shows of the package, by TypeScript's language server. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { rules } from "../../npm/modules/options/rules.js";
import { languageServer } from "./support/language-server.mjs";
import { project } from "./support/package.mjs";

/** Options that are objects: the names inside. */
const inside = {
  retry: Object.keys(rules.retry),
  buffer: Object.keys(rules.buffer),
  persist: ["storage", "key"],
  delivery: ["everyMs"],
  worker: ["url"],
};

const placeOf = (text, at) => {
  const lines = text.slice(0, at).split("\n");
  return { line: lines.length - 1, character: lines.at(-1).length };
};

async function opened(t, text) {
  const config = { compilerOptions: { module: "ESNext", moduleResolution: "Bundler", types: [] } };
  const files = { "app.ts": text, "tsconfig.json": JSON.stringify({ ...config, files: ["app.ts"] }) };
  const folder = await project(t, { files });
  const server = await languageServer(t, folder);
  const uri = pathToFileURL(join(folder, "app.ts")).href;
  server.open(uri, text);
  return { server, uri };
}

test("every option's text shows on hover, inside the call", async (t) => {
  const value = "undefined as never";
  const nested = (name) => `{ ${inside[name].map((inner) => `${inner}: ${value}`).join(", ")} }`;
  const lines = Object.keys(rules).map((name) => `  ${name}: ${inside[name] ? nested(name) : value},`);
  const text = `import { connect } from "typed-eventsource";\nconnect("/", {\n${lines.join("\n")}\n});\n`;
  const { server, uri } = await opened(t, text);
  const places = [...text.matchAll(/(\w+): (?=undefined|\{)/g)];
  assert.ok(places.length > 40);
  for (const { 1: name, index } of places) {
    const { contents } = (await server.hover(uri, placeOf(text, index + 1))) ?? {};
    // Below the type stands what is said of it.
    const said = contents?.value?.split("```")[2]?.trim() ?? "";
    assert.match(said, /\w+ \w+/, `${name}: ${contents?.value}`);
  }
});

test("go to definition leads to the source", async (t) => {
  const text = `import { connect } from "typed-eventsource";\nconnect("/").onGap(() => {});\n`;
  const { server, uri } = await opened(t, text);
  for (const [name, file, declaration] of [
    ["connect(", "npm/src/source/connect.ts", /export function connect/],
    ["onGap(", "npm/src/source/types.ts", /onGap\(handler/],
  ]) {
    const found = [await server.definition(uri, placeOf(text, text.indexOf(name)))].flat();
    const target = found[0].targetUri ?? found[0].uri;
    assert.ok(target.endsWith(`node_modules/typed-eventsource/${file}`), target);
    const { line } = (found[0].targetSelectionRange ?? found[0].range).start;
    const source = (await readFile(fileURLToPath(target), "utf8")).split("\n");
    assert.match(source[line], declaration);
  }
});
