import { createComponent, createRenderEffect, createSignal } from "solid-js";
import { insert, render } from "solid-js/web";
import { createEventStream } from "typed-eventsource/solid";
import { options, shown } from "./shown.js";

function View(props) {
  const { state, latest, value, recent, error } = createEventStream(() => props.url, options);
  const p = Object.assign(document.createElement("p"), { id: "view" });
  createRenderEffect(() => {
    p.textContent = shown({
      state: state(),
      latest: latest(),
      value: value(),
      recent: recent(),
      error: error(),
    });
  });
  return p;
}

export function start(element) {
  const [url, setUrl] = createSignal();
  const [number, setNumber] = createSignal(0);
  const [isShown, setShown] = createSignal(false);
  const props = {
    get url() {
      return url();
    },
  };
  const stop = render(() => {
    const place = document.createElement("div");
    insert(place, () => {
      number();
      return isShown() ? createComponent(View, props) : null;
    });
    return place;
  }, element);
  return {
    show(next) {
      setUrl(next);
      setShown(next !== undefined);
    },
    remount: () => setNumber((before) => before + 1),
    stop,
  };
}
