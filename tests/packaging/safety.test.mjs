/** Nothing turns strings into code or into markup; and what an audit found is judged rightly. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { judged } from "../../scripts/lib/audit.mjs";
import { project, root } from "./support/package.mjs";

/** Also as the name of a property, however that is written. */
const forbidden = [
  /\beval\s*\(/,
  /\bFunction\s*\(/,
  /\bset(?:Timeout|Interval)\s*\(\s*["'`]/,
  /\b(?:inner|outer)HTML\b/,
  /\binsertAdjacentHTML\b|\bcreateContextualFragment\b|\bsetHTMLUnsafe\b|\bparse(?:FromString|HTMLUnsafe)\b/,
  /\bdocument\s*\.\s*write(?:ln)?\b/,
  /\bsrcdoc\b|javascript:/,
];

const found = (text) => forbidden.filter((pattern) => pattern.test(text));

/** The files of a folder that run in a browser. */
async function checked(folder) {
  const names = (await readdir(folder, { recursive: true })).filter((name) => /\.(?:ts|js|html)$/.test(name));
  const files = names.filter((name) => !name.split(/[/\\]/).includes("node_modules"));
  for (const name of files) {
    const [pattern] = found(await readFile(join(folder, name), "utf8"));
    assert.equal(pattern, undefined, `${join(folder, name)} has ${pattern}`);
  }
  return files.length;
}

test("what is looked for would be found", () => {
  for (const text of [
    "eval(code)",
    "new Function(code)",
    'setTimeout("code", 1)',
    "element.innerHTML=text",
    'element["outerHTML"]',
    "element.insertAdjacentHTML('beforeend', text)",
    "document.write(text)",
    "new DOMParser().parseFromString(text)",
    'href="javascript:code"',
  ])
    assert.equal(found(text).length, 1, text);
  assert.deepEqual(found("setTimeout(wake, 1); evaluate(a); isFunction(b); /CSP|eval|embedder/"), []);
});

test("the package makes no code and no markup of strings", async (t) => {
  assert.ok((await checked(join(root, "npm/src"))) > 20);
  assert.ok((await checked(join(await project(t), "node_modules", "typed-eventsource", "dist"))) > 20);
});

test("the demo page makes no code and no markup of strings", async (t) => {
  assert.ok((await checked(join(root, "www/src"))) > 10);
  const built = await checked(join(root, "www/dist")).catch((error) => {
    if (error.code !== "ENOENT") throw error;
  });
  if (built === undefined) t.diagnostic("skipped: the page is not built");
  else assert.ok(built > 2);
});

test("a finding in what users run fails, one for developers does not, and no answer is none", () => {
  const report = (vulnerabilities) => JSON.stringify({ vulnerabilities });
  const finding = (name, severity) => ({ [name]: { name, severity, range: "<2" } });
  const table = [
    [report({}), { grave: [], others: [] }],
    [report(finding("uplot", "high")), { grave: ["uplot <2 (high)"], others: [] }],
    [report(finding("uplot", "critical")), { grave: ["uplot <2 (critical)"], others: [] }],
    [report(finding("uplot", "low")), { grave: [], others: ["uplot <2 (low)"] }],
    [report(finding("vite", "critical")), { grave: [], others: ["vite <2 (critical)"] }],
    ['{"message":"405"}', { message: "405" }],
    ["{}", { message: "it has no report" }],
    ["", { message: "npm printed no report" }],
  ];
  for (const [output, expected] of table) assert.deepEqual(judged(output), expected, output);
});
