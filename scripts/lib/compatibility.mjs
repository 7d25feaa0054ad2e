/** The table of docs/browsers.md: what each rule does in each engine, over each transport, as the tests told it. */
import { readFile, writeFile } from "node:fs/promises";
import { at } from "./paths.mjs";
import { Failure, say } from "./run.mjs";

const begin = "<!-- compatibility: written by npm run test:engines -->";
const end = "<!-- /compatibility -->";

/**
 * Compares the table with what was found in the engines, and writes what is new in it. Other rules, or
 * rules that do something else now, are a failure. With other versions of the engines only `renew` looks at them.
 */
export async function checkTable(found, { renew }) {
  const file = at("docs/browsers.md");
  const text = await readFile(file, "utf8");
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Failure(`docs/browsers.md lacks a line ${begin} or, after it, ${end}`);
  const before = text.slice(from + begin.length, to).trim();
  const now = table(found);
  if (before === now) return;
  const same = withoutVersions(before) === withoutVersions(now);
  // Other versions may do otherwise, which is no fault of the change that is checked.
  if (!renew && (same || versionsIn(before) !== versionsIn(now))) return;
  await writeFile(file, `${text.slice(0, from)}${begin}\n\n${now}\n\n${text.slice(to)}`);
  if (!same)
    throw new Failure(
      "the table of docs/browsers.md was out of date: commit what npm run test:engines wrote",
    );
  say("docs/browsers.md has the versions of this run");
}

const versionsIn = (text) => text.slice(0, text.indexOf("\n"));
const withoutVersions = (text) => text.slice(text.indexOf("\n"));

/** The table, and its notes. */
export function table(found) {
  const notes = new Notes();
  const heading = found.flatMap(({ name, version }) => [`${name} ${short(version)}: EventSource`, "fetch"]);
  const lines = [row(["", ...heading]), row(["---", ...heading.map(() => ":-:")])];
  let group;
  for (const { rule, cells } of shownRows(rows(found), notes)) {
    const [name, text] = rule.split("::");
    if (name !== group) lines.push(row([`**${capitalized(name)}**`, ...heading.map(() => "")]));
    group = name;
    lines.push(row([spelled(text), ...cells]));
  }
  return [...lines, "", ...notes.lines()].join("\n").trimEnd();
}

const short = (version) =>
  version
    .split(".")
    .slice(0, Number(version.split(".")[0]) < 10 ? 2 : 1)
    .join(".");
const row = (cells) => `| ${cells.join(" | ")} |`.replaceAll(/ {2,}/g, " ");

/** Every rule that any engine told of, with what it does in each: [EventSource, fetch] for one after the other. */
function rows(found) {
  const rules = [...new Set(found.flatMap(({ rules }) => [...rules.keys()]))].sort();
  return rules.map((rule) => ({
    rule,
    ways: found.flatMap(({ rules }) => {
      const told = rules.get(rule) ?? new Map();
      const own = told.get("Browser") ?? told.get("Renewed");
      // What a new EventSource for each connection cannot do, where the browser's own can.
      const renewed = told.get("Browser") && told.get("Renewed");
      return [{ told: own, renewed }, { told: told.get("Fetch") }];
    }),
  }));
}

/** The vectors are many: those that are kept by all share a row. */
function shownRows(all, notes) {
  const kept = ({ told, renewed }) =>
    [...(told ?? ["?"]), ...(renewed ?? [])].every((instead) => instead === null);
  const isVector = ({ rule }) => rule.startsWith("vectors::") && rule.includes(" ");
  const uniform = all.filter((one) => isVector(one) && one.ways.every(kept));
  const shown = all.filter((one) => !uniform.includes(one));
  if (uniform.length) {
    shown.push({
      ...uniform[0],
      rule: `vectors::${uniform.length} ${shown.some(isVector) ? "other vectors" : "vectors"}`,
    });
  }
  return shown.map(({ rule, ways }) => ({ rule, cells: ways.map((way) => cell(way, notes)) }));
}

/** ✓: it holds. ≠: it does not. A note says what is done instead. */
function cell({ told, renewed = [] }, notes) {
  if (!told) return "–";
  const own = told.filter(Boolean);
  const others = renewed.filter((instead) => instead && !own.includes(instead));
  const numbers = [
    ...own.map((instead) => notes.number(instead)),
    ...others.map((instead) => notes.number(`with a new EventSource for each connection, ${instead}`)),
  ];
  return `${own.length ? "≠" : "✓"}${[...new Set(numbers)].map(superscript).join("˒")}`;
}

class Notes {
  #texts = [];

  number(text) {
    if (!this.#texts.includes(text)) this.#texts.push(text);
    return this.#texts.indexOf(text) + 1;
  }

  lines() {
    return this.#texts.map((text, index) => `${superscript(index + 1)} ${capitalized(text)}.<br>`);
  }
}

const superscript = (number) => [...String(number)].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[digit]).join("");

const capitalized = (text) => text.slice(0, 1).toUpperCase() + text.slice(1);

/** A test's name as a sentence would have it. */
function spelled(name) {
  const spellings = [
    ["eventsource", "EventSource"],
    ["browsers", "browser's"],
    ["cr lf", "CR LF"],
    ["utf 8", "UTF-8"],
    ["u fffd", "U+FFFD"],
    ["u feff", "U+FEFF"],
    ["nul", "NUL"],
    ["ascii", "ASCII"],
    ["url", "URL"],
    ["text event stream", "text/event-stream"],
  ];
  // Those of the vectors are written for people.
  const text = name.includes("_") ? name.replaceAll("_", " ") : name;
  const words = (from) => new RegExp(`\\b${from}\\b`, "g");
  return capitalized(spellings.reduce((done, [from, to]) => done.replaceAll(words(from), to), text));
}
