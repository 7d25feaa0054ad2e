import { flushSync, hydrate, mount, unmount } from "svelte";
import Page from "./Page.svelte";

export function start(target, props = {}) {
  const page = (props.hydrate ? hydrate : mount)(Page, { target, props });
  return {
    show(url) {
      page.show(url);
      flushSync();
    },
    remount() {
      page.remount();
      flushSync();
    },
    stop: () => unmount(page),
  };
}
