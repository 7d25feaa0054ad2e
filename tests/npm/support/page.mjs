/** A page, or a worker, that nothing befalls but at the test's command. */

import { getEventListeners } from "node:events";
import { replace } from "./network.mjs";

const types = ["online", "offline", "pagehide", "pageshow", "freeze", "resume", "visibilitychange"];

/** Puts a page around what the test imports. */
export function fakePage(test, { online = true, hidden = false, isWorker = false } = {}) {
  const window = new EventTarget();
  const document = Object.assign(new EventTarget(), {
    hidden,
    baseURI: "https://example.com/",
    // A link takes an absolute URL as it is.
    createElement: () => ({}),
  });
  const navigator = { onLine: online };
  replace(test, {
    navigator,
    addEventListener: window.addEventListener.bind(window),
    removeEventListener: window.removeEventListener.bind(window),
    ...(!isWorker && { document }),
  });
  const dispatch = (target, type, fields) => target.dispatchEvent(Object.assign(new Event(type), fields));
  const setHidden = (hidden) => {
    document.hidden = hidden;
    dispatch(document, "visibilitychange");
  };
  return {
    /** How many listeners there are. */
    get listeners() {
      return [window, document].flatMap((target) => types.flatMap((type) => getEventListeners(target, type)))
        .length;
    },
    offline() {
      navigator.onLine = false;
      dispatch(window, "offline");
    },
    online() {
      navigator.onLine = true;
      dispatch(window, "online");
    },
    hide: () => setHidden(true),
    show: () => setHidden(false),
    /** It goes, for good or into the back/forward cache. */
    leave: (persisted) => dispatch(window, "pagehide", { persisted }),
    comeBack: (persisted) => dispatch(window, "pageshow", { persisted }),
    /** It is no longer frozen. */
    resume: () => dispatch(document, "resume"),
  };
}
