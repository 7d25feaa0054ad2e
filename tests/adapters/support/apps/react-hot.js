// Side effects stay first: React's renderer must find the runtime.
import "./hot.js";

import { createElement } from "react";
import { createRoot } from "react-dom/client";
import * as runtime from "react-refresh/runtime";
import { useEventStream } from "typed-eventsource/react";
import { options, shown } from "./shown.js";

/** A component as an editor has saved it: what a bundler's plugin makes of its module. */
function saved(version, hooks) {
  // biome-ignore lint/correctness/noComponentHookFactories: so it is, each time that a module is replaced
  function View({ url }) {
    const snapshot = useEventStream(url, { ...options, retry: { ...options.retry } });
    return createElement("p", { id: "view", "data-version": version }, shown(snapshot));
  }
  runtime.createSignatureFunctionForTransform()(View, hooks);
  runtime.register(View, "View");
  return View;
}

export function start(element) {
  const View = saved(1, "useEventStream");
  const root = createRoot(element);
  return {
    show: (url) => root.render(createElement(View, { url })),
    replace(version, hooks) {
      saved(version, hooks);
      runtime.performReactRefresh();
    },
  };
}
