//! Answers that are no event stream, and streams that end.

use serde_json::{Value, json};
use typed_eventsource::{Cause, CloseReason, ConnectionState, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use super::compatibility::{differs, holds};
use super::{EACH, Playing, Way, row};
use crate::engine::Engine;
use crate::harness::{NATIVE, Scenario, closed, next, open, quick, reconnecting, rest_until_failure, until};

/// Answers that fail the connection by the standard, and what fetch has to say of them.
fn refusals() -> [(Value, &'static str); 5] {
    let stream = json!([{ "send": "data: no event\n\n" }]);
    let html = json!({ "content-type": "text/html" });
    [
        (json!({ "status": 204 }), "no-content"),
        (json!({ "status": 404, "steps": stream }), "status"),
        (json!({ "status": 500, "steps": stream }), "status"),
        (json!({ "headers": html, "steps": stream }), "content-type"),
        (json!({ "headers": { "content-type": null }, "steps": stream }), "content-type"),
    ]
}

#[wasm_bindgen_test]
async fn every_refusal_looks_alike_over_the_browsers_eventsource_and_fetch_tells_them_apart() {
    for (answer, code) in refusals() {
        for transport in EACH {
            let scenario = Scenario::always(answer.clone()).await;
            let source = scenario.connect(transport).should_retry(|_, _| false).open().unwrap();
            let seen = until(&mut source.states(), closed).await;
            let told = match seen.last() {
                Some(ConnectionState::Closed { reason: CloseReason::Fatal(cause) }) => cause.code(),
                Some(ConnectionState::Closed { reason }) => reason.code(),
                _ => panic!("{seen:?}"),
            };
            assert_eq!(told, if transport == NATIVE { "refused" } else { code }, "{answer}");
            assert_eq!(scenario.attempts().await.len(), 1, "over {transport:?}: {answer}");
            holds(transport);
        }
    }
}

#[wasm_bindgen_test]
async fn the_body_of_a_refusal_is_not_parsed() {
    for (answer, _) in refusals() {
        for way in [Way::Browser, Way::Fetch] {
            let playing = Playing::open(way, json!([answer]), &["message"]).await;
            // The 500 is retried over fetch: it ends at the 204 then.
            assert_eq!(playing.end().await.events, [], "over {way:?}: {answer}");
            holds(way);
        }
    }
}

#[wasm_bindgen_test]
async fn a_clean_end_reestablishes_the_connection_and_is_not_taken_for_the_end() {
    for way in super::WAYS {
        let ended = json!({ "steps": [{ "send": "retry: 1\ndata: 1\n\n" }] });
        let playing = Playing::open(way, json!([ended, ended]), &["message"]).await;
        // While the browser's EventSource reconnects by itself, the source is not closed.
        let seen = until(&mut playing.source.states(), reconnecting).await;
        let Some(ConnectionState::Reconnecting { wait, cause, .. }) = seen.last() else { panic!("{seen:?}") };
        assert_eq!(wait.is_none(), way == Way::Browser, "{way:?}");
        // It cannot be told from a broken connection there.
        assert_eq!(cause.code(), if way == Way::Fetch { "end-of-stream" } else { "network" }, "{way:?}");
        let played = playing.end().await;
        assert_eq!(played.events, [row(("message", "1", "")), row(("message", "1", ""))], "{way:?}");
        assert_eq!(played.attempts.len(), 3, "{way:?}");
        holds(way);
    }
}

#[wasm_bindgen_test]
async fn a_broken_connection_is_told_from_the_end_of_the_stream_and_reestablished_like_it() {
    for transport in EACH {
        let broken = json!({ "steps": [{ "send": "data: 1\n\n" }, "waitForRelease"], "end": "abort" });
        let scenario = Scenario::new(json!({ "attempts": [broken, { "end": "hold" }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let mut states = source.states();
        until(&mut states, open).await;
        scenario.release().await;
        let seen = until(&mut states, reconnecting).await;
        let Some(ConnectionState::Reconnecting { cause, .. }) = seen.last() else { panic!("{seen:?}") };
        // An EventSource shows neither: there the rule has nothing to say.
        let told = transport == NATIVE || Engine::here().tells_a_broken_body();
        assert_eq!(cause.code(), if told { "network" } else { "end-of-stream" }, "over {transport:?}");
        scenario.attempts_when("another attempt", |attempts| attempts.len() == 2).await;
        match transport {
            NATIVE => {}
            _ if told => holds(transport),
            _ => differs(transport, "it is taken for the end"),
        }
    }
}

#[wasm_bindgen_test]
async fn an_eventsource_that_the_browser_closed_is_revived() {
    // Where the browser reconnects by itself, too.
    let mut cases: Vec<_> = refusals().map(|(answer, _)| (answer, Some(quick()))).into();
    cases.push((json!({ "status": 503 }), None));
    for (answer, retry) in cases {
        let stream = json!({ "steps": [{ "send": "data: 1\n\n" }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [answer, stream] })).await;
        let builder = scenario.connect(NATIVE);
        let source = if let Some(retry) = retry { builder.retry(retry) } else { builder }.open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        let seen = until(&mut source.states(), open).await;
        assert_eq!(next(&mut messages).await.unwrap().data, 1, "{answer}");
        let Some(ConnectionState::Open { transport: Transport::EventSource, .. }) = seen.last() else {
            panic!("{answer}: {seen:?}");
        };
        assert_eq!(scenario.attempts().await.len(), 2, "{answer}");
        holds(NATIVE);
    }
}

#[wasm_bindgen_test]
async fn the_first_failure_is_told() {
    for transport in EACH {
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let seen = until(&mut source.states(), open).await;
        let [ConnectionState::Connecting { .. }, ConnectionState::Reconnecting { cause, .. }, ..] = &*seen
        else {
            panic!("over {transport:?}: {seen:?}");
        };
        match transport {
            NATIVE => assert_eq!(*cause, Cause::Refused),
            _ => assert!(matches!(cause, Cause::Status { response } if response.status == 503), "{cause:?}"),
        }
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn text_event_stream_is_accepted_in_any_case_and_with_parameters() {
    for content_type in [
        "text/event-stream",
        "TEXT/Event-Stream",
        "text/event-stream; charset=utf-8",
        "text/event-stream;charset=UTF-8",
        " text/event-stream ; charset=\"utf-8\"; x=y",
    ] {
        for transport in EACH {
            assert!(accepted(transport, content_type).await, "over {transport:?}: {content_type:?}");
            holds(transport);
        }
    }
}

#[wasm_bindgen_test]
async fn another_type_is_refused() {
    for content_type in ["text/event-stream2", "text/event", "application/json", "text/plain", "x", ""] {
        for transport in EACH {
            assert!(!accepted(transport, content_type).await, "over {transport:?}: {content_type:?}");
            holds(transport);
        }
    }
}

/// [spec] Event streams […] must always be encoded as UTF-8: the standard looks at the type alone.
#[wasm_bindgen_test]
async fn another_charset_is_ignored() {
    let latin = "text/event-stream; charset=iso-8859-1";
    for transport in EACH {
        let refused = transport == NATIVE && Engine::here() == Engine::Chromium;
        assert_eq!(accepted(transport, latin).await, !refused, "over {transport:?}");
        if refused {
            differs(transport, "it is refused");
        } else {
            holds(transport);
        }
    }
}

async fn accepted(transport: Option<Transport>, content_type: &str) -> bool {
    let headers = json!({ "content-type": content_type });
    let steps = json!([{ "send": "data: é\n\n" }]);
    let scenario = Scenario::new(json!({ "attempts": [{ "headers": headers, "steps": steps }] })).await;
    let source = scenario.connect(transport).should_retry(|_, _| false).open().unwrap();
    let messages = source.subscribe::<typed_eventsource::Text>("message");
    let seen = until(&mut source.states(), closed).await;
    let data: Vec<_> = rest_until_failure(messages).await.into_iter().map(|text| text.0).collect();
    let opened = seen.iter().any(open);
    assert_eq!(data, if opened { vec!["é"] } else { vec![] }, "over {transport:?}: {content_type:?}");
    opened
}
