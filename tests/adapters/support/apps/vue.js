import { useEventStream } from "typed-eventsource/vue";
import { createApp, createSSRApp, h, nextTick, reactive } from "vue";
import { options, shown } from "./shown.js";

export const View = {
  props: ["url"],
  setup(props) {
    // biome-ignore lint/correctness/useHookAtTopLevel: it is no hook of React's
    const { state, latest, value, recent, error } = useEventStream(() => props.url, options);
    return () =>
      h(
        "p",
        { id: "view" },
        shown({
          state: state.value,
          latest: latest.value,
          value: value.value,
          recent: recent.value,
          error: error.value,
        }),
      );
  },
};

export function start(element, { hydrate } = {}) {
  const all = reactive({ url: hydrate, number: 0 });
  const page = () => (all.url === undefined ? null : h(View, { key: all.number, url: all.url }));
  const app = (hydrate ? createSSRApp : createApp)({ render: page });
  app.mount(element);
  return {
    show(url) {
      all.url = url;
      return nextTick();
    },
    remount() {
      all.number++;
      return nextTick();
    },
    stop: () => app.unmount(),
  };
}
