/** What the command `typed-eventsource contract` makes of an OpenAPI 3.2 document. */
import { read } from "./read.js";
import { declarations } from "./typescript.js";
import { type Generator, validators } from "./validators.js";

export { ContractError } from "./schema.js";

const written = "// Written by typed-eventsource from an OpenAPI document. Change that instead.\n";

/** The event maps, and the types that they name: a module. */
export const typescriptModule = (document: unknown): string => `${written}\n${declarations(read(document))}`;

/** What keeps tools for people's code away. */
const ignored = "/* eslint-disable */\n// biome-ignore-all lint: it is generated\n";

/** The same with a validator for each event and each type; in JavaScript without the types. */
export const validatorModule = (document: unknown, types: boolean, generator: Generator): string => {
  const contract = read(document);
  const code = validators(contract, types, generator);
  if (!types) return `${written}${ignored}\n${code}`;
  const imports = 'import type { StandardSchema } from "typed-eventsource";\n';
  return `${written}// @ts-nocheck: what it exports has its types\n${ignored}${imports}\n${declarations(contract)}\n${code}`;
};
