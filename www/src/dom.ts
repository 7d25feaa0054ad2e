/** The element with this id, which the page itself brings. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
  return found;
}

/** The first element in `place` that fits, which the page itself brings. */
export function part<T extends Element = HTMLElement>(place: ParentNode, selector: string): T {
  const found = place.querySelector<T>(selector);
  if (!found) throw new Error(`the page has no element ${selector}`);
  return found;
}

/** A new element with a class and text. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.textContent = text;
  return element;
}

/** A button that does not submit anything. */
export function button(text: string, press: () => void): HTMLButtonElement {
  const element = make("button", "", text);
  element.type = "button";
  element.addEventListener("click", press);
  return element;
}

const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium", hourCycle: "h23" });

/** A time of day, to the second. */
export const timeText = (date: Date): string => clock.format(date);

/** A time of day with a machine-readable twin. */
export function timeOf(date: Date): HTMLTimeElement {
  const element = make("time", "", timeText(date));
  element.dateTime = date.toISOString();
  return element;
}
