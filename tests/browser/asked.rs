//! URLs and bodies that the application is asked for before each attempt.

use serde_json::json;
use typed_eventsource::{
    Body, CloseReason, ConnectionState, Error, Event, Text, Transport, TypedEventSource, Url,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{Log, Scenario, closed, next, open, quick, reconnecting, rest, until};

#[wasm_bindgen_test]
async fn each_attempt_goes_where_it_is_sent_with_the_body_of_its_own() {
    let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
    let (url, log) = (scenario.url.clone(), Log::new());
    let asked = log.clone();
    let url = Url::from_fn(move |attempt| {
        let url = format!("{url}?attempt={}", attempt.attempt);
        asked.push((attempt.attempt, attempt.cause.map(|cause| cause.code())));
        async { Ok(url) }
    });
    let body = Body::from_fn(|attempt| async move { Ok(format!("body {}", attempt.attempt)) });
    let builder = TypedEventSource::connect(url).method("POST").idempotent(true).body(body).retry(quick());
    let source = builder.open().unwrap();
    let seen = until(&mut source.states(), open).await;
    assert!(matches!(seen.last(), Some(ConnectionState::Open { transport: Transport::Fetch, .. })));
    let attempts = scenario.attempts().await;
    let sent: Vec<_> = attempts.iter().map(|attempt| (&*attempt.query["attempt"], &*attempt.body)).collect();
    assert_eq!(sent, [("1", "body 1"), ("2", "body 2")]);
    assert_eq!(log.take(), [(1, None), (2, Some("status"))]);
}

#[wasm_bindgen_test]
async fn to_another_origin_the_query_carries_the_last_event_id() {
    let scenario = Scenario::sent("id: 8\ndata: 8\n\n").await;
    let url = [&scenario.url, "?lastEventId=old"].concat();
    let asked = Url::from_fn(move |_| {
        let url = url.clone();
        async { Ok(url) }
    });
    let source = TypedEventSource::connect(asked).last_event_id("7").open().unwrap();
    let event: Event<Text> = next(&mut source.subscribe("message")).await.unwrap();
    assert_eq!(&*event.last_event_id, "8");
    let [attempt] = &scenario.attempts().await[..] else { panic!("one attempt") };
    assert_eq!((attempt.last_event_id.as_deref(), &*attempt.query["lastEventId"]), (None, "7"));
}

#[wasm_bindgen_test]
async fn a_function_that_fails_is_a_failed_attempt() {
    for url_fails in [true, false] {
        let scenario = Scenario::always(json!({ "end": "hold" })).await;
        let url = scenario.url.clone();
        let url = Url::from_fn(move |attempt| {
            let url =
                if url_fails && attempt.attempt == 1 { Err("no token".into()) } else { Ok(url.clone()) };
            async { url }
        });
        let body = Body::from_fn(move |attempt| async move {
            if !url_fails && attempt.attempt == 1 { Err("no token".into()) } else { Ok("text") }
        });
        let builder = TypedEventSource::connect(url).method("POST").idempotent(true).body(body);
        let source = builder.retry(quick()).open().unwrap();
        let mut states = source.states();
        let seen = until(&mut states, reconnecting).await;
        let Some(ConnectionState::Reconnecting { cause, .. }) = seen.last() else { panic!("{seen:?}") };
        assert_eq!(cause.to_string(), "the connection failed: no token");
        until(&mut states, open).await;
        assert_eq!(scenario.attempts().await.len(), 1);
    }
}

#[wasm_bindgen_test]
async fn an_answer_that_is_no_url_to_fetch_is_the_end() {
    for url in ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "http://[/"] {
        let asked = Url::from_fn(move |_| async move { Ok(url) });
        let source = TypedEventSource::connect(asked).should_retry(|_, _| true).open().unwrap();
        let states = rest(source.states()).await;
        let [_, ConnectionState::Closed { reason: CloseReason::Fatal(cause) }] = &states[..] else {
            panic!("{states:?}")
        };
        let message = cause.to_string();
        assert!(message.starts_with("the connection failed: the URL that the function gave "), "{message}");
        assert!(!message.contains("secret"), "{message}");
    }
}

#[wasm_bindgen_test]
async fn what_can_be_checked_before_is_checked_at_once() {
    let url = || Url::from_fn(|_| async { Ok("/") });
    for builder in [
        TypedEventSource::connect(url()).transport(Transport::EventSource),
        TypedEventSource::connect(url()).body(Body::from_fn(|_| async { Ok("text") })),
        TypedEventSource::connect(url()).method("no method"),
    ] {
        assert!(matches!(builder.open(), Err(Error::Options(_))));
    }
}

#[wasm_bindgen_test]
async fn a_relative_url_is_resolved_as_the_pages() {
    let asked = Url::from_fn(|_| async { Ok("no-such-stream") });
    let source = TypedEventSource::connect(asked).open().unwrap();
    let seen = until(&mut source.states(), closed).await;
    assert!(seen.iter().any(closed), "{seen:?}");
}
