/** What is published has short names where only the package itself uses them, and nowhere else. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { API, SignatureKind } from "typescript/unstable/sync";
import { isAddOn } from "../../scripts/lib/entries.mjs";

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));

/** The names that were shortened. */
const shortened = new Set(
  Object.keys(JSON.parse(await readFile(path("npm/modules/shortened.json"), "utf8"))),
);

const none = (names) => assert.deepEqual([...names].filter((name) => shortened.has(name)).sort(), []);

test("names are shortened, and those of the modules are as they are in the sources", () => {
  for (const name of ["failDecoding", "isSpecial", "handOver"]) assert.ok(shortened.has(name), name);
});

test("no public name is: every property of what the entries export, of its types and of what those refer to", () => {
  const api = new API({ cwd: path(".") });
  try {
    const files = ["index", "eventsource"].map((name) => path(`dist/${name}.d.ts`));
    const snapshot = api.updateSnapshot({ openFiles: files });
    const names = new Set();
    for (const file of files) {
      const { checker, program } = snapshot.getDefaultProjectForFile(file);
      const types = [];
      const module = checker.getSymbolAtLocation(program.getSourceFile(file));
      for (const exported of checker.getExportsOfModule(module)) {
        names.add(exported.name);
        const target = exported.flags & 2097152 ? checker.getAliasedSymbol(exported) : exported;
        types.push(checker.getTypeOfSymbol(target), checker.getDeclaredTypeOfSymbol(target));
      }
      const done = new Set();
      for (let type = types.pop(); type || types.length; type = types.pop()) {
        if (!type || done.has(type.id)) continue;
        done.add(type.id);
        types.push(...(type.getTypes?.() ?? []), checker.getNonNullableType(type));
        for (const property of checker.getPropertiesOfType(type)) {
          // The platform's own are another test's.
          const isOurs = property.declarations.some(({ path }) => path.includes("/dist/"));
          if (!isOurs) continue;
          names.add(property.name);
          types.push(checker.getTypeOfSymbol(property));
        }
        for (const kind of [SignatureKind.Call, SignatureKind.Construct])
          for (const signature of checker.getSignaturesOfType(type, kind)) {
            types.push(checker.getReturnTypeOfSignature(signature));
            for (const parameter of signature.getParameters()) types.push(checker.getTypeOfSymbol(parameter));
          }
      }
    }
    // It went deep enough.
    for (const name of [
      "shouldRetry",
      "holdMs",
      "retryable",
      "bodyText",
      "processed",
      "waitMs",
      "issues",
      "OPEN",
    ])
      assert.ok(names.has(name), name);
    none(names);
  } finally {
    api.close();
  }
});

test("no name is that a text of the sources has, by which a property may be looked up", async () => {
  // Entries that are made of others know none but public names, and keep their own.
  const files = (await readdir(path("npm/src"), { recursive: true })).filter(
    (name) => name.endsWith(".ts") && !isAddOn(name),
  );
  for (const file of files) {
    const text = (await readFile(path(`npm/src/${file}`), "utf8")).replace(
      /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm,
      "",
    );
    none([...text.matchAll(/(["'`])([A-Za-z_$][\w$]*)\1/g)].map(([, , name]) => name));
  }
});

test("no name is that the compiler declares for any platform", async () => {
  const api = new API({ cwd: path(".") });
  const config = path("npm/tsconfig.json");
  const files = api
    .updateSnapshot({ openProjects: [config] })
    .getProject(config)
    .program.getSourceFileNames();
  api.close();
  const folder = dirname(files.find((name) => name.endsWith("lib.es5.d.ts")));
  const names = new Set();
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".d.ts"))) {
    const text = await readFile(join(folder, file), "utf8");
    // Properties and methods, and what is global.
    for (const [, name] of text.matchAll(
      /^\s*(?:readonly |static |get |set |declare var |declare function )*([\w$]+)\??[:(<]/gm,
    ))
      names.add(name);
  }
  for (const name of ["withCredentials", "throwIfAborted", "persisted", "importScripts", "terminate"])
    assert.ok(names.has(name), name);
  none(names);
});

test("no name is that a module exports, which import() gives as a property", async () => {
  const files = (await readdir(path("npm/modules"), { recursive: true })).filter(
    (name) => name.endsWith(".d.ts") && !isAddOn(name.replace(".d.ts", ".ts")),
  );
  for (const file of files) {
    const text = await readFile(path(`npm/modules/${file}`), "utf8");
    none([...text.matchAll(/^export declare (?:const|function|class) (\w+)/gm)].map(([, name]) => name));
  }
});
