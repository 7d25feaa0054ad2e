/** The Rust crate, with a consumer in Rust. */
import init, { Consumer } from "bench-client";

let started;

export const rust = (transport) => async (url, _tally, done, data) => {
  started ??= init({ module_or_path: new URL("client.wasm", location.href) });
  await started;
  const consumer = new Consumer(new URL(url, location.href).href, transport, data, done);
  return {
    close: () => consumer.free(),
    result() {
      const [events, sum, outOfTurn] = consumer.result();
      return { events, sum, outOfTurn };
    },
  };
};
