#!/usr/bin/env node
/** The command of the package: what follows from a contract, as files. */

import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ContractError, typescriptModule, validatorModule } from "../../dist/contract.js";

const usage = `usage: typed-eventsource contract [--check] DOCUMENT KIND FILE [KIND FILE …]

  DOCUMENT          an OpenAPI 3.2 document as JSON, whose event streams have an itemSchema
  typescript FILE   the event maps
  validators FILE   the same with a validator for each event, for \`decode\` of connect(): a module in TypeScript, or
                    in JavaScript if FILE ends with .js or .mjs; needs Ajv 8 (npm install --save-dev ajv)

  --check           writes nothing, and fails where a file is not what it would be`;

/** Ajv of the project that this runs for, else of the place where the package is. */
async function generator() {
  for (const from of [join(process.cwd(), "package.json"), import.meta.url]) {
    const { resolve } = createRequire(from);
    try {
      const load = async (name) => (await import(pathToFileURL(resolve(name)))).default;
      const [Ajv2020, standalone] = await Promise.all(
        ["ajv/dist/2020.js", "ajv/dist/standalone/index.js"].map(load),
      );
      return { Ajv2020: Ajv2020.default ?? Ajv2020, standaloneCode: standalone.default ?? standalone };
    } catch (error) {
      if (!/MODULE_NOT_FOUND|NOT_EXPORTED/.test(error.code)) throw error;
    }
  }
  throw new ContractError("validators are written by Ajv 8: npm install --save-dev ajv");
}

const kinds = {
  typescript: typescriptModule,
  validators: async (document, file) => validatorModule(document, !/\.m?js$/.test(file), await generator()),
};

async function settle(file, text, check) {
  if (!check) return writeFile(file, text);
  const before = await readFile(file, "utf8");
  // Git may have changed the ends of lines.
  if (before.replaceAll("\r\n", "\n") === text) return undefined;
  throw new ContractError(
    `${file} does not follow from the document: run this without --check, and commit it`,
  );
}

async function main(args) {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const [command, source, ...words] = args.filter((arg) => !arg.startsWith("-"));
  if (flags.includes("--help")) return console.log(usage);
  const check = flags.length === 1 && flags[0] === "--check";
  if (flags.length && !check) throw new ContractError(`unknown flags ${flags.join(" ")}\n\n${usage}`);
  if (command !== "contract" || !words.length || words.length % 2)
    throw new ContractError(`a document, and for each kind a file, is needed\n\n${usage}`);
  const pairs = Array.from({ length: words.length / 2 }, (_, index) => words.slice(2 * index, 2 * index + 2));
  for (const [kind] of pairs)
    if (!Object.hasOwn(kinds, kind)) throw new ContractError(`unknown kind ${kind}\n\n${usage}`);
  // A mark of the byte order is no JSON.
  const text = (await readFile(source, "utf8")).replace(/^\uFEFF/, "");
  let document;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new ContractError(`${source} is no JSON (${error.message}): convert it if it is YAML`);
  }
  // All or none: before one is written, nothing may be wrong with any.
  const texts = [];
  for (const [kind, file] of pairs) texts.push([file, await kinds[kind](document, file)]);
  for (const [file, text] of texts) await settle(file, text, check);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  const isTold = error instanceof ContractError || error.syscall;
  console.error(isTold ? `error: ${error.message}` : error);
  process.exitCode = 1;
}
