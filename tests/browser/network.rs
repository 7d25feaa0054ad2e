//! A network that the test is the other end of: a `fetch` whose answers come piece by piece, each of them one read.

use js_sys::{Function, Promise};
use typed_eventsource::{Builder, Delivery, Transport, TypedEventSource};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen(inline_js = r#"
export class Network {
  requests = [];
  headers = {};
  constructor() {
    this.fetch = (url, init) => new Promise((resolve, reject) => {
      const encoder = new TextEncoder();
      let stream;
      const body = new ReadableStream({ start: (controller) => { stream = controller; } }, { highWaterMark: 0 });
      const request = {
        lastEventId: new Headers(init.headers).get("last-event-id") ?? "",
        over: false,
        send: (text) => { if (!request.over) stream.enqueue(encoder.encode(text)); },
        end: () => { if (!request.over) { request.over = true; stream.close(); } },
        break: () => { if (!request.over) { request.over = true; stream.error(new TypeError("the network broke")); } },
      };
      init.signal?.addEventListener("abort", () => { request.over = true; reject(init.signal.reason); });
      const headers = { "content-type": "text/event-stream", ...this.headers };
      this.requests.push(request);
      resolve(new Response(body, { headers }));
    });
  }
  answerWith(headers) { this.headers = JSON.parse(headers); }
  count() { return this.requests.length; }
  lastEventId() { return this.requests.at(-1)?.lastEventId ?? ""; }
  isOver() { return this.requests.at(-1)?.over ?? true; }
  send(text) { this.requests.at(-1)?.send(text); }
  end() { this.requests.at(-1)?.end(); }
  break() { this.requests.at(-1)?.break(); }
}
const { port1, port2 } = new MessageChannel();
const waiting = [];
port1.onmessage = () => waiting.shift()();
/** Resolves in a task of its own, which no timer puts off. */
export const task = () => new Promise((resolve) => { waiting.push(resolve); port2.postMessage(0); });
"#)]
extern "C" {
    pub(crate) type Network;
    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Network;
    #[wasm_bindgen(method, getter)]
    fn fetch(this: &Network) -> Function;
    /// Answers later requests with these headers, given as JSON.
    #[wasm_bindgen(method, js_name = answerWith)]
    pub(crate) fn answer_with(this: &Network, headers: &str);
    /// How many requests were made so far. Everything below is about the newest.
    #[wasm_bindgen(method)]
    pub(crate) fn count(this: &Network) -> u32;
    /// What it asks to resume from.
    #[wasm_bindgen(method, js_name = lastEventId)]
    pub(crate) fn last_event_id(this: &Network) -> String;
    #[wasm_bindgen(method, js_name = isOver)]
    pub(crate) fn is_over(this: &Network) -> bool;
    #[wasm_bindgen(method)]
    pub(crate) fn send(this: &Network, text: &str);
    #[wasm_bindgen(method)]
    pub(crate) fn end(this: &Network);
    #[wasm_bindgen(method, js_name = break)]
    pub(crate) fn cut(this: &Network);

    #[wasm_bindgen(js_name = task)]
    fn js_task() -> Promise;
}

impl Network {
    /// A source whose events are handed over as they come.
    pub(crate) fn connect(&self) -> Builder {
        let source = TypedEventSource::connect("http://127.0.0.1/stream").transport(Transport::Fetch);
        source.fetch(self.fetch()).delivery(Delivery::Immediate)
    }
}

/// Lets everything be done that was to be done in this task: the next one has begun.
pub(crate) async fn task() {
    JsFuture::from(js_task()).await.expect("it is never rejected");
}

/// Lets tasks go by until a condition holds.
pub(crate) async fn tasks_until(what: &str, condition: impl Fn() -> bool) {
    // Far more than anything here takes; a time limit would depend on the machine.
    for _ in 0..20_000 {
        if condition() {
            return;
        }
        task().await;
    }
    panic!("waited in vain for {what}");
}
