//! A failure that closes a source is never silent.

use serde_json::json;
use typed_eventsource::{CloseReason, Failure, Overflow, SubscriptionError, Text};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Scenario, closed, next, rest, until, when};

/// What is written to the console as an error while it lives.
struct Console;

impl Console {
    fn listen() -> Self {
        js_sys::eval(
            "globalThis.errorBefore = console.error; globalThis.errorsSaid = [];
             console.error = (text) => errorsSaid.push(`${text}`);",
        )
        .unwrap();
        Self
    }

    fn said(&self) -> Vec<String> {
        let said = js_sys::Array::from(&js_sys::eval("errorsSaid").unwrap());
        said.iter().filter_map(|text| text.as_string()).collect()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = js_sys::eval("console.error = errorBefore");
    }
}

async fn not_found() -> Scenario {
    Scenario::always(json!({ "status": 404 })).await
}

#[wasm_bindgen_test]
async fn it_goes_to_the_console_if_nobody_is_told() {
    let console = Console::listen();
    let source = not_found().await.connect(FETCH).open().unwrap();
    // They are gone before it happens, and so do not count.
    drop(source.states());
    drop(source.errors());
    drop(source.subscribe::<Text>("message"));
    when("the end", || closed(&source.state())).await;
    source.close();
    assert_eq!(console.said(), ["the event source is closed: the server answered with status 404"]);
}

#[wasm_bindgen_test]
async fn it_goes_to_the_errors_if_nobody_reads_states() {
    for transport in BOTH {
        let source = not_found().await.connect(transport).open().unwrap();
        let failures = rest(source.errors()).await;
        let [Failure::Closed { reason }] = &failures[..] else { panic!("{failures:?}") };
        assert!(matches!(reason, CloseReason::Fatal(_)), "{reason:?}");
        assert_eq!(failures[0].code(), "status");
    }
}

#[wasm_bindgen_test]
async fn it_is_not_told_twice_and_an_end_is_none() {
    let console = Console::listen();
    let source = not_found().await.connect(FETCH).open().unwrap();
    let errors = source.errors();
    until(&mut source.states(), closed).await;
    assert!(rest(errors).await.is_empty());
    // A 204, and the application's own word.
    let ended = Scenario::new(json!({ "attempts": [] })).await.connect(FETCH).open().unwrap();
    when("the end", || closed(&ended.state())).await;
    let source = Scenario::sent("").await.connect(FETCH).open().unwrap();
    source.close();
    assert!(console.said().is_empty());
}

#[wasm_bindgen_test]
async fn a_full_queue_is_told_by_its_stream() {
    let console = Console::listen();
    let builder = Scenario::sent("data: 1\n\ndata: 2\n\n").await.connect(FETCH);
    let source = builder.buffer(1).overflow(Overflow::Error).open().unwrap();
    let mut events = source.subscribe::<Text>("message");
    when("the end", || closed(&source.state())).await;
    for _ in 0..2 {
        next(&mut events).await.unwrap();
    }
    assert!(matches!(next(&mut events).await, Err(SubscriptionError::Overflow)));
    assert!(console.said().is_empty());
}

#[wasm_bindgen_test]
async fn an_open_stream_of_events_is_told() {
    let console = Console::listen();
    let source = not_found().await.connect(FETCH).open().unwrap();
    let mut events = source.subscribe::<Text>("message");
    assert!(matches!(next(&mut events).await, Err(SubscriptionError::Failed(_))));
    assert!(console.said().is_empty());
}
