/** A `fetch` that gives each request the next of these answers; a further request gets none. */
export class Answers {
  #seen = [];

  /** @param answers - as JSON; the README of this folder says what they are */
  constructor(answers) {
    const left = JSON.parse(answers);
    this.fetch = (_url, { method = "GET", headers, body, signal }) => {
      const all = new Headers(headers);
      const resumed = all.has("last-event-id") ? ` from ${all.get("last-event-id")}` : "";
      // A GET has the headers of the request, but for those of its body.
      const rest = [all.get("x-asks"), all.get("content-type"), all.get("Content-Language"), body].join();
      const isWhole = rest === (method === "GET" ? "me,,," : "me,text/plain,en,ask");
      this.#seen.push(`${method}${resumed}${isWhole ? "" : ` with ${rest}`}`);
      const answer = left.shift();
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        if (answer === "none") reject(new TypeError("the network broke"));
        else if (answer) resolve(responseOf(answer));
      });
    };
  }

  /** The requests so far, as JSON: each with its method and its last event ID, and what else it should not have. */
  seen() {
    return JSON.stringify(this.#seen);
  }
}

const responseOf = ({ status = 200, retryAfter = "", sends = "", then }) => {
  const encoder = new TextEncoder();
  const steps = [
    ...(sends && [(stream) => stream.enqueue(encoder.encode(sends))]),
    ...(then === "end" ? [(stream) => stream.close()] : []),
    ...(then === "break" ? [(stream) => stream.error(new TypeError("the network broke"))] : []),
  ];
  // One after the other, when they are asked for: a stream that breaks forgets what nobody has read.
  const pull = (stream) => (steps.length ? steps.shift()(stream) : new Promise(() => {}));
  // One that says there is no content may have no body.
  return new Response(status === 204 ? null : new ReadableStream({ pull }, { highWaterMark: 0 }), {
    status,
    headers: { "content-type": "text/event-stream", "retry-after": `${retryAfter}` },
  });
};
