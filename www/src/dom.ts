/** The element with this id, which the page itself brings. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element #${id}`);
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

/** A time of day with a machine-readable twin. */
export function timeOf(date: Date): HTMLTimeElement {
  const element = make("time", "", date.toLocaleTimeString(undefined, { timeStyle: "medium" }));
  element.dateTime = date.toISOString();
  return element;
}
