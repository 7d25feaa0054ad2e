//! The state tells what happens, and why; and when it is over, everything is.

use serde_json::{Value, json};
use typed_eventsource::{Cause, CloseReason, ConnectionState, Event, Text, Transport, live_callbacks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{
    Attempt, BOTH, FETCH, Log, NATIVE, Scenario, breathe, closed, next, open, quick, rest, until, when,
};

/// A state in a few words.
fn told(state: &ConnectionState) -> String {
    match state {
        ConnectionState::Connecting { attempt } => format!("connecting {attempt}"),
        ConnectionState::Open { transport, resumed_from, response } => {
            let status = response.as_ref().map(|response| response.status);
            format!("open {} from {resumed_from:?} {status:?}", transport.name())
        }
        ConnectionState::Reconnecting { attempt, wait, cause } => {
            format!(
                "reconnecting {attempt} {} {}",
                if wait.is_some() { "planned" } else { "by itself" },
                cause.code()
            )
        }
        ConnectionState::Closed { reason } => format!("closed {}", reason.code()),
        other => panic!("{other:?}"),
    }
}

async fn lost_twice() -> Scenario {
    let part = || json!({ "steps": [{ "events": { "to": 20, "atMost": 3, "type": "tick", "retry": 1 } }] });
    Scenario::new(json!({ "attempts": [part(), part()] })).await
}

#[wasm_bindgen_test]
async fn every_change_is_told_over_fetch() {
    let source = lost_twice().await.connect(FETCH).retry(quick()).open().unwrap();
    let _ticks = source.subscribe::<Value>("tick");
    let states = rest(source.states()).await;
    assert_eq!(
        states.iter().map(told).collect::<Vec<_>>(),
        [
            "connecting 1",
            "open fetch from \"\" Some(200)",
            "reconnecting 2 planned end-of-stream",
            "connecting 2",
            "open fetch from \"3\" Some(200)",
            "reconnecting 3 planned end-of-stream",
            "connecting 3",
            "closed no-content",
        ]
    );
    let ConnectionState::Open { response: Some(response), .. } = &states[1] else { panic!("{states:?}") };
    assert_eq!(response.content_type, "text/event-stream");
    assert!(response.headers.contains(&("content-type".into(), "text/event-stream".into())), "{response:?}");
}

#[wasm_bindgen_test]
async fn every_change_is_told_over_the_browsers_eventsource_and_when_fetch_takes_over() {
    // Without `retry`, the browser reconnects by itself once; the second time in a row fetch takes over.
    let source = lost_twice().await.connect(None).open().unwrap();
    let _ticks = source.subscribe::<Value>("tick");
    let mut states = source.states();
    let planned =
        |state: &ConnectionState| matches!(state, ConnectionState::Reconnecting { wait: Some(_), .. });
    let seen = until(&mut states, planned).await;
    assert_eq!(
        seen.iter().map(told).collect::<Vec<_>>(),
        [
            "connecting 1",
            "open eventsource from \"\" None",
            "reconnecting 2 by itself network",
            "open eventsource from \"3\" None",
            "reconnecting 3 planned network",
        ]
    );
    source.reconnect();
    let seen = rest(states).await;
    assert_eq!(
        seen.iter().map(told).collect::<Vec<_>>(),
        ["reconnecting 1 planned asked", "connecting 1", "closed no-content"]
    );
}

#[wasm_bindgen_test]
async fn states_begin_with_the_one_now_and_end_with_closed() {
    for transport in BOTH {
        let source = Scenario::sent("").await.connect(transport).open().unwrap();
        let mut early = source.states();
        assert_eq!(next(&mut early).await, ConnectionState::Connecting { attempt: 1 });
        until(&mut early, open).await;
        let late = source.states();
        source.close();
        let reason = CloseReason::Closed;
        assert_eq!(rest(early).await, [ConnectionState::Closed { reason: reason.clone() }]);
        assert_eq!(
            rest(late).await.iter().map(ConnectionState::status).collect::<Vec<_>>(),
            ["open", "closed"]
        );
        assert_eq!(rest(source.states()).await, [ConnectionState::Closed { reason }]);
        assert!(rest(source.subscribe::<Text>("message")).await.is_empty());
        assert!(rest(source.errors()).await.is_empty());
    }
}

#[wasm_bindgen_test]
async fn events_named_like_those_of_an_eventsource_are_events() {
    let names = ["error", "open", "message", "close", "end"];
    let stream: String = names.iter().map(|name| format!("event: {name}\ndata: {name}\n\n")).collect();
    for transport in [None, NATIVE, FETCH] {
        let source = Scenario::sent(&stream).await.connect(transport).open().unwrap();
        let log = Log::new();
        let subscriptions = names.map(|name| {
            let log = log.clone();
            source.on(name, move |event: Event<Text>| log.push((event.event_type.to_string(), event.data.0)))
        });
        let mut states = source.states();
        when("the events", || log.len() == names.len()).await;
        assert_eq!(log.take(), names.map(|name| (name.to_owned(), name.to_owned())), "over {transport:?}");
        // Unsubscribing must not make the source deaf to what the browser itself says.
        drop(subscriptions);
        let seen = until(&mut states, open).await;
        assert_eq!(seen.len(), 2, "{seen:?}");
        assert_eq!(source.state(), seen[1]);
    }
}

#[wasm_bindgen_test]
async fn without_subscribers_the_state_still_hears_of_the_end() {
    for transport in BOTH {
        let scenario = Scenario::new(json!({ "attempts": [{}, { "end": "hold" }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        // Listened to by name and left: `open` and `error` belong to the source as well.
        drop((source.subscribe::<Text>("error"), source.subscribe::<Text>("open")));
        let mut states = source.states();
        until(&mut states, open).await;
        let seen = until(&mut states, open).await;
        assert!(seen.iter().any(|state| state.status() == "reconnecting"), "over {transport:?}: {seen:?}");
    }
}

#[wasm_bindgen_test]
async fn streams_end_when_the_source_is_dropped_after_what_was_queued() {
    for transport in BOTH {
        let stream = "data: 1\n\ndata: 2\n\nevent: end\ndata\n\n";
        let scenario = Scenario::sent(stream).await;
        let source = scenario.connect(transport).open().unwrap();
        let messages = source.subscribe::<u32>("message");
        let mut end = source.subscribe::<Text>("end");
        next(&mut end).await.unwrap();
        let states = source.states();
        drop(source);
        let events = rest(messages).await;
        assert_eq!(events.into_iter().map(|event| event.unwrap().data).collect::<Vec<_>>(), [1, 2]);
        assert!(rest(end).await.is_empty());
        assert_eq!(rest(states).await.last().map(ConnectionState::status), Some("closed"));
        scenario.left().await;
    }
}

#[wasm_bindgen_test]
async fn after_close_no_handler_is_called() {
    for transport in BOTH {
        let before = live_callbacks();
        let steps = json!([{ "events": { "to": 100_000, "everyMs": 1 } }]);
        let scenario = Scenario::once(steps, "hold").await;
        let source = scenario.connect(transport).open().unwrap();
        let log = Log::new();
        let subscription = source.on("message", {
            let log = log.clone();
            move |_: Event<Value>| log.push(())
        });
        when("some events", || log.len() > 2).await;
        source.close();
        let called = log.len();
        scenario.left().await;
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(log.len(), called, "over {transport:?}");
        // Nor does anything bring it back.
        source.reconnect();
        let late = source.on("message", |_: Event<Value>| panic!("called after close"));
        breathe().await;
        assert!(closed(&source.state()));
        assert_eq!(scenario.attempts().await.len(), 1);
        drop((subscription, late));
    }
}

#[wasm_bindgen_test]
async fn a_source_dropped_at_once_leaves_nothing() {
    for transport in [None, NATIVE, FETCH] {
        let before = live_callbacks();
        let scenario = Scenario::sent("data: 1\n\n").await;
        drop(scenario.connect(transport).open().unwrap());
        when("callbacks to go", || live_callbacks() <= before).await;
        let all_left = |attempts: &[Attempt]| attempts.iter().all(|attempt| attempt.client_left);
        scenario.attempts_when("the client to leave", all_left).await;
    }
}

#[wasm_bindgen_test]
async fn a_source_dropped_while_it_waits_makes_no_further_attempt() {
    for transport in BOTH {
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "status": 503 })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let waiting =
            |state: &ConnectionState| matches!(state, ConnectionState::Reconnecting { wait: Some(_), .. });
        let seen = until(&mut source.states(), waiting).await;
        assert!(!matches!(seen.last(), Some(ConnectionState::Reconnecting { cause: Cause::Asked, .. })));
        drop(source);
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(scenario.attempts().await.len(), 1, "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn auto_begins_with_the_browsers_eventsource() {
    let source = Scenario::sent("").await.connect(None).open().unwrap();
    let seen = until(&mut source.states(), open).await;
    let Some(ConnectionState::Open { transport, .. }) = seen.last() else { panic!("{seen:?}") };
    assert_eq!(*transport, Transport::EventSource);
}
