/** Every option exists in both languages; what cannot, has its counterpart named here. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const source = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");

/** Options that the other language has no need of. */
const typescriptOnly = {
  signal: "in Rust, dropping the source closes it",
  decode: "in Rust, the type of a subscription decodes",
  defaultDecode: "in Rust, the type of a subscription decodes",
  worker: "in Rust, the app itself can run in a worker",
};

/** `connectTimeoutMs` and `connect_timeout` are one name. */
const canonical = (name) =>
  name.replace(/Ms$/, "").replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

async function typescriptOptions() {
  const text = await source("npm/src/options/types.ts");
  const fields = (name) => {
    const body = text.match(new RegExp(`export interface ${name}\\b[^{]*\\{\\n([\\s\\S]*?)\\n\\}`))?.[1];
    assert.ok(body, `options/types.ts has no interface ${name}`);
    return [...body.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, field]) => field);
  };
  const top = [...fields("BaseOptions"), ...fields("EventOptions")];
  return new Set(
    [
      ...top.filter((name) => !(name in typescriptOnly)),
      ...fields("RetryOptions").map((name) => `retry.${name}`),
    ].map(canonical),
  );
}

async function rustOptions() {
  const setters = (text) =>
    [...text.matchAll(/^ {4}pub fn (\w+)[^(]*\(\s*mut self/gm)].map(([, name]) => name);
  const builder = setters(await source("src/client/builder.rs"));
  const retry = setters(await source("src/protocol/retry.rs")).map((name) => `retry.${name}`);
  // A part of `buffer` in TypeScript.
  const top = builder.filter((name) => name !== "overflow");
  // A closure would take from `Retry` that it can be compared and printed.
  const renamed = {
    should_retry: "retry.should_retry",
    // One name or several are two functions in Rust.
    gap_headers: "gap_header",
    // There is no other way than a GET.
    resume_by_get: "resume",
  };
  const names = top.map((name) => renamed[name] ?? name);
  return new Set([...names, ...retry]);
}

/** The names that Rust takes from JavaScript: the first string of each rule in a table. */
async function jsOptions() {
  const text = await source("src/client/js_values/options.rs");
  const table = (name) => {
    const rules = text.match(new RegExp(`const ${name}: [^=]*= &\\[([\\s\\S]*?)\\n?\\];\\n`))?.[1];
    assert.ok(rules, `options.rs has no table ${name}`);
    return [...rules.matchAll(/\(\s*"(\w+)",/g)].map(([, option]) => option);
  };
  return new Set([...table("OPTIONS"), ...table("RETRY").map((name) => `retry.${name}`)].map(canonical));
}

test("Rust takes every option from JavaScript, by its TypeScript name", async () => {
  assert.deepEqual([...(await jsOptions())].sort(), [...(await typescriptOptions())].sort());
});

test("every option exists in both languages", async () => {
  const [typescript, rust] = await Promise.all([typescriptOptions(), rustOptions()]);
  assert.ok(typescript.size > 10, "the lists are read at all");
  assert.deepEqual([...typescript].sort(), [...rust].sort());
});
