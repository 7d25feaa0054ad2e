//! What goes wrong for one subscriber harms no other, and no later event.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::json;
use typed_eventsource::{Event, Failure, Overflow, SubscriptionError, Text};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, Log, Scenario, next, when};

/// The second of these events is no number.
const MIXED: &str = "id: 1\ndata: 1\n\nid: 2\ndata: two\n\nid: 3\ndata: 3\n\n";

#[wasm_bindgen_test]
async fn an_event_that_cannot_be_decoded_is_an_item_of_the_stream() {
    for transport in BOTH {
        let source = Scenario::sent(MIXED).await.connect(transport).open().unwrap();
        let mut numbers = source.subscribe::<u32>("message");
        let mut texts = source.subscribe::<Text>("message");
        assert_eq!(next(&mut numbers).await.unwrap().data, 1);
        let Err(SubscriptionError::Decode(undecoded)) = next(&mut numbers).await else {
            panic!("`two` is no number");
        };
        let Event { event_type, data, last_event_id, origin, .. } = &undecoded.event;
        assert_eq!((&**event_type, &**data, &**last_event_id), ("message", "two", "2"));
        assert_eq!(&**origin, crate::harness::server());
        let cause = std::error::Error::source(&undecoded.cause).expect("the JSON error");
        assert!(cause.to_string().contains("line 1"), "{cause}");
        assert!(undecoded.to_string().contains("\"message\""), "{undecoded}");
        // Later events arrive, and others read the same one in their own way.
        assert_eq!(next(&mut numbers).await.unwrap().data, 3);
        for text in ["1", "two", "3"] {
            assert_eq!(next(&mut texts).await.unwrap().data.0, text);
        }
    }
}

#[wasm_bindgen_test]
async fn an_event_that_a_handler_cannot_be_given_is_among_the_errors() {
    for transport in BOTH {
        let source = Scenario::sent(MIXED).await.connect(transport).open().unwrap();
        let log = Log::new();
        let mut errors = source.errors();
        let subscription = source.on("message", {
            let log = log.clone();
            move |event: Event<u32>| log.push(event.data)
        });
        let Failure::Decode(undecoded) = next(&mut errors).await else { panic!("`two` is no number") };
        assert_eq!((&*undecoded.event.data, &*undecoded.event.last_event_id), ("two", "2"));
        when("the later event", || log.len() == 2).await;
        assert_eq!(log.take(), [1, 3], "over {transport:?}");
        drop(subscription);
    }
}

#[wasm_bindgen_test]
async fn an_event_type_without_a_variant_is_an_error_of_the_stream() {
    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Known {
        Message(u32),
    }
    let stream = "event: other\ndata: 1\n\ndata: 2\n\n";
    let source = Scenario::sent(stream).await.connect(None).wildcard(true).open().unwrap();
    let mut events = source.events::<Known>().unwrap();
    let error = next(&mut events).await.expect_err("there is no variant for it");
    assert!(error.to_string().contains("\"other\""), "{error}");
    let Known::Message(data) = next(&mut events).await.unwrap().data;
    assert_eq!(data, 2);
}

#[wasm_bindgen_test]
async fn a_subscriber_that_lags_behind_loses_the_oldest_and_is_told() {
    for transport in BOTH {
        let steps = json!([{ "events": { "to": 10, "perWrite": 10 } }, { "send": "event: end\ndata\n\n" }]);
        let source = Scenario::once(steps, "hold").await.connect(transport).buffer(480);
        let source = source.overflow(Overflow::DropOldest).open().unwrap();
        let mut slow = source.subscribe::<serde_json::Value>("message");
        let mut end = source.subscribe::<Text>("end");
        next(&mut end).await.unwrap();
        when("some to be dropped", || slow.dropped() > 5).await;
        let lagged = next(&mut slow).await.expect_err("events were dropped");
        let SubscriptionError::Lagged { dropped } = lagged else { panic!("over {transport:?}: {lagged}") };
        for n in dropped + 1..=10 {
            assert_eq!(next(&mut slow).await.unwrap().data["n"], n, "over {transport:?}");
        }
    }
}

/// Counts the errors that nobody caught, and keeps them from failing the tests.
pub(crate) struct Uncaught {
    count: Rc<Cell<u32>>,
    listener: Closure<dyn FnMut(web_sys::Event)>,
}

impl Uncaught {
    const EVENTS: [&str; 2] = ["error", "unhandledrejection"];

    pub(crate) fn listen() -> Self {
        let count = Rc::new(Cell::new(0));
        let listener = Closure::new({
            let count = Rc::clone(&count);
            move |event: web_sys::Event| {
                count.set(count.get() + 1);
                event.prevent_default();
            }
        });
        for name in Self::EVENTS {
            let page = web_sys::window().unwrap();
            page.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).unwrap();
        }
        Self { count, listener }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count.get()
    }
}

impl Drop for Uncaught {
    fn drop(&mut self) {
        for name in Self::EVENTS {
            let page = web_sys::window().unwrap();
            page.remove_event_listener_with_callback(name, self.listener.as_ref().unchecked_ref()).unwrap();
        }
    }
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_harms_nobody_else() {
    for transport in BOTH {
        let uncaught = Uncaught::listen();
        // Two chunks, so that one comes after the trap.
        let steps = json!([
            { "events": { "to": 3, "perWrite": 3 } },
            { "waitMs": 20 },
            { "events": { "to": 6, "perWrite": 3 } },
            { "waitMs": 20 },
        ]);
        let again = json!({ "steps": [{ "events": { "to": 8 } }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, again] })).await;
        let source = scenario.connect(transport).retry(crate::harness::quick()).open().unwrap();
        let log = Log::new();
        let noting = |name| {
            let log = log.clone();
            move |event: Event<serde_json::Value>| log.push((name, event.data["n"].as_u64().unwrap()))
        };
        let before = source.on("message", noting("before"));
        let trapping = source.on("message", |event: Event<serde_json::Value>| {
            if event.data["n"] == 2 {
                // What a panic comes to in the end.
                std::process::abort();
            }
        });
        let after = source.on("message", noting("after"));
        let mut stream = source.subscribe::<serde_json::Value>("message");
        for n in 1..=8 {
            assert_eq!(next(&mut stream).await.unwrap().data["n"], n, "over {transport:?}");
        }
        let expected = (1..=8).flat_map(|n| [("before", n), ("after", n)]).collect::<Vec<_>>();
        assert_eq!(log.take(), expected, "over {transport:?}");
        assert_eq!(uncaught.count(), 1, "it is reported as an uncaught error");
        // It can still be unsubscribed, and the source closed.
        drop((before, trapping, after));
        source.close();
        scenario.left().await;
    }
}
