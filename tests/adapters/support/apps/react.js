import { createElement, Fragment, StrictMode, Suspense, use } from "react";
import { flushSync } from "react-dom";
import { createRoot, hydrateRoot } from "react-dom/client";
import { useEventStream, useLatest, useReducedEvents } from "typed-eventsource/react";
import { streamStore } from "typed-eventsource/store";
import { options, shown } from "./shown.js";

export function View({ url }) {
  // Made anew in each rendering, as most are; the key stands for the function.
  const snapshot = useEventStream(url, {
    ...options,
    key: "view",
    retry: { ...options.retry },
    decode: { other: (text) => text },
  });
  return createElement("p", { id: "view" }, shown(snapshot));
}

function Parts({ url }) {
  const latest = useLatest(url, "tick", { retry: options.retry, onError: undefined });
  const value = useReducedEvents(url, { tick: (count) => count + 1 }, 0, { retry: options.retry });
  globalThis.rendered = (globalThis.rendered ?? 0) + 1;
  return createElement("p", { id: "view" }, JSON.stringify({ latest: latest?.data.n ?? null, value }));
}

/** Shows a store, once something has come. */
function Late({ id, store, awaited }) {
  const snapshot = useEventStream(store);
  if (awaited) use(awaited);
  return createElement("p", { id }, shown(snapshot));
}

/** One component that shows a store at once, and one that suspends first. */
function startLate(element, url) {
  const store = streamStore(url, options);
  let resolve;
  const awaited = new Promise((given) => {
    resolve = given;
  });
  const late = createElement(Late, { id: "late", store, awaited });
  const waiting = createElement(Suspense, { fallback: "…" }, late);
  const view = createElement(Late, { id: "view", store });
  createRoot(element).render(createElement(Fragment, null, view, waiting));
  return { resolve };
}

export function start(element, { isStrict, isParts, late, hydrate, onRecoverableError } = {}) {
  if (late) return startLate(element, late);
  let url = hydrate;
  let number = 0;
  const page = () => {
    const view = url !== undefined && createElement(isParts ? Parts : View, { key: number, url });
    return isStrict ? createElement(StrictMode, null, view) : view;
  };
  const root = hydrate
    ? hydrateRoot(element, page(), { onRecoverableError })
    : createRoot(element, { onRecoverableError });
  const render = () => flushSync(() => root.render(page()));
  return {
    show(next) {
      url = next;
      render();
    },
    render,
    remount() {
      number++;
      render();
    },
    stop: () => root.unmount(),
  };
}
