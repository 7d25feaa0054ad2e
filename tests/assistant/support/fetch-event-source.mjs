/** The client of `examples/assistant/` over fetch-event-source, as its documentation would have it. */

// It is made for pages.
globalThis.window ??= globalThis;
globalThis.document ??= { addEventListener() {}, removeEventListener() {} };

const { fetchEventSource } = await import("@microsoft/fetch-event-source");

export async function* answer(url, { headers, body, signal }) {
  const values = [];
  let wake = () => {};
  let isOver = false;
  let failure;
  const stop = new AbortController();
  const end = (error) => {
    isOver = true;
    failure = error;
    wake();
  };
  signal?.addEventListener("abort", () => stop.abort());
  fetchEventSource(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ ...body, stream: true }),
    signal: stop.signal,
    openWhenHidden: true,
    onmessage({ event, data }) {
      if (data === "[DONE]" || event === "message_stop") {
        stop.abort();
        return;
      }
      const value = JSON.parse(data);
      if (value.error) throw new Error(value.error.message);
      values.push(value.choices?.[0]?.delta?.content ?? value.delta?.text ?? "");
      wake();
    },
  }).then(() => end(), end);
  try {
    for (;;) {
      if (values.length) yield values.shift();
      else if (failure) throw failure;
      else if (isOver) return;
      else
        await new Promise((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stop.abort();
  }
}
