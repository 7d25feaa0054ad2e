//! The options from JavaScript that make a request.

use serde_json::json;
use typed_eventsource::{Cause, CloseReason, ConnectionState, EndedBy};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{Scenario, open, reconnecting, rest, until, when};
use crate::js_values::{js, json_of};

#[wasm_bindgen_test]
async fn the_request_is_as_the_options_say() {
    for headers in [
        "{ 'x-a': 1, Accept: 'text/event-stream;q=1' }",
        "[['x-a', '1'], ['accept', 'text/event-stream;q=1']]",
        "new Headers({ 'x-a': '1', accept: 'text/event-stream;q=1' })",
        "() => ({ 'x-a': 1, accept: 'text/event-stream;q=1' })",
        "async () => new Headers({ 'x-a': '1', accept: 'text/event-stream;q=1' })",
    ] {
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, {}] })).await;
        let options = js(&format!(
            "({{ method: 'PATCH', body: new Blob(['b']), idempotent: true, headers: {headers}, redirect: 'follow',
                mode: 'cors', fetch: (url, init) => fetch(url + '?own=1', init), retry: {{ initialMs: 0, maxMs: 0 }} }})"
        ));
        let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
        let seen = rest(source.states()).await;
        assert_eq!(
            seen.last(),
            Some(&ConnectionState::Closed { reason: CloseReason::Ended { by: EndedBy::Response } })
        );
        let attempts = scenario.attempts().await;
        assert_eq!(attempts.len(), 2, "{headers}");
        for attempt in attempts {
            assert_eq!((&*attempt.method, &*attempt.body, &*attempt.query["own"]), ("PATCH", "b", "1"));
            assert_eq!(
                (&*attempt.headers["x-a"], &*attempt.headers["accept"]),
                ("1", "text/event-stream;q=1")
            );
        }
    }
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    for options in ["({ mode: 'same-origin' })", "({ redirect: 'error', fetch: () => Promise.reject(1) })"] {
        let source = scenario.connect(None).js_options(&js(options)).unwrap().open().unwrap();
        until(&mut source.states(), reconnecting).await;
        drop(source);
    }
    assert!(scenario.attempts().await.is_empty());
}

#[wasm_bindgen_test]
async fn headers_are_asked_about_an_attempt_and_may_fail() {
    let scenario =
        Scenario::new(json!({ "attempts": [{ "status": 503, "steps": [{ "send": "busy" }] }] })).await;
    let asked = js("globalThis.askedFor = []");
    let options = js("({ lastEventId: '7', retry: { initialMs: 0, maxMs: 0 }, async headers(attempt) {
        askedFor.push([attempt.attempt, attempt.lastEventId, attempt.cause?.code, attempt.cause?.bodyText]);
        if (attempt.attempt === 2) throw new Error('no token');
        if (attempt.attempt === 3) return 'no headers';
        return {};
    } })");
    let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
    let seen = rest(source.states()).await;
    js("delete globalThis.askedFor");
    let expected = json!([
        [1, "7", null, null],
        [2, "7", "status", "busy"],
        [3, "7", "network", null],
        [4, "7", "network", null]
    ]);
    assert_eq!(json_of(&asked), expected);
    let messages = seen.iter().filter_map(|state| match state {
        ConnectionState::Reconnecting { cause: Cause::Network { message }, .. } => Some(&**message),
        _ => None,
    });
    assert_eq!(messages.collect::<Vec<_>>(), ["no token", "\"headers\" must be headers or a function"]);
}

#[wasm_bindgen_test]
async fn a_refresh_is_the_same_for_all_sources_with_its_function() {
    js("globalThis.refreshes = []");
    let options = js(
        "({ refresh() { refreshes.push(1); return new Promise((ok) => { globalThis.refreshed = ok }); } })",
    );
    let script = json!({ "attempts": [{ "status": 401 }, { "end": "hold" }] });
    let mut streams = Vec::new();
    for scenario in [Scenario::new(script.clone()).await, Scenario::new(script).await] {
        let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
        streams.push((scenario, source));
    }
    when("a refresh", || js("refreshes.length") == 1).await;
    js("refreshed()");
    for (scenario, source) in streams {
        until(&mut source.states(), open).await;
        assert_eq!(scenario.attempts().await.len(), 2);
    }
    assert_eq!(js("refreshes.length"), 1);
    js("delete globalThis.refreshes, delete globalThis.refreshed");

    let scenario = Scenario::always(json!({ "status": 401 })).await;
    let options = js("({ refresh() { throw new Error('logged out') } })");
    let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
    rest(source.states()).await;
    assert_eq!(scenario.attempts().await.len(), 1);
}
