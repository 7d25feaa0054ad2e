/** What pages with a worker run. */

/** A stream with one event, that stays open. */
export const hello = { steps: [{ send: "id: 7\ndata: 1\n\n" }], end: "hold" };

/** In the page: counts its own requests, its workers and what those say. */
export const watch = () => {
  const seen = { requests: 0, workers: 0, scripts: [], messages: 0 };
  globalThis.watched = seen;
  const { EventSource, Worker, fetch } = globalThis;
  globalThis.fetch = (...all) => {
    seen.requests++;
    return fetch(...all);
  };
  globalThis.EventSource = class extends EventSource {
    constructor(...all) {
      super(...all);
      seen.requests++;
    }
  };
  globalThis.Worker = class extends Worker {
    constructor(script) {
      super(script);
      seen.workers++;
      seen.scripts.push(`${script}`.split(":")[0]);
      this.addEventListener("message", () => seen.messages++);
    }
    terminate() {
      super.terminate();
      seen.workers--;
    }
  };
};

/** In the page: reads the first event of a stream. */
export const first = async ([url, options]) => {
  const { connect } = await import("/dist/index.js");
  const source = connect(url, options);
  const states = [];
  source.onState(({ status, reason, cause }) =>
    states.push([status, reason ?? cause?.code].join(" ").trim()),
  );
  const { value } = await source.events("message").next();
  const { stats } = source;
  const seen = { data: value?.data, engine: stats.engine, stats, states: [...states] };
  source.close();
  return seen;
};
