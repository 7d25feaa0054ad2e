//! A token is sent in its header, and shows nowhere else. SECURITY.md promises that, and that a request is what was asked
//! for.

use serde_json::json;
use typed_eventsource::{Event, Headers, Refresh};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{FETCH, Log, Scenario, next, quick, rest, soon};
use crate::memory::Memory;
use crate::network::{Network, tasks_until};

const MARK: &str = "s3cr3t-t0k3n";

#[wasm_bindgen(inline_js = r#"
/** Notes what is written to the console from now on. */
export class Printed {
  #texts = [];
  #before = {};
  constructor() {
    for (const name of ["debug", "error", "info", "log", "warn"]) {
      this.#before[name] = console[name];
      console[name] = (...values) => this.#texts.push(values.map(String).join(" "));
    }
  }
  /** All of it, and no more from now on. */
  end() {
    Object.assign(console, this.#before);
    return this.#texts.join("\n");
  }
}
"#)]
extern "C" {
    type Printed;
    #[wasm_bindgen(constructor)]
    fn new() -> Printed;
    #[wasm_bindgen(method)]
    fn end(this: &Printed) -> String;
}

#[wasm_bindgen_test]
async fn a_token_is_in_no_url_message_state_error_or_storage() {
    let refused = |status| json!({ "status": status, "steps": [{ "send": "no" }], "headers": { "content-type": "text/plain" } });
    let undecodable = json!([{ "send": "id: 7\nevent: tick\ndata: no number\n\n" }, "waitForRelease"]);
    let script = json!({ "attempts": [
        refused(401),
        { "steps": undecodable, "end": "abort" },
        refused(500),
        { "status": 200, "headers": { "content-type": "text/html" } },
    ] });
    for asked in [false, true] {
        let scenario = Scenario::new(script.clone()).await;
        let memory = Memory::default();
        let said = Log::new();
        let builder = scenario.connect(FETCH).retry(quick()).persist(memory.clone(), "orders");
        let builder = builder.refresh(&Refresh::new(|| async { Ok(()) }));
        let fields = || [("authorization", format!("Bearer {MARK}"))];
        let builder = if asked {
            let noted = said.clone();
            builder.headers(Headers::from_fn(move |attempt| {
                noted.push(format!("{attempt:?}"));
                async move { Ok(fields()) }
            }))
        } else {
            builder.headers(fields())
        };
        let noted = said.clone();
        let builder = builder.should_retry(move |attempt, cause| {
            noted.push(format!("{attempt} {cause:?} {cause}"));
            cause.is_retryable()
        });
        said.push(format!("{builder:?}"));
        let printed = Printed::new();
        let source = builder.open().unwrap();
        said.push(format!("{source:?}"));
        let (states, mut errors) = (source.states(), source.errors());
        let noted = said.clone();
        let ticks = source.on("tick", move |event: Event<u32>| noted.push(format!("{event:?}")));
        said.push(format!("{ticks:?}"));
        let undecodable = next(&mut errors).await;
        said.push(format!("{undecodable:?} {undecodable}"));
        scenario.release().await;
        for state in rest(states).await {
            said.push(format!("{state:?}"));
        }
        for failure in rest(errors).await {
            said.push(format!("{failure:?} {failure}"));
        }
        said.push(format!("{:?} {:?}", source.cursor(), source.stats()));
        drop(source);
        let printed = printed.end();
        let attempts = soon("the report", scenario.attempts()).await;
        assert_eq!(attempts.len(), 4);
        for attempt in &attempts {
            assert_eq!(attempt.headers["authorization"], format!("Bearer {MARK}"));
            assert!(attempt.query.values().all(|value| !value.contains(MARK)));
        }
        assert_eq!(memory.id().as_deref(), Some("7"), "the id, and nothing else");
        let said = said.take();
        assert!(
            said.iter().any(|text| text.contains("Status")) && said.iter().any(|text| text.contains("tick"))
        );
        assert!(said.iter().chain([&printed]).all(|text| !text.contains(MARK)), "{said:?} {printed}");
    }
}

#[wasm_bindgen_test]
async fn an_id_over_4_kib_is_never_sent_back() {
    let network = Network::new();
    let source = network.connect().open().unwrap();
    let mut numbers = source.subscribe::<u32>("message");
    for (requests, length, is_sent) in [(1, 4096, true), (2, 4097, false)] {
        tasks_until("a request", || network.count() == requests).await;
        let id = "x".repeat(length);
        network.send(&format!("id: {id}\ndata: {length}\n\n"));
        next(&mut numbers).await.unwrap();
        assert_eq!(source.cursor().received, id);
        source.reconnect();
        tasks_until("another request", || network.count() == requests + 1).await;
        assert_eq!(!network.last_event_id().is_empty(), is_sent, "{length}");
    }
}
