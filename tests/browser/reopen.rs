//! `reconnect()` on a source that a failure has closed.

use serde_json::json;
use typed_eventsource::{Event, Overflow, SubscriptionError, Text};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::cursor::{at, cursor};
use crate::harness::{FETCH, Log, Scenario, breathe, closed, next, open, rest, until, when};

#[wasm_bindgen_test]
async fn handlers_cursor_and_counts_go_on_and_streams_stay_ended() {
    let scenario = Scenario::new(json!({ "attempts": [
        { "steps": [{ "send": "id: 1\ndata: 1\n\n" }], "end": "hold" },
        { "status": 404 },
        { "steps": [{ "send": "id: 2\ndata: 2\n\n" }], "end": "hold" },
    ] }))
    .await;
    let source = scenario.connect(FETCH).open().unwrap();
    let log = Log::new();
    let seen = log.clone();
    let _handler = source.on("message", move |event: Event<u32>| seen.push(event.data));
    let mut ended = source.subscribe::<Text>("message");
    next(&mut ended).await.unwrap();
    ended.done();
    source.reconnect();
    until(&mut source.states(), closed).await;
    assert!(rest(source.states()).await.last().is_some_and(closed));
    source.reconnect();
    let mut states = source.states();
    until(&mut states, open).await;
    when("the second event", || source.stats().events == 2).await;
    assert_eq!(log.take(), [1, 2]);
    assert_eq!(source.stats().attempts, 3);
    assert_eq!(scenario.attempts().await[2].last_event_id.as_deref(), Some("1"));
    assert!(matches!(rest(ended).await[..], [Err(SubscriptionError::Failed(_))]));
    source.close();
    source.reconnect();
    assert!(closed(&source.state()));
}

#[wasm_bindgen_test]
async fn events_that_waited_in_a_full_queue_are_read_and_do_not_come_again() {
    let part = |from: u32, to: u32| {
        let events: String = (from..=to).map(|n| format!("id: {n}\ndata: {n}\n\n")).collect();
        json!({ "steps": [{ "send": events }], "end": "hold" })
    };
    let scenario = Scenario::new(json!({ "attempts": [part(1, 3), part(4, 4)] })).await;
    let source = scenario.connect(FETCH).buffer(1).overflow(Overflow::Error).open().unwrap();
    let log = Log::new();
    let seen = log.clone();
    let _handler = source.on("message", move |event: Event<u32>| seen.push(event.data));
    let mut full = source.subscribe::<Text>("message");
    when("the end", || closed(&source.state())).await;
    source.reconnect();
    when("the rest", || log.len() == 4).await;
    assert_eq!(scenario.attempts().await[1].last_event_id.as_deref(), Some("3"));
    assert_eq!(cursor(&source), at("4", ""));
    for n in 1..=3 {
        assert_eq!(next(&mut full).await.unwrap().data.0, n.to_string());
    }
    assert!(matches!(next(&mut full).await, Err(SubscriptionError::Overflow)));
    assert_eq!(cursor(&source), at("4", "4"));
    assert_eq!(log.take(), [1, 2, 3, 4]);
}

#[wasm_bindgen_test]
async fn after_the_end_that_was_asked_for_it_does_nothing() {
    let scenario = Scenario::always(json!({ "status": 404 })).await;
    let source = scenario.connect(FETCH).open().unwrap();
    until(&mut source.states(), closed).await;
    source.close();
    source.reconnect();
    breathe().await;
    assert!(closed(&source.state()));
    let mut states = source.states();
    next(&mut states).await;
    assert!(rest(states).await.is_empty());
    let ended = Scenario::new(json!({ "attempts": [] })).await.connect(FETCH).open().unwrap();
    until(&mut ended.states(), closed).await;
    ended.reconnect();
    assert!(closed(&ended.state()));
    let mut events = ended.subscribe::<Text>("message");
    assert!(rest(&mut events).await.is_empty());
    assert_eq!(scenario.attempts().await.len(), 1);
}
