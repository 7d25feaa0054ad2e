/** Listens to ticks that are numbered, and keeps book. What to listen to stands in the URL's fragment, as JSON. */
import { connect } from "/dist/index.js";

const { url, options, isHeld } = JSON.parse(decodeURIComponent(location.hash.slice(1)));
const book = {
  first: undefined,
  last: undefined,
  count: 0,
  wrong: [],
  states: [],
  gaps: [],
  errors: [],
  back: 0,
};
globalThis.book = book;

// A tab that is reloaded goes on with the book that it had.
if (options.persist) {
  options.persist = { storage: sessionStorage, key: "cursor" };
  const last = sessionStorage.getItem("last");
  if (last) book.last = Number(last);
  addEventListener("pagehide", () => sessionStorage.setItem("last", String(book.last ?? "")));
}
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) book.back++;
});

const source = connect(url, options);
globalThis.source = source;
source.onState((state) => book.states.push({ ...state, cause: state.cause?.message, headers: undefined }));
source.onGap((gap) => book.gaps.push(gap));
source.onError((error) => book.errors.push(error.message));
source.on("tick", ({ data: { n } }) => {
  if (book.last !== undefined && n !== book.last + 1) book.wrong.push([book.last, n]);
  book.first ??= n;
  book.last = n;
  book.count++;
  // A handler that is never done holds the stream up, as far as its source may.
  return isHeld ? new Promise(() => {}) : undefined;
});

globalThis.look = () => ({
  ...book,
  stats: { ...source.stats },
  cursor: { ...source.cursor },
  state: source.state.status,
});
/** Makes the page look hidden, or seen again. */
globalThis.hide = (isHidden) => {
  Object.defineProperty(document, "hidden", { value: isHidden, configurable: true });
  document.dispatchEvent(new Event("visibilitychange"));
};
/** Does nothing but compute for a while. */
globalThis.compute = (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};
/** Takes the lock from the tab that has it, and lets it go at once. */
globalThis.steal = async () => {
  const { held } = await navigator.locks.query();
  for (const { name } of held) await navigator.locks.request(name, { steal: true }, () => {});
};
