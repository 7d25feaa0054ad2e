//! How far the events are processed, and where that is kept.

use std::sync::Arc;

use serde_json::{Value, json};
use typed_eventsource::{Cursor, Event, Failure, Overflow, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Log, Scenario, next, nothing_more, quick, when};
use crate::isolation::Uncaught;

pub(crate) fn cursor(source: &TypedEventSource) -> (String, String) {
    let Cursor { received, processed, .. } = source.cursor();
    (received, processed)
}

pub(crate) fn at(received: &str, processed: &str) -> (String, String) {
    (received.to_owned(), processed.to_owned())
}

/// So many events with an id each, and an end without one.
pub(crate) async fn events(count: u32) -> Scenario {
    let events: String = (1..=count).map(|n| format!("id: {n}\ndata: {n}\n\n")).collect();
    Scenario::sent(&[&events, "event: end\ndata\n\n"].concat()).await
}

#[wasm_bindgen_test]
async fn what_handlers_got_is_processed_and_what_a_stream_holds_is_not() {
    for transport in BOTH {
        let source = events(5).await.connect(transport).last_event_id("0").open().unwrap();
        assert_eq!(cursor(&source), at("0", "0"));
        let _handler = source.on("message", |_: Event<u32>| ());
        let mut slow = source.subscribe::<u32>("message");
        let mut end = source.subscribe::<Text>("end");
        next(&mut end).await.unwrap();
        assert_eq!(cursor(&source), at("5", "0"), "over {transport:?}");
        for n in 1..=3 {
            next(&mut slow).await.unwrap();
            // It is done with the one before.
            assert_eq!(cursor(&source), at("5", &(n - 1).to_string()), "over {transport:?}");
        }
        // It says that it is done with the third, and leaves the others.
        slow.done();
        assert_eq!(cursor(&source), at("5", "3"), "over {transport:?}");
        drop(slow);
        assert_eq!(cursor(&source), at("5", "3"), "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn what_is_dropped_or_cannot_be_decoded_or_is_for_nobody_is_processed() {
    for transport in BOTH {
        let stream = "id: 1\ndata: 1\n\nid: 2\ndata: two\n\nid: 3\nevent: beat\ndata\n\nid: 4\ndata: 4\n\nid: 5\ndata: 5\n\nevent: end\ndata\n\n";
        let source = Scenario::sent(stream).await.connect(transport).buffer(220).heartbeat_event("beat");
        let source = source.overflow(Overflow::DropOldest).open().unwrap();
        let mut errors = source.errors();
        let _handler = source.on("message", |_: Event<u32>| ());
        let mut slow = source.subscribe::<u32>("message");
        next(&mut source.subscribe::<Text>("end")).await.unwrap();
        let Failure::Decode(_) = next(&mut errors).await else { panic!("`two` is no number") };
        when("two to be dropped", || slow.dropped() == 2).await;
        assert_eq!(cursor(&source), at("5", ""), "nobody knows yet, over {transport:?}");
        next(&mut slow).await.expect_err("it lags");
        assert_eq!(cursor(&source).1, "3", "to be told is not to read");
        next(&mut slow).await.unwrap();
        assert_eq!(cursor(&source).1, "3");
        next(&mut slow).await.unwrap();
        assert_eq!(cursor(&source).1, "4");
        nothing_more(&mut slow).await;
        assert_eq!(cursor(&source).1, "5");
    }
}

#[wasm_bindgen_test]
async fn an_id_without_an_event_counts_once_what_is_before_it_does() {
    let source = Scenario::sent("id: 1\ndata: 1\n\nid: 2\n\n").await.connect(FETCH).open().unwrap();
    let mut slow = source.subscribe::<u32>("message");
    when("the id", || source.cursor().received == "2").await;
    assert_eq!(cursor(&source), at("2", ""));
    next(&mut slow).await.unwrap();
    nothing_more(&mut slow).await;
    assert_eq!(cursor(&source), at("2", "2"));
}

#[wasm_bindgen_test]
async fn a_replay_does_not_set_it_back() {
    let first = "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n";
    // An event without an id of its own carries that of the replay before it.
    let again = "id: 1\ndata: 1\n\ndata: 10\n\n";
    let script = json!({ "attempts": [
        { "steps": [{ "send": first }] },
        { "steps": [{ "send": again }], "end": "hold" },
    ] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    let mut numbers = source.subscribe::<u32>("message");
    for n in [1, 2, 10] {
        assert_eq!(next(&mut numbers).await.unwrap().data, n);
    }
    nothing_more(&mut numbers).await;
    assert_eq!(cursor(&source), at("2", "2"));
}

#[wasm_bindgen_test]
async fn a_new_source_goes_on_where_the_old_one_was_processed() {
    let ticks = json!([{ "events": { "to": 9, "type": "tick", "perWrite": 9 } }]);
    let scenario = Scenario::always(json!({ "steps": ticks, "end": "hold" })).await;
    let old = scenario.connect(FETCH).open().unwrap();
    let mut ticks = old.subscribe::<Value>("tick");
    for _ in 0..4 {
        next(&mut ticks).await.unwrap();
    }
    let new = scenario.connect(FETCH).last_event_id(old.cursor().processed).open().unwrap();
    drop((ticks, old));
    let mut ticks = new.subscribe::<Value>("tick");
    // The fourth may still be worked on.
    for n in 4..=9 {
        assert_eq!(next(&mut ticks).await.unwrap().data["n"], n);
    }
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_holds_it_back_until_1024_later_events() {
    for transport in BOTH {
        let uncaught = Uncaught::listen();
        let steps = json!([
            { "events": { "to": 3, "perWrite": 3 } },
            { "waitMs": 20 },
            { "events": { "to": 1025, "perWrite": 100 } },
            { "send": "event: end\ndata\n\n" },
            { "waitMs": 20 },
            { "events": { "to": 1026 } },
            { "send": "event: end\ndata\n\n" },
        ]);
        let source = Scenario::once(steps, "hold").await.connect(transport).open().unwrap();
        let mut errors = source.errors();
        let _trapping = source.on("message", |event: Event<Value>| {
            if event.data["n"] == 2 {
                std::process::abort();
            }
        });
        let mut end = source.subscribe::<Text>("end");
        next(&mut end).await.unwrap();
        // The end is one of them; it carries the id of the last.
        assert_eq!(cursor(&source).1, "1025", "over {transport:?}");
        let Failure::Skipped { last_event_id } = next(&mut errors).await else {
            panic!("it was passed over")
        };
        assert_eq!(last_event_id, "2");
        next(&mut end).await.unwrap();
        assert_eq!(cursor(&source).1, "1026");
        assert_eq!(uncaught.count(), 1);
    }
}

#[wasm_bindgen_test]
async fn a_handler_that_traps_holds_it_back() {
    let uncaught = Uncaught::listen();
    let steps = json!([
        { "events": { "to": 3, "perWrite": 3 } },
        { "waitMs": 20 },
        { "events": { "to": 1024, "perWrite": 100 } },
        { "send": "event: end\ndata\n\n" },
    ]);
    let source = Scenario::once(steps, "hold").await.connect(FETCH).open().unwrap();
    let _trapping = source.on("message", |event: Event<Value>| {
        if event.data["n"] == 2 {
            std::process::abort();
        }
    });
    // What comes after it is given to everybody else, with the next chunk at the latest.
    let log = Log::new();
    let noted = log.clone();
    let _other = source.on("message", move |event: Event<Value>| noted.push(event.data["n"].as_u64()));
    when("the last event", || log.len() == 1024).await;
    assert_eq!(cursor(&source), at("1024", "1"));
    assert_eq!(uncaught.count(), 1);
}

#[wasm_bindgen_test]
async fn events_share_a_last_event_id_for_as_long_as_it_does_not_change() {
    for transport in BOTH {
        let steps = json!([
            { "send": "id: 1\ndata: a\n\nevent: gap\ndata\n\ndata: b\n\n" },
            { "waitMs": 50 },
            { "send": "data: c\n\nevent: gap\ndata\n\n" },
            { "waitMs": 50 },
            { "send": "data: d\n\nid: 2\ndata: e\n\n" },
        ]);
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps, "end": "hold" }] })).await;
        let source = scenario.connect(transport).gap_event("gap").open().unwrap();
        let mut messages = source.subscribe::<Text>("message");
        let first = next(&mut messages).await.unwrap();
        for data in ["b", "c", "d"] {
            let event = next(&mut messages).await.unwrap();
            assert_eq!(event.data.0, data);
            assert!(Arc::ptr_eq(&event.last_event_id, &first.last_event_id), "{data} over {transport:?}");
        }
        let last = next(&mut messages).await.unwrap();
        assert_eq!((&*first.last_event_id, &*last.last_event_id), ("1", "2"));
        messages.done();
        assert_eq!(cursor(&source), at("2", "2"), "over {transport:?}");
    }
}
