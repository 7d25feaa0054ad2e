//! Who gets an event, and what one may do to the others.

use std::cell::Cell;
use std::rc::Rc;

use serde_json::{Value, json};
use typed_eventsource::{Event, SubscriptionError, Text};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::compatibility::holds;
use super::{EACH, heard, row};
use crate::harness::{Log, Scenario, next, when};

#[wasm_bindgen_test]
async fn a_named_event_does_not_reach_who_listens_to_message() {
    let sent =
        [json!("event: n\ndata: 1\n\nevent: message\ndata: 2\n\ndata: 3\n\nevent: Message\ndata: 4\n\n")];
    for transport in EACH {
        let messages = heard(transport, &sent, &["message"]).await;
        assert_eq!(messages, [row(("message", "2", "")), row(("message", "3", ""))], "over {transport:?}");
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn each_subscriber_gets_a_message_once() {
    for transport in EACH {
        let source =
            Scenario::sent("data: 1\n\ndata: 2\n\n").await.connect(transport).event_types(["message"]);
        let source = source.open().unwrap();
        let log = Log::new();
        let noting = |name| {
            let log = log.clone();
            source.on("message", move |event: Event<u32>| log.push((name, event.data)))
        };
        let subscriptions = ["one", "two"].map(noting);
        let mut stream = source.subscribe::<u32>("message");
        for n in 1..=2 {
            assert_eq!(next(&mut stream).await.unwrap().data, n, "over {transport:?}");
        }
        assert_eq!(log.take(), [("one", 1), ("two", 1), ("one", 2), ("two", 2)], "over {transport:?}");
        drop(subscriptions);
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn hostile_data_does_not_shift_its_neighbours() {
    // Joined and parsed at once, these would be other events, and more or fewer of them.
    let data = ["1", "[1", "2]", "3,4", "5],[6", "\"", "\",\"", "\"", "]", "{\"a\":1}}", "7 8", "", "9"];
    let stream: String =
        data.iter().enumerate().map(|(n, data)| format!("id: {n}\ndata: {data}\n\n")).collect();
    for transport in EACH {
        let source = Scenario::sent(&stream).await.connect(transport).open().unwrap();
        let mut decoded = source.subscribe::<Value>("message");
        let mut raw = source.subscribe::<Text>("message");
        for (n, data) in data.iter().enumerate() {
            let text = next(&mut raw).await.unwrap();
            assert_eq!((&*text.data.0, &*text.last_event_id), (*data, &*n.to_string()), "over {transport:?}");
            match next(&mut decoded).await {
                Ok(event) => {
                    assert_eq!(event.data.to_string(), *data, "over {transport:?}");
                    assert_eq!(*event.last_event_id, *n.to_string());
                }
                Err(SubscriptionError::Decode(undecoded)) => {
                    assert_eq!((&*undecoded.event.data, ["1", "9"].contains(data)), (*data, false));
                    assert_eq!(*undecoded.event.last_event_id, *n.to_string());
                }
                Err(error) => panic!("over {transport:?}: {error}"),
            }
        }
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_does_not_touch_the_connection() {
    let uncaught = Rc::new(Cell::new(0));
    let listener = Closure::<dyn FnMut(web_sys::Event)>::new({
        let uncaught = Rc::clone(&uncaught);
        move |event: web_sys::Event| {
            uncaught.set(uncaught.get() + 1);
            event.prevent_default();
        }
    });
    let page = web_sys::window().unwrap();
    let errors = ["error", "unhandledrejection"];
    for name in errors {
        page.add_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).unwrap();
    }
    for transport in EACH {
        let steps =
            json!([{ "events": { "to": 2 } }, { "waitMs": 20 }, { "events": { "to": 9, "everyMs": 5 } }]);
        let scenario = Scenario::once(steps, "hold").await;
        let source = scenario.connect(transport).open().unwrap();
        let log = Log::new();
        let trapping = source.on("message", |event: Event<Value>| {
            if event.data["n"] == 1 {
                std::process::abort();
            }
        });
        let noting = source.on("message", {
            let log = log.clone();
            move |event: Event<Value>| log.push(event.data["n"].as_u64().unwrap())
        });
        when("the later events", || log.len() == 9).await;
        assert_eq!(log.take(), [1, 2, 3, 4, 5, 6, 7, 8, 9], "over {transport:?}");
        let attempts = scenario.attempts().await;
        assert_eq!((attempts.len(), attempts[0].client_left), (1, false), "over {transport:?}");
        drop((trapping, noting, source));
        scenario.left().await;
        holds(transport);
    }
    for name in errors {
        page.remove_event_listener_with_callback(name, listener.as_ref().unchecked_ref()).unwrap();
    }
    assert_eq!(uncaught.get(), 2, "each is reported as an uncaught error");
}
