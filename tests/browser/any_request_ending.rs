//! What ends a request that is no GET, and what a response that is no event stream has to say.

use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{Cause, CloseReason, ConnectionState, EndedBy, Response, live_callbacks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::any_request::cause;
use crate::engine::Engine;
use crate::harness::{FETCH, Scenario, breathe, closed, open, quick, reconnecting, until, when};

fn reason(states: &[ConnectionState]) -> &CloseReason {
    match states.last() {
        Some(ConnectionState::Closed { reason }) => reason,
        state => panic!("not closed: {state:?}"),
    }
}

#[wasm_bindgen_test]
async fn a_request_that_is_no_get_is_not_repeated_where_it_may_have_been_carried_out() {
    let silent = json!({ "respond": false });
    let broken = if Engine::here().tells_a_broken_body() { "network" } else { "ended" };
    for (attempt, code) in [
        (json!({ "status": 500, "headers": { "retry-after": "0" } }), "status"),
        (json!({ "end": "abort" }), broken),
        (silent, "timeout"),
    ] {
        let scenario = Scenario::always(attempt).await;
        let builder = scenario.connect(None).retry(quick()).method("POST").body("pay");
        let source = builder.connect_timeout(Duration::from_secs(2)).open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        let told = match reason(&seen) {
            CloseReason::Fatal(cause) => cause.code(),
            reason => reason.code(),
        };
        assert_eq!(told, code);
        assert!(!seen.iter().any(reconnecting), "{seen:?}");
        assert_eq!(scenario.attempts().await.len(), 1, "{code}");
    }
}

#[wasm_bindgen_test]
async fn one_that_is_idempotent_is() {
    let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "abort" }, {}] })).await;
    let builder = scenario.connect(None).retry(quick()).method("POST").body("ask").idempotent(true);
    let seen = until(&mut builder.open().unwrap().states(), closed).await;
    assert_eq!(*reason(&seen), CloseReason::Ended { by: EndedBy::Response });
    let bodies: Vec<_> = scenario.attempts().await.into_iter().map(|attempt| attempt.body).collect();
    // What looks like the end is the end.
    let attempts = if Engine::here().tells_a_broken_body() { 3 } else { 2 };
    assert_eq!(bodies, vec!["ask"; attempts]);
}

#[wasm_bindgen_test]
async fn the_end_of_its_stream_is_the_end_unless_the_application_wants_another() {
    let steps = json!([{ "send": "id: 3\ndata: 1\n\n" }]);
    let scenario = Scenario::new(json!({ "attempts": [{ "end": "hold", "steps": steps }, {}] })).await;
    let builder = scenario.connect(None).retry(quick()).method("POST").body("ask");
    let source = builder.open().unwrap();
    let mut states = source.states();
    until(&mut states, open).await;
    crate::harness::next(&mut source.subscribe::<u32>("message")).await.unwrap();
    source.reconnect();
    let seen = until(&mut states, closed).await;
    assert_eq!(*reason(&seen), CloseReason::Ended { by: EndedBy::Response });
    let attempts = scenario.attempts().await;
    assert_eq!(attempts.len(), 2);
    assert_eq!((&*attempts[1].body, attempts[1].resumed_from()), ("ask", "3"));
}

/// The response that a source is closed for.
async fn refused(answer: Value) -> Response {
    let scenario = Scenario::always(answer).await;
    let source = scenario.connect(FETCH).retry(quick()).open().unwrap();
    let seen = until(&mut source.states(), |state| closed(state) || reconnecting(state)).await;
    let response = cause(seen.last()).response().cloned().expect("a response");
    drop(source);
    response
}

#[wasm_bindgen_test]
async fn what_a_refusal_says_is_told() {
    let headers = json!({ "content-type": "text/plain", "retry-after": "3" });
    for (status, steps, expected) in [
        (404, json!([{ "send": "no such " }, { "send": "order: ü" }]), "no such order: ü"),
        (503, json!([{ "send": "later" }]), "later"),
        (400, json!([]), ""),
        (200, json!([{ "send": "<!doctype html>" }]), "<!doctype html>"),
        (500, json!([{ "send": { "base64": "Yf9i" } }]), "a\u{fffd}b"),
    ] {
        let response = refused(json!({ "status": status, "headers": headers, "steps": steps })).await;
        assert_eq!((response.status, &*response.body_text), (status, expected));
        assert_eq!(response.content_type, "text/plain");
        assert_eq!(response.retry_after, Some(Duration::from_secs(3)));
    }
}

#[wasm_bindgen_test]
async fn no_more_than_two_kibibytes_of_it_are_read() {
    let long = json!({ "join": ["x", { "repeat": "ü", "times": 5000 }] });
    let response = refused(json!({ "status": 500, "steps": [{ "send": long }], "end": "hold" })).await;
    assert_eq!(response.body_text, ["x", &"ü".repeat(1023)].concat(), "an odd byte is no character");
}

#[wasm_bindgen_test]
async fn it_is_not_waited_for_longer_than_a_second() {
    let before = live_callbacks();
    let answer = json!({ "status": 404, "steps": [{ "send": "half of " }], "end": "hold" });
    assert_eq!(refused(answer).await.body_text, "half of ");
    let answer = json!({ "status": 404, "steps": [{ "send": "torn" }, { "waitMs": 100 }], "end": "abort" });
    assert_eq!(refused(answer).await.body_text, "torn");
    when("callbacks to go", || live_callbacks() <= before).await;
}

#[wasm_bindgen_test]
async fn the_connect_timeout_does_not_hide_a_status_that_came_in_time() {
    let scenario = Scenario::always(json!({ "status": 404, "end": "hold" })).await;
    // Sooner than its body is given up.
    let builder = scenario.connect(FETCH).connect_timeout(Duration::from_millis(900));
    let seen = until(&mut builder.open().unwrap().states(), closed).await;
    assert!(matches!(cause(seen.last()), Cause::Status { response } if response.status == 404), "{seen:?}");
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_meanwhile_leaves_nothing() {
    let before = live_callbacks();
    let scenario = Scenario::always(json!({ "status": 404, "end": "hold" })).await;
    let source = scenario.connect(FETCH).open().unwrap();
    scenario.attempts_when("the request", |attempts| attempts.len() == 1).await;
    for _ in 0..20 {
        breathe().await;
    }
    drop(source);
    when("callbacks to go", || live_callbacks() <= before).await;
    scenario.left().await;
}
