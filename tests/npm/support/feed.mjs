/** A stream that a test writes, behind a `fetch` of its own: for the package as it is published. */

const encoder = new TextEncoder();

/** Waits until something is so; the test's own time limits it. */
export async function until(isSo) {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 1));
}

let feeds = 0;

/** Makes a stream at a URL of its own. Each connection of it stays open until the test ends it. */
export function createFeed(test) {
  const requests = [];
  const fetch = async (url, { signal }) => {
    const { promise, resolve } = answer();
    let controller;
    const body = new ReadableStream({
      start(given) {
        controller = given;
      },
      cancel() {
        request.isClosed = true;
      },
    });
    const request = {
      url,
      isClosed: false,
      /** Answers, as a stream unless the status is another than 200. */
      respond(status = 200, headers = { "content-type": "text/event-stream" }) {
        resolve(new Response(status === 200 ? body : null, { status, headers }));
      },
      write: (text) => controller.enqueue(encoder.encode(text)),
      send: (type, ...all) => request.write(all.map((data) => line(type, data)).join("")),
      end: () => controller.close(),
      break: () => controller.error(new TypeError("network error")),
    };
    signal?.addEventListener("abort", () => {
      request.isClosed = true;
      try {
        controller.error(signal.reason);
      } catch {
        // It has ended before.
      }
    });
    requests.push(request);
    return promise;
  };
  const url = `http://127.0.0.1/feed/${++feeds}`;
  test.after(() => {
    for (const { isClosed, end } of requests) if (!isClosed) end();
  });
  return {
    url,
    fetch,
    requests,
    /** The newest connection, once there are so many. */
    async connection(number = 1) {
      await until(() => requests.length >= number);
      return requests[number - 1];
    },
    /** How many connections are open. */
    get open() {
      return requests.filter(({ isClosed }) => !isClosed).length;
    },
  };
}

const line = (type, data) => `event: ${type}\ndata: ${JSON.stringify(data)}\n\n`;

function answer() {
  const all = {};
  all.promise = new Promise((resolve) => Object.assign(all, { resolve }));
  return all;
}
