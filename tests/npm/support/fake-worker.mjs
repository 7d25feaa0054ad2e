/** Workers that do nothing by themselves: the test says what they say. */

import "../../../npm/modules/worker/script.js";
import { open } from "./fake-engine.mjs";
import { replace, settle } from "./network.mjs";

/** A place for workers; the test says what becomes of them. */
export function workers(t, construct = () => {}) {
  const made = [];
  const blobs = [];
  class Worker {
    said = [];
    terminated = false;
    constructor(script) {
      this.script = script;
      construct();
      made.push(this);
    }
    postMessage(message) {
      this.said.push(message);
    }
    terminate() {
      this.terminated = true;
    }
    /** It says something. */
    says(data) {
      this.onmessage({ data });
    }
    /** It fails. */
    fails(message) {
      this.onerror({ message, preventDefault() {} });
    }
    /** What was called, of a source or of any. */
    get calls() {
      return this.said.slice(1).flat();
    }
  }
  replace(t, { Worker });
  t.mock.method(URL, "createObjectURL", (blob) => blobs.push(blob) && `blob:${blobs.length}`);
  const revoked = t.mock.method(URL, "revokeObjectURL", () => {});
  return { made, blobs, revoked: revoked.mock };
}

/** A source that wants a worker, once that is as the test waits for; the page's own engine is `made` if it comes to that. */
export async function source(t, ready, options, url) {
  const all = open({ worker: true, ...options }, url);
  t.after(() => all.source.close());
  while (!ready(all)) await settle();
  return all;
}
export const inPage = ({ engine }) => engine?.calls.includes("start");
