//! The client in a worker, which has no document, against the native server.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test that finds something else than it expects shall fail")]

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use js_sys::Function;
use typed_eventsource::{ConnectionState, Hidden, Pause, Transport, TypedEventSource, live_callbacks};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

fn run(script: &str) -> JsValue {
    Function::new_no_args(script).call0(&JsValue::UNDEFINED).unwrap()
}

async fn when(what: &str, condition: impl Fn() -> bool) {
    let holds = Box::pin(async {
        while !condition() {
            TimeoutFuture::new(1).await;
        }
    });
    if let Either::Right(_) = select(holds, TimeoutFuture::new(120_000)).await {
        panic!("waited in vain for {what}");
    }
}

async fn reaches(source: &TypedEventSource, status: &str) {
    when(status, || source.state().status() == status).await;
}

#[wasm_bindgen_test]
async fn a_worker_has_a_network_and_a_clock_but_is_never_hidden() {
    assert!(run("return globalThis.document").is_undefined(), "this is a worker");
    let server = option_env!("TYPED_EVENTSOURCE_TEST_SERVER").unwrap_or("http://127.0.0.1:8087");
    // A server on this machine would be reached offline too.
    let there = Function::new_with_args("url, init", &format!("return fetch('{server}/heart-rate', init)"));
    let elsewhere = || TypedEventSource::connect("http://elsewhere.test/heart-rate");
    for (builder, transport) in [
        (TypedEventSource::connect(format!("{server}/heart-rate")), Transport::EventSource),
        (elsewhere().fetch(there), Transport::Fetch),
    ] {
        let source = builder.hidden(Hidden::Pause).open().unwrap();
        reaches(&source, "open").await;
        let ConnectionState::Open { transport: taken, .. } = source.state() else { unreachable!() };
        assert_eq!(taken, transport);
        drop(source);
        when("callbacks to go", || live_callbacks() == 0).await;
    }

    run("dispatchEvent(new Event('offline'));
        Object.defineProperty(navigator, 'onLine', { configurable: true, get: () => false })");
    let refuses = Function::new_no_args("return Promise.reject(new TypeError('no network'))");
    let source = elsewhere().fetch(refuses).open().unwrap();
    reaches(&source, "paused").await;
    assert_eq!(source.state(), ConnectionState::Paused { why: Pause::Offline });
    // No event tells of it: the worker slept. Its clock does.
    run("delete navigator.onLine; const { now } = Date; Date.now = () => now() + 6000");
    reaches(&source, "reconnecting").await;
}
