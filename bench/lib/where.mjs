/** Why what misses its target misses it: the section "Where the time goes". */
import { contestants } from "./contestants.mjs";
import { classes } from "./data.mjs";
import { designs } from "./designs.mjs";
import { groups, idle } from "./groups.mjs";
import { short, table } from "./tables.mjs";
import { missed } from "./targets.mjs";

/** Below this part of the whole nothing has a line of its own. */
const worthSaying = 0.01;

/** Nothing, if every target is reached. */
export function whereTheTimeGoes(measured) {
  const designsMissed = new Set(missed(measured).map(({ design }) => design));
  if (!designsMissed.size) return [];
  const sections = [
    ...measured.spent.flatMap(profileTable),
    ...(designsMissed.has("size") ? sizeTable(measured) : []),
    ...(designsMissed.has("ready") ? readyTable(measured) : []),
  ];
  return ["## Where the time goes", "", ...explanation, "", ...sections, ...bestDesigns(designsMissed)];
}

const explanation = [
  "Whatever misses a target, beside what it is measured by: µs per event by the CPU profiler of DevTools, and the part",
  "of the time in which the page's thread is not idle. How that is told apart stands at the end.",
];

function profileTable({ data, rate, columns }) {
  const what = data ? `${classes[data].name}, as many events as can be read` : `100 B, ${rate} events/s`;
  // Between two events a steady stream has nothing but to wait.
  const shown = data ? groups : groups.filter((group) => group !== idle);
  const busy = columns.map(({ groups }) => sum(Object.entries(groups).filter(([group]) => group !== idle)));
  const isWorthSaying = (group) =>
    columns.some((column, at) => column.groups[group] > worthSaying * busy[at]);
  const cell = (time, at, group) => {
    if (!time) return "";
    return group === idle ? short(time) : `${short(time)} (${Math.round((100 * time) / busy[at])} %)`;
  };
  const rows = shown
    .filter(isWorthSaying)
    .map((group) => [group, ...columns.map((column, at) => cell(column.groups[group], at, group))]);
  const names = columns.map(({ id }) => contestants.find((contestant) => contestant.id === id).name);
  const whole = ["*all but idle*", ...busy.map((time) => `${short(time)} µs`)];
  return [`### ${what}`, "", ...table(["", ...names], [...rows, whole]), ""];
}

const sum = (entries) => entries.reduce((sum, [, value]) => sum + value, 0);

function sizeTable({ appBytes, appParts }) {
  const number = (value) => value.toLocaleString("en");
  const sorted = [...appParts].sort((a, b) => b.brotli - a.brotli);
  const isShown = ({ brotli }) => brotli > worthSaying * appBytes;
  const small = sorted.filter((part) => !isShown(part));
  const add = (key) => small.reduce((sum, part) => sum + part[key], 0);
  const rest = { name: `${small.length} smaller ones`, bytes: add("bytes"), brotli: add("brotli") };
  const all = small.length ? [...sorted.filter(isShown), rest] : sorted;
  const rows = all.map(({ name, bytes, brotli }) => [
    name,
    number(bytes),
    `${number(brotli)} (${Math.round((100 * brotli) / appBytes)} %)`,
  ]);
  return [
    "### What a Vite app downloads",
    "",
    "By module: bytes, minified, and how many fewer all would be without it, in brotli. What two have alike is in none.",
    "",
    ...table(["", "minified", "brotli"], [...rows, ["*all, as it is downloaded*", "", number(appBytes)]]),
    "",
  ];
}

function readyTable({ phases }) {
  const average = (who, phase) =>
    phases[who].reduce((sum, each) => sum + each[phase], 0) / phases[who].length;
  const cell = (ms) => (ms < 0.005 ? "" : `${short(ms)} ms`);
  const rows = phaseNames
    .map(([phase, name]) => [name, ...["parser", "ours"].map((who) => cell(average(who, phase)))])
    .filter(([, ...cells]) => cells.some(Boolean));
  return [
    "### From import to ready",
    "",
    "On average of all rounds.",
    "",
    ...table(["", "eventsource-parser", "ours"], rows),
    "",
  ];
}

const phaseNames = [
  ["loading", "until the script is there"],
  ["evaluating", "compiling and evaluating the script"],
  ["compiling", "compiling the wasm"],
  ["instantiating", "instantiating the wasm"],
  ["rest", "else until it is ready: making the wasm's bytes from their text, waiting for promises"],
];

function bestDesigns(missed) {
  const found = Object.entries(designs).filter(([design]) => missed.has(design));
  if (!found.length) return [];
  const lines = found.map(([, { name, text }]) => `- ${name}: ${text.replaceAll(/\s+/g, " ")}`);
  return ["### The best design found", "", ...lines, ""];
}
