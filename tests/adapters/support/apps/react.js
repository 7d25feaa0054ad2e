import { createElement, StrictMode } from "react";
import { flushSync } from "react-dom";
import { createRoot, hydrateRoot } from "react-dom/client";
import { useEventStream, useLatest, useReducedEvents } from "typed-eventsource/react";
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
  const latest = useLatest(url, "tick", { retry: options.retry });
  const value = useReducedEvents(url, { tick: (count) => count + 1 }, 0, { retry: options.retry });
  globalThis.rendered = (globalThis.rendered ?? 0) + 1;
  return createElement("p", { id: "view" }, JSON.stringify({ latest: latest?.data.n ?? null, value }));
}

export function start(element, { isStrict, isParts, hydrate, onRecoverableError } = {}) {
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
