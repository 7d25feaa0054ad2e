import { flushSync, mount, unmount } from "svelte";
import Page from "./Page.svelte";

export function start(target, props = {}) {
  const page = mount(Page, { target, props });
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
