//! A page that runs for weeks: whatever comes goes again, and leaves nothing behind.

use std::rc::Rc;

use serde_json::{Value, json};
use typed_eventsource::{Event, Text, Transport, TypedEventSource, live_callbacks};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{
    BOTH, FETCH, NATIVE, Scenario, breathe, closed, next, open, request, server, soon, until, when,
};

/// How many rounds are made before memory is looked at: by then every list has the room it needs.
const WARM_UP: u32 = 20;

fn memory() -> u32 {
    let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    memory.buffer().unchecked_into::<js_sys::ArrayBuffer>().byte_length()
}

/// Counts the listeners at EventSource objects, while it lives.
struct Listeners(JsValue);

impl Listeners {
    fn count() -> Self {
        let count = js_sys::Function::new_no_args(
            "const { addEventListener, removeEventListener } = EventTarget.prototype;
            const listeners = { count: 0, add: addEventListener, remove: removeEventListener };
            EventTarget.prototype.addEventListener = function (...rest) {
                if (this instanceof EventSource) listeners.count++;
                return addEventListener.apply(this, rest);
            };
            EventTarget.prototype.removeEventListener = function (...rest) {
                if (this instanceof EventSource) listeners.count--;
                return removeEventListener.apply(this, rest);
            };
            return listeners",
        );
        Self(count.call0(&JsValue::NULL).unwrap())
    }

    fn now(&self) -> f64 {
        js_sys::Reflect::get(&self.0, &"count".into()).unwrap().as_f64().unwrap()
    }
}

impl Drop for Listeners {
    fn drop(&mut self) {
        let restore = js_sys::Function::new_with_args(
            "listeners",
            "EventTarget.prototype.addEventListener = listeners.add;
            EventTarget.prototype.removeEventListener = listeners.remove",
        );
        restore.call1(&JsValue::NULL, &self.0).unwrap();
    }
}

/// Subscribes in every way that there is, and leaves again.
fn come_and_go(source: &TypedEventSource, round: u32) {
    let event_type = format!("type {round}");
    let handler = source.on(&event_type, |_: Event<u32>| ());
    let stream = source.subscribe::<Text>(&event_type);
    let streams = (source.states(), source.errors(), source.gaps());
    if round.is_multiple_of(2) {
        drop((handler, stream, streams));
    } else {
        drop((streams, stream));
        handler.unsubscribe();
    }
}

#[wasm_bindgen_test]
async fn ten_thousand_subscriptions_leave_nothing() {
    for transport in BOTH {
        let listeners = Listeners::count();
        let source = Scenario::sent("").await.connect(transport).open().unwrap();
        until(&mut source.states(), open).await;
        (0..WARM_UP).for_each(|round| come_and_go(&source, round));
        let before = (live_callbacks(), listeners.now(), memory());
        (0..10_000).for_each(|round| come_and_go(&source, round));
        assert_eq!((live_callbacks(), listeners.now(), memory()), before, "over {transport:?}");
    }
}

/// An answer that stays open after one event. Chromium may keep a connection that could be used again for
/// up to five seconds after it was let go of, and opens no more than six.
fn one_event() -> Value {
    let headers = json!({ "connection": "close" });
    json!({ "headers": headers, "steps": [{ "send": "data: 1\n\n" }], "end": "hold" })
}

/// Opens a source, and closes it at a different moment each round.
async fn open_and_close(scenario: &Scenario, transport: Option<Transport>, round: u32) {
    let source = scenario.connect(transport).open().unwrap();
    let mut messages = source.subscribe::<u32>("message");
    let handler = source.on("message", |_: Event<u32>| ());
    match round % 4 {
        0 => {}
        1 => drop(until(&mut source.states(), open).await),
        2 => drop(next(&mut messages).await),
        _ => {
            next(&mut messages).await.unwrap();
            source.close();
        }
    }
    drop((messages, source, handler));
}

#[wasm_bindgen_test]
async fn two_hundred_sources_leave_nothing() {
    for transport in [NATIVE, FETCH] {
        let listeners = Listeners::count();
        let scenario = Scenario::always(one_event()).await;
        let (before, streams) = (live_callbacks(), open_streams().await);
        let mut warm = 0;
        for round in 0..WARM_UP + 200 {
            if round == WARM_UP {
                warm = memory();
            }
            open_and_close(&scenario, transport, round).await;
        }
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(listeners.now(), 0.0, "over {transport:?}");
        assert_eq!(memory(), warm, "over {transport:?}");
        streams_closed(streams).await;
    }
}

#[wasm_bindgen_test]
async fn reconnecting_over_and_over_leaves_nothing() {
    for transport in BOTH {
        let listeners = Listeners::count();
        let scenario = Scenario::always(one_event()).await;
        let (before, streams) = (live_callbacks(), open_streams().await);
        let source = scenario.connect(transport).open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        let mut warm = (0, 0.0);
        for round in 0..WARM_UP + 50 {
            next(&mut messages).await.unwrap();
            if round == WARM_UP {
                warm = (memory(), listeners.now());
            }
            source.reconnect();
        }
        next(&mut messages).await.unwrap();
        assert_eq!((memory(), listeners.now()), warm, "over {transport:?}");
        drop(source);
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(listeners.now(), 0.0, "over {transport:?}");
        streams_closed(streams).await;
    }
}

#[wasm_bindgen_test]
async fn closing_in_the_midst_of_a_burst_leaves_nothing() {
    for transport in [NATIVE, FETCH] {
        let listeners = Listeners::count();
        let burst = json!({ "to": 20_000, "bytes": 200, "perWrite": 500 });
        let headers = json!({ "connection": "close" });
        let answer = json!({ "headers": headers, "steps": [{ "events": burst }], "end": "hold" });
        let scenario = Scenario::always(answer).await;
        let (before, streams) = (live_callbacks(), open_streams().await);
        for round in 0..20 {
            let source = Rc::new(scenario.connect(transport).open().unwrap());
            let handler = source.on("message", {
                let source = Rc::downgrade(&source);
                move |event: Event<Value>| {
                    if event.data["n"] == 1 + 50 * round {
                        source.upgrade().unwrap().close();
                    }
                }
            });
            until(&mut source.states(), closed).await;
            drop(handler);
        }
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(listeners.now(), 0.0, "over {transport:?}");
        streams_closed(streams).await;
    }
}

/// How many streams the server has open.
async fn open_streams() -> u64 {
    let answer = request("GET", &[server(), "/stats"].concat(), None).await;
    let stats: Value = serde_json::from_str(&answer).unwrap();
    stats["openStreams"].as_u64().unwrap()
}

/// The server has noticed that everybody is gone.
async fn streams_closed(before: u64) {
    soon("all streams to close", async {
        while open_streams().await > before {
            breathe().await;
        }
    })
    .await;
}
