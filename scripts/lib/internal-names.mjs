/**
 * The names that are the package's own affair, and may be shortened in what is published.
 *
 * esbuild shortens by name, and knows no types. So a name is left alone if it stands anywhere else too:
 *
 * - in the declarations of the platform, TypeScript's `lib.*.d.ts`
 * - in the declarations of the entries, and in all that those refer to
 * - in what crosses to the wasm, or to a worker, whose script may be of another version of the package
 * - in a text: a property may be looked up by it
 * - in what a module exports: `import()` gives it as a property
 * - in the type of an assertion, which is how objects of others are described, such as those of zone.js
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { isAddOn } from "./entries.mjs";
import { at } from "./paths.mjs";

/** The declarations with names that others know. */
const known = ["index", "eventsource", "hub/messages", "engine/module"];

/** Whether names in a file may be shortened. */
const isShortened = (name) => name.startsWith(at("npm/src/")) && !isAddOn(relative(at("npm/src"), name));

/** What a name looks like. */
const word = /^[A-Za-z_$][\w$]*$/;

/** Where declarations name a property, a method, or what is global: at the beginning of a line, or in braces within it. */
const declaredName =
  /(?:^|[{;])[\t ]*(?:(?:readonly|static|get|set|export|declare|var|let|const|function|class|interface|type|namespace) +)*["']?([A-Za-z_$][\w$]*)/gm;

/** Gives the names, from the sources and from the declarations that the compiler has made of them. */
export async function internalNames() {
  const config = at("npm/modules/known.json");
  const files = known.map((name) => `${name}.d.ts`);
  const compilerOptions = { noEmit: true, module: "ESNext", moduleResolution: "Bundler", types: [] };
  await writeFile(config, JSON.stringify({ compilerOptions, files }));
  const { API, SymbolFlags } = await import("typescript/unstable/sync");
  const { SyntaxKind } = await import("typescript/unstable/ast");
  const kinds = { Identifier: SyntaxKind.Identifier, Alias: SymbolFlags.Alias };
  const api = new API({ cwd: at() });
  try {
    const project = (file) => api.updateSnapshot({ openProjects: [file] }).getProject(file);
    const declared = project(config);
    const left = new Set(await platformNames(declared.program.getSourceFileNames()));
    const entries = files.map((name) => declared.program.getSourceFile(at("npm/modules", name)));
    addNames(left, entries, declared, kinds);

    const sources = project(at("npm/tsconfig.json"));
    const names = sources.program.getSourceFileNames().filter(isShortened);
    const nodes = names.flatMap((name) => [...within(sources.program.getSourceFile(name))]);
    const of = (...kinds) => nodes.filter(({ kind }) => kinds.includes(kind));
    const texts = of(
      SyntaxKind.StringLiteral,
      SyntaxKind.NoSubstitutionTemplateLiteral,
      SyntaxKind.TemplateHead,
      SyntaxKind.TemplateMiddle,
      SyntaxKind.TemplateTail,
    );
    for (const { text } of texts) if (word.test(text)) left.add(text);
    const isOfOthers = (node) => [...within(node)].some(({ kind }) => kind === SyntaxKind.TypeLiteral);
    const assertions = of(SyntaxKind.AsExpression)
      .map(({ type }) => type)
      .filter(isOfOthers);
    addNames(left, assertions, sources, kinds);

    for (const name of names) {
      const module = sources.checker.getSymbolAtLocation(sources.program.getSourceFile(name));
      if (module) for (const { name } of sources.checker.getExportsOfModule(module)) left.add(name);
    }

    const candidates = new Set(of(SyntaxKind.Identifier).map(({ text }) => text));
    return [...candidates].filter((name) => !left.has(name)).sort();
  } finally {
    api.close();
  }
}

/** A node, and all that it is made of. */
function* within(node) {
  yield node;
  const parts = [];
  node.forEachChild((part) => {
    parts.push(part);
  });
  for (const part of parts) yield* within(part);
}

/** Adds every name in some nodes, and in the declarations that they refer to, wherever in the package those stand. */
function addNames(names, nodes, project, { Identifier, Alias }) {
  const done = new Set();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node; node = waiting.pop()) {
    const identifiers = [...within(node)].filter(({ kind }) => kind === Identifier);
    for (const { text } of identifiers) names.add(text);
    for (const symbol of project.checker.getSymbolAtLocation(identifiers)) {
      const target = symbol && symbol.flags & Alias ? project.checker.getAliasedSymbol(symbol) : symbol;
      for (const declaration of target?.declarations ?? []) {
        const id = `${declaration.path}:${declaration.index}`;
        if (done.has(id) || declaration.path.includes("/node_modules/")) continue;
        done.add(id);
        waiting.push(declaration.resolve(project));
      }
    }
  }
}

/** What the compiler's declarations of the platform mention, also those that the package does not ask for. */
async function platformNames(files) {
  const folder = dirname(files.find((name) => /lib\.es5\.d\.ts$/.test(name)));
  const names = (await readdir(folder)).filter((name) => /^lib\..*d\.ts$/.test(name));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
  return texts.flatMap((text) =>
    [...text.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(declaredName)].map(([, name]) => name),
  );
}
