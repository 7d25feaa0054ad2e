//! Answers that are no stream: which of them are the end, and which lead to another attempt.

use std::time::Duration;

use serde_json::json;
use typed_eventsource::{
    Builder, Cause, CloseReason, ConnectionState, Event, Text, Transport, live_callbacks,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{
    BOTH, FETCH, NATIVE, Scenario, closed, next, open, quick, reconnecting, rest_until_failure, until, when,
};
use crate::isolation::Uncaught;

/// The reason in the last of some states.
fn reason(states: &[ConnectionState]) -> &CloseReason {
    match states.last() {
        Some(ConnectionState::Closed { reason }) => reason,
        _ => panic!("not closed: {states:?}"),
    }
}

/// Why the attempts were made that came after the first.
fn causes(states: &[ConnectionState]) -> Vec<&Cause> {
    let causes = states.iter().filter_map(|state| match state {
        ConnectionState::Reconnecting { cause, .. } => Some(cause),
        _ => None,
    });
    causes.collect()
}

fn is_status(cause: &Cause, expected: u16) -> bool {
    matches!(cause, Cause::Status { response } if response.status == expected)
}

/// Nothing is left that could make an attempt, beside what was there before.
async fn at_rest(before: usize) {
    when("timers and listeners to go", || live_callbacks() <= before).await;
}

/// With short waits over fetch. With waits of one's own no source begins with the browser's EventSource.
fn quickly(scenario: &Scenario, transport: Option<Transport>) -> Builder {
    let builder = scenario.connect(transport);
    if transport.is_none() { builder } else { builder.retry(quick()) }
}

#[wasm_bindgen_test]
async fn after_an_unavailable_server_the_stream_is_revived() {
    for transport in BOTH {
        let steps = json!([{ "send": "data: 1\n\n" }]);
        let script = json!({ "attempts": [{ "status": 503 }, { "steps": steps, "end": "hold" }] });
        let scenario = Scenario::new(script).await;
        let source = quickly(&scenario, transport).open().unwrap();
        let mut states = source.states();
        let mut messages = source.subscribe::<u32>("message");
        let seen = until(&mut states, open).await;
        let Some(ConnectionState::Open { transport: Transport::Fetch, .. }) = seen.last() else {
            panic!("fetch takes over, it sees why: {seen:?}");
        };
        match transport {
            None => assert_eq!(causes(&seen), [&Cause::Refused]),
            _ => assert!(is_status(causes(&seen)[0], 503), "{seen:?}"),
        }
        assert_eq!(next(&mut messages).await.unwrap().data, 1);
        assert_eq!(scenario.attempts().await.len(), 2);
    }
}

#[wasm_bindgen_test]
async fn no_content_is_the_end() {
    for transport in BOTH {
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "status": 204 })).await;
        let source = quickly(&scenario, transport).open().unwrap();
        let messages = source.subscribe::<Text>("message");
        let seen = until(&mut source.states(), closed).await;
        assert_eq!(*reason(&seen), CloseReason::NoContent);
        at_rest(before).await;
        // The browser's EventSource hides the 204, it takes fetch to see it.
        let expected = if transport.is_none() { 2 } else { 1 };
        assert_eq!(scenario.attempts().await.len(), expected, "over {transport:?}");
        assert!(crate::harness::rest(messages).await.is_empty());
    }
}

#[wasm_bindgen_test]
async fn after_no_content_in_answer_to_a_resume_the_stream_is_over() {
    for transport in BOTH {
        let steps = json!([{ "send": "id: 1\ndata: 1\n\n" }]);
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let messages = source.subscribe::<u32>("message");
        let seen = until(&mut source.states(), closed).await;
        assert_eq!(*reason(&seen), CloseReason::NoContent, "over {transport:?}");
        let events = crate::harness::rest(messages).await;
        assert_eq!(events.into_iter().map(|event| event.unwrap().data).collect::<Vec<_>>(), [1]);
        assert_eq!(source.state(), *seen.last().unwrap());
    }
}

#[wasm_bindgen_test]
async fn another_status_is_fatal_and_told() {
    for transport in BOTH {
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "status": 404 })).await;
        let source = quickly(&scenario, transport).open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        assert!(matches!(reason(&seen), CloseReason::Fatal(cause) if is_status(cause, 404)), "{seen:?}");
        at_rest(before).await;
        assert_eq!(scenario.attempts().await.len(), if transport.is_none() { 2 } else { 1 });
    }
}

#[wasm_bindgen_test]
async fn another_content_type_is_fatal_and_told() {
    for transport in BOTH {
        let answer = json!({
            "headers": { "content-type": "text/html" },
            "steps": [{ "send": "data: no event\n\n" }],
            "end": "hold",
        });
        let scenario = Scenario::always(answer).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let messages = source.subscribe::<Text>("message");
        let seen = until(&mut source.states(), closed).await;
        let CloseReason::Fatal(Cause::ContentType { response }) = reason(&seen) else { panic!("{seen:?}") };
        assert_eq!((response.status, &*response.content_type), (200, "text/html"));
        assert!(rest_until_failure::<Text>(messages).await.is_empty());
        scenario.left().await;
    }
}

#[wasm_bindgen_test]
async fn a_content_type_may_have_parameters_and_any_case() {
    for transport in BOTH {
        let headers = json!({ "content-type": "Text/Event-Stream; charset=UTF-8" });
        let scenario = Scenario::always(json!({ "headers": headers, "end": "hold" })).await;
        let source = scenario.connect(transport).open().unwrap();
        until(&mut source.states(), open).await;
        assert_eq!(scenario.attempts().await.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn the_browsers_eventsource_alone_is_refused_five_times_and_once_more() {
    for answer in [json!({ "status": 503 }), json!({ "status": 204 })] {
        let before = live_callbacks();
        let scenario = Scenario::always(answer).await;
        let source = scenario.connect(NATIVE).retry(quick()).open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        assert_eq!(*reason(&seen), CloseReason::Refused);
        assert_eq!(causes(&seen), [&Cause::Refused; 5]);
        at_rest(before).await;
        assert_eq!(scenario.attempts().await.len(), 6);
    }
}

#[wasm_bindgen_test]
async fn an_open_stream_ends_the_row_of_refusals() {
    let refused = || json!({ "status": 503 });
    let attempts = [refused(), refused(), refused(), json!({}), refused(), refused(), refused()];
    let script = json!({ "attempts": attempts, "afterwards": "repeat-last" });
    let scenario = Scenario::new(script).await;
    let source = scenario.connect(NATIVE).retry(quick()).open().unwrap();
    let seen = until(&mut source.states(), closed).await;
    assert_eq!(*reason(&seen), CloseReason::Refused);
    assert_eq!(scenario.attempts().await.len(), 4 + 6);
}

#[wasm_bindgen_test]
async fn a_server_that_accepts_and_stays_silent_is_left() {
    for transport in [None, NATIVE, FETCH] {
        let scenario = Scenario::new(json!({ "attempts": [{ "respond": false }, { "end": "hold" }] })).await;
        let after = Duration::from_millis(1500);
        let source = scenario.connect(transport).retry(quick()).connect_timeout(after).open().unwrap();
        let mut states = source.states();
        let seen = until(&mut states, reconnecting).await;
        assert_eq!(causes(&seen), [&Cause::Timeout { after }], "over {transport:?}");
        until(&mut states, open).await;
        let attempts =
            scenario.attempts_when("the client to leave", |attempts| attempts[0].client_left).await;
        assert_eq!(attempts.len(), 2);
    }
}

#[wasm_bindgen_test]
async fn retry_after_is_heeded_in_seconds_and_as_a_date() {
    // A date tells whole seconds, and some pass before it is read.
    let date = || js_sys::Date::new(&(js_sys::Date::now() + 60_000.0).into()).to_utc_string().into();
    let values: [(fn() -> String, _); 2] = [(|| "7".to_owned(), 7..11), (date, 30..64)];
    for (value, seconds) in values {
        for transport in BOTH {
            let value = value();
            let headers = json!({ "retry-after": value });
            let scenario = Scenario::always(json!({ "status": 503, "headers": headers })).await;
            let source = scenario.connect(transport).retry(quick()).open().unwrap();
            let fetched = |state: &ConnectionState| match state {
                ConnectionState::Reconnecting { cause, .. } => is_status(cause, 503),
                _ => false,
            };
            let seen = until(&mut source.states(), fetched).await;
            let Some(ConnectionState::Reconnecting { wait: Some(wait), .. }) = seen.last() else {
                panic!("{seen:?}");
            };
            assert!(seconds.contains(&wait.as_secs()), "{value:?} over {transport:?}: {wait:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn retry_after_asks_for_thirty_days_at_most() {
    let month = Duration::from_secs(30 * 24 * 60 * 60);
    for value in ["2592001", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        let scenario = Scenario::always(json!({ "status": 503, "headers": { "retry-after": value } })).await;
        let source = scenario.connect(FETCH).retry(quick()).open().unwrap();
        let seen = until(&mut source.states(), reconnecting).await;
        let Some(ConnectionState::Reconnecting { wait: Some(wait), cause, .. }) = seen.last() else {
            panic!("{seen:?}");
        };
        assert_eq!(cause.response().unwrap().retry_after, Some(month), "{value}");
        assert!((month..month + Duration::from_secs(1)).contains(wait), "{value}: {wait:?}");
    }
}

#[wasm_bindgen_test]
async fn attempts_in_a_row_are_limited_when_asked_for() {
    for transport in BOTH {
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "status": 503 })).await;
        let source = scenario.connect(transport).retry(quick().max_attempts(3)).open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        let CloseReason::AttemptsExhausted(cause) = reason(&seen) else { panic!("{seen:?}") };
        assert!(is_status(cause, 503), "{cause:?}");
        at_rest(before).await;
        assert_eq!(scenario.attempts().await.len(), 3);
    }
}

#[wasm_bindgen_test]
async fn should_retry_makes_an_attempt_where_none_would_be_made() {
    for transport in BOTH {
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 404 }, { "status": 404 }, {}] })).await;
        let asked = crate::harness::Log::new();
        let source = quickly(&scenario, transport).should_retry({
            let asked = asked.clone();
            move |attempt, cause| {
                asked.push((attempt, cause.code()));
                cause.code() == "status" || cause.is_retryable()
            }
        });
        let source = source.open().unwrap();
        until(&mut source.states(), open).await;
        let first = if transport.is_none() { "refused" } else { "status" };
        assert_eq!(asked.take(), [(1, first), (2, "status")], "over {transport:?}");
        drop(source);
    }
}

#[wasm_bindgen_test]
async fn should_retry_makes_none_where_one_would_be_made() {
    for transport in BOTH {
        let scenario = Scenario::always(json!({ "status": 503 })).await;
        let builder = quickly(&scenario, transport).should_retry(|_, _| false);
        let source = builder.open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        let CloseReason::Fatal(cause) = reason(&seen) else { panic!("{seen:?}") };
        assert_eq!(cause.code(), if transport.is_none() { "refused" } else { "status" });
        assert_eq!(scenario.attempts().await.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn should_retry_is_asked_about_silence_and_about_a_stream_that_the_browser_lost() {
    for transport in [None, NATIVE, FETCH] {
        let silent = Scenario::always(json!({ "respond": false })).await;
        let cut = Scenario::always(json!({ "end": "close" })).await;
        for (scenario, timeout, code) in [
            (&silent, 1500, "timeout"),
            (&cut, 30_000, if transport == FETCH { "end-of-stream" } else { "network" }),
        ] {
            let builder = quickly(scenario, transport).connect_timeout(Duration::from_millis(timeout));
            let source = builder.should_retry(|_, _| false).open().unwrap();
            let seen = until(&mut source.states(), closed).await;
            let CloseReason::Fatal(cause) = reason(&seen) else { panic!("{seen:?}") };
            assert_eq!(cause.code(), code, "over {transport:?}");
            assert_eq!(scenario.attempts().await.len(), 1);
        }
    }
}

#[wasm_bindgen_test]
async fn should_retry_that_traps_has_no_say() {
    let then = json!({ "end": "hold" });
    for transport in [None, NATIVE, FETCH] {
        for first in [json!({ "status": 503 }), json!({ "respond": false }), json!({ "end": "close" })] {
            let script = json!({ "attempts": [first, then], "afterwards": "repeat-last" });
            let builder = Scenario::new(script).await.connect(transport).retry(quick());
            let builder = builder.connect_timeout(Duration::from_millis(1500));
            let source = builder.should_retry(|_, _| panic!("a trap on purpose")).open().unwrap();
            let mut states = source.states();
            let seen = until(&mut states, |state| state.status() == "reconnecting").await;
            assert!(!seen.iter().any(closed), "over {transport:?}: {seen:?}");
            until(&mut states, open).await;
        }
    }
}

#[wasm_bindgen_test]
async fn an_event_that_is_too_large_is_fatal_and_what_came_before_it_is_not_lost() {
    let large = json!({ "join": ["data: 1\n\ndata: ", { "repeat": "9", "times": 2000 }, "\n\ndata: 2\n\n"] });
    let scenario = Scenario::once(json!([{ "send": large }]), "hold").await;
    let source = scenario.connect(FETCH).event_limit(1000).open().unwrap();
    let messages = source.subscribe::<u32>("message");
    let seen = until(&mut source.states(), closed).await;
    assert_eq!(*reason(&seen), CloseReason::Fatal(Cause::EventTooLarge { limit: 1000 }));
    assert_eq!(rest_until_failure(messages).await, [1]);
    scenario.left().await;
}

#[wasm_bindgen_test]
async fn an_event_that_is_too_large_is_fatal_even_if_a_handler_traps_on_one_before_it() {
    let uncaught = Uncaught::listen();
    let large = json!({ "join": ["data: 1\n\ndata: ", { "repeat": "9", "times": 2000 }, "\n\ndata: 2\n\n"] });
    let scenario = Scenario::once(json!([{ "send": large }]), "hold").await;
    let source = scenario.connect(FETCH).event_limit(1000).open().unwrap();
    let _trapping = source.on("message", |_: Event<u32>| {
        // What a panic comes to in the end.
        std::process::abort();
    });
    let messages = source.subscribe::<u32>("message");
    let seen = until(&mut source.states(), closed).await;
    assert_eq!(*reason(&seen), CloseReason::Fatal(Cause::EventTooLarge { limit: 1000 }));
    assert_eq!(rest_until_failure(messages).await, [1]);
    when("the trap to be told", || uncaught.count() == 1).await;
    scenario.left().await;
}
