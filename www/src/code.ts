import { make } from "./dom.js";

/** The tokens of TypeScript, roughly: enough for a page of code. */
const tokens =
  /(?<comment>\/\*\*.*?\*\/|\/\/[^\n]*)|(?<string>"[^"\n]*")|(?<keyword>\b(?:import|from|export|interface|type|function|const|return|if|number|string|void)\b)/gs;

/** Shows code, coloured, in a place that the keyboard can scroll. */
export function showCode(place: HTMLElement, code: string): void {
  place.tabIndex = 0;
  let end = 0;
  for (const { 0: text, index, groups = {} } of code.matchAll(tokens)) {
    const kind = Object.keys(groups).find((name) => groups[name] !== undefined);
    place.append(code.slice(end, index), make("span", kind, text));
    end = index + text.length;
  }
  place.append(code.slice(end).trimEnd());
}
