import { QueryClient, QueryClientProvider, useQuery } from "@tanstack/react-query";
import { createElement } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import { eventStreamOptions } from "typed-eventsource/tanstack";
import { options, shown } from "./shown.js";

const blank = { latest: {}, value: 0, recent: [] };

function View({ url }) {
  const { data, error } = useQuery(eventStreamOptions(["feed", url], url, options));
  const state = { status: error ? "closed" : "pending" };
  return createElement("p", { id: "view" }, shown(data ?? { ...blank, state, error }));
}

export function start(element) {
  // Without a timer that forgets data.
  const client = new QueryClient({ defaultOptions: { queries: { gcTime: Infinity } } });
  const root = createRoot(element);
  let url;
  let number = 0;
  const render = () => {
    const view = url !== undefined && createElement(View, { key: number, url });
    flushSync(() => root.render(createElement(QueryClientProvider, { client }, view)));
  };
  return {
    show(next) {
      url = next;
      render();
    },
    remount() {
      number++;
      render();
    },
    cancel: () => client.cancelQueries(),
    // It lasts as long as the stream.
    refetch: () => void client.refetchQueries(),
    stop: () => root.unmount(),
  };
}
