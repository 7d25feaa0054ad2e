//! Options from JavaScript, by the names of the npm package: what is refused, and that the others do what they say.

use std::time::Duration;

use js_sys::Reflect;
use serde::Deserialize;
use serde_json::json;
use typed_eventsource::{
    Builder, Cause, CloseReason, ConnectionState, EndedBy, JsValueError, Retry, SubscriptionError, Transport,
    TypedEventSource,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{FETCH, Log, Scenario, closed, connect, next, open, reconnecting, rest, until};
use crate::js_values::{asked, get, js, json_of};

fn with(options: &str) -> Result<Builder, JsValueError> {
    TypedEventSource::connect("/").js_options(&js(options))
}

#[wasm_bindgen_test]
fn what_is_no_option_is_refused_with_a_list_of_those_there_are() {
    let all = "transport, withCredentials, headers, method, body, idempotent, resume, mode, redirect, refresh, fetch, \
        wildcard, eventTypes, retry, connectTimeoutMs, idleMs, heartbeatEvent, hidden, offline, until, lastEventId, lastEventIdParam, \
        dropReplays, gapEvent, gapHeader, persist, eventLimit, delivery, buffer, undecodable";
    for (options, message) in [
        ("({ widlcard: true })", format!("unknown option \"widlcard\": allowed are {all}")),
        ("({ toString: 1 })", format!("unknown option \"toString\": allowed are {all}")),
        ("[1]", format!("unknown option \"0\": allowed are {all}")),
        (
            "({ buffer: { limitBytes: 5, size: 1 } })",
            "unknown option \"buffer.size\": allowed are limitBytes, overflow, key, holdMs".into(),
        ),
        ("({ persist: { name: 1 } })", "unknown option \"persist.name\": allowed are storage, key".into()),
        (
            "({ retry: { max: 1 } })",
            "unknown option \"retry.max\": allowed are \
             initialMs, maxMs, factor, maxAttempts, stableMs, shouldRetry"
                .into(),
        ),
    ] {
        let error = with(options).expect_err(options);
        assert_eq!(error.to_string(), message);
        assert_eq!(asked(&error.into(), "it instanceof TypeError && it.message"), message.as_str());
    }
}

#[wasm_bindgen_test]
fn an_option_of_the_wrong_kind_is_refused_with_the_right_one() {
    let (flag, count) = ("true or false", "an integer >= 1 or Infinity");
    let (least_0, least_1) = ("a number >= 0 or Infinity", "a number >= 1 or Infinity");
    let gap_header = "a header's name or an array of them";
    let (types, id, object) = ("an array of event types", "a string without NUL, CR and LF", "an object");
    let (stored, storage) =
        ("an object with storage and key", "a Web Storage or an object with get() and set()");
    let overflow = r#""auto", "drop-oldest", "drop-newest", "latest-by-key", "error" or "backpressure""#;
    for (options, name, allowed) in [
        ("null", "options", object),
        ("'eventsource'", "options", object),
        ("1n", "options", object),
        ("({ transport: 'websocket' })", "transport", r#""auto", "eventsource" or "fetch""#),
        ("({ transport: {} })", "transport", r#""auto", "eventsource" or "fetch""#),
        ("({ withCredentials: 1 })", "withCredentials", flag),
        ("({ headers: 'x-a: 1' })", "headers", "headers or a function"),
        ("({ headers: null })", "headers", "headers or a function"),
        ("({ headers: { 'x a': 1 } })", "headers", "headers or a function"),
        ("({ headers: [['x']] })", "headers", "headers or a function"),
        ("({ method: '' })", "method", "a method"),
        ("({ body: null })", "body", "a body that can be sent again or a function"),
        ("({ body: new Response('x').body })", "body", "a body that can be sent again or a function"),
        ("({ idempotent: 'yes' })", "idempotent", flag),
        ("({ resume: 'post' })", "resume", r#""get""#),
        ("({ resume: true })", "resume", r#""get""#),
        ("({ mode: 'no-cors' })", "mode", r#""cors" or "same-origin""#),
        ("({ redirect: 'manual' })", "redirect", r#""follow" or "error""#),
        ("({ refresh: {} })", "refresh", "a function"),
        ("({ fetch: 'fetch' })", "fetch", "a function"),
        ("({ wildcard: null })", "wildcard", flag),
        ("({ eventTypes: 'a' })", "eventTypes", types),
        ("({ eventTypes: ['a', ''] })", "eventTypes", types),
        ("({ eventTypes: [Symbol('a')] })", "eventTypes", types),
        ("({ eventTypes: new Set(['a']) })", "eventTypes", types),
        ("({ eventTypes: Object.defineProperty([0], 0, { get() { throw 1 } }) })", "eventTypes", types),
        ("({ retry: 5 })", "retry", object),
        ("({ retry: { initialMs: -1 } })", "retry.initialMs", least_0),
        ("({ retry: { maxMs: NaN } })", "retry.maxMs", least_0),
        ("({ retry: { factor: 0.5 } })", "retry.factor", least_1),
        ("({ retry: { maxAttempts: 0 } })", "retry.maxAttempts", count),
        ("({ retry: { maxAttempts: 1.5 } })", "retry.maxAttempts", count),
        ("({ retry: { stableMs: '5' } })", "retry.stableMs", least_0),
        ("({ retry: { shouldRetry: true } })", "retry.shouldRetry", "a function"),
        ("({ connectTimeoutMs: 0 })", "connectTimeoutMs", least_1),
        ("({ idleMs: 0 })", "idleMs", least_1),
        ("({ heartbeatEvent: '' })", "heartbeatEvent", "an event type"),
        ("({ hidden: 'close' })", "hidden", r#""keep" or "pause""#),
        ("({ hidden: true })", "hidden", r#""keep" or "pause""#),
        ("({ offline: 'pause' })", "offline", r#""wait" or "ignore""#),
        ("({ offline: false })", "offline", r#""wait" or "ignore""#),
        ("({ until: '[DONE]' })", "until", "a function"),
        ("({ lastEventId: 7 })", "lastEventId", id),
        (r"({ lastEventId: 'a\nb' })", "lastEventId", id),
        ("({ lastEventIdParam: true })", "lastEventIdParam", "a name or false"),
        ("({ lastEventIdParam: '' })", "lastEventIdParam", "a name or false"),
        ("({ dropReplays: 'yes' })", "dropReplays", flag),
        ("({ gapEvent: '' })", "gapEvent", "an event type"),
        ("({ gapHeader: '' })", "gapHeader", gap_header),
        ("({ gapHeader: ['a', ''] })", "gapHeader", gap_header),
        ("({ gapHeader: 7 })", "gapHeader", gap_header),
        ("({ persist: 'orders' })", "persist", object),
        ("({ persist: {} })", "persist", stored),
        ("({ persist: { storage: localStorage } })", "persist", stored),
        ("({ persist: { key: 'orders' } })", "persist", stored),
        ("({ persist: { storage: localStorage, key: '' } })", "persist.key", "a string that is not empty"),
        ("({ persist: { storage: {}, key: 'orders' } })", "persist.storage", storage),
        ("({ persist: { storage: { get() {} }, key: 'orders' } })", "persist.storage", storage),
        ("({ eventLimit: 0 })", "eventLimit", count),
        ("({ buffer: [] , retry: null })", "retry", object),
        ("({ buffer: { limitBytes: Infinity } })", "buffer.limitBytes", "an integer >= 1"),
        ("({ buffer: { limitBytes: 0.5 } })", "buffer.limitBytes", "an integer >= 1"),
        ("({ buffer: { overflow: 'drop' } })", "buffer.overflow", overflow),
        ("({ buffer: { overflow: true } })", "buffer.overflow", overflow),
        ("({ buffer: { key: 'type' } })", "buffer.key", "a function"),
        ("({ buffer: { holdMs: 0 } })", "buffer.holdMs", least_1),
    ] {
        let error = with(options).expect_err(options);
        assert_eq!(error, JsValueError::Option { name: name.into(), allowed }, "{options}");
        assert_eq!(error.to_string(), format!("\"{name}\" must be {allowed}"));
    }
}

#[wasm_bindgen_test]
fn options_that_throw_are_refused_with_what_they_throw() {
    let getter = "Object.defineProperty({}, 'wildcard', { get() { throw new Error('not today') } })";
    let proxy = "new Proxy({}, { ownKeys() { throw 'not for you' } })";
    for (options, message) in [
        (getter, r#""wildcard" cannot be read: not today"#),
        (proxy, r#""options" cannot be read: not for you"#),
    ] {
        assert_eq!(with(options).expect_err(options).to_string(), message);
    }
}

#[wasm_bindgen_test]
fn any_value_that_is_allowed_is_taken() {
    for options in [
        "undefined",
        "({})",
        "Object.create({ wildcard: true })",
        "({ transport: 'auto', withCredentials: undefined, retry: undefined, buffer: {} })",
        "({ retry: { initialMs: Infinity, maxMs: 1e300, factor: Infinity, maxAttempts: 1e99, stableMs: 0 } })",
        "({ connectTimeoutMs: Infinity, idleMs: Infinity, transport: 'eventsource' })",
        "({ eventLimit: Infinity, lastEventIdParam: false, buffer: { limitBytes: 1 } })",
        "({ dropReplays: false, gapEvent: 'gap', gapHeader: 'X-Gap', transport: 'fetch' })",
        "({ persist: { storage: sessionStorage, key: 'any value' } })",
        "({ buffer: { overflow: 'backpressure', holdMs: Infinity }, transport: 'auto' })",
        "({ buffer: { overflow: 'latest-by-key', key: undefined } })",
    ] {
        let builder = with(options).unwrap_or_else(|error| panic!("{options}: {error}"));
        drop(builder.open().unwrap());
    }
}

#[wasm_bindgen_test]
async fn what_goes_out_is_as_the_options_say() {
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let options = js("({ lastEventId: 'a b', lastEventIdParam: 'cursor', eventTypes: ['n'] })");
    let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
    until(&mut source.states(), open).await;
    let attempt = scenario.attempts().await.remove(0);
    assert_eq!((attempt.query.get("cursor").map(String::as_str), attempt.last_event_id), (Some("a b"), None));

    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let options = js("({ transport: 'fetch', lastEventId: '7' })");
    let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
    until(&mut source.states(), open).await;
    assert_eq!(scenario.attempts().await[0].last_event_id.as_deref(), Some("7"));
}

#[wasm_bindgen_test]
async fn an_event_is_bounded_as_the_options_say() {
    let options = js("({ transport: 'fetch', eventLimit: 64, wildcard: true })");
    let long = "x".repeat(100);
    let stream = format!("data: 1\n\ndata: 2\n\ndata: 3\n\nevent: rest\ndata\n\ndata: {long}\n\n");
    let source = Scenario::sent(&stream).await.connect(None).js_options(&options).unwrap().open().unwrap();
    #[derive(Debug, Deserialize, PartialEq)]
    enum Kind {
        #[serde(rename = "message")]
        Message(u32),
        #[serde(other)]
        Other,
    }
    let mut events = source.events::<Kind>().unwrap();
    let seen = until(&mut source.states(), closed).await;
    let last = seen.last().unwrap();
    assert_eq!(
        last,
        &ConnectionState::Closed { reason: CloseReason::Fatal(Cause::EventTooLarge { limit: 64 }) }
    );
    for n in 1..=3 {
        assert_eq!(next(&mut events).await.unwrap().data, Kind::Message(n));
    }
    // It has no variant: only a wildcard shows it.
    assert_eq!(next(&mut events).await.unwrap().data, Kind::Other);
    assert!(matches!(next(&mut events).await, Err(SubscriptionError::Failed(_))));
}

#[wasm_bindgen_test]
async fn no_answer_is_waited_for_longer_than_the_options_say() {
    let scenario = Scenario::always(json!({ "respond": false })).await;
    let options = js("({ transport: 'fetch', connectTimeoutMs: 5, retry: { maxAttempts: 1 } })");
    let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
    let seen = rest(source.states()).await;
    let cause = Cause::Timeout { after: Duration::from_millis(5) };
    let reason = CloseReason::AttemptsExhausted(cause);
    assert_eq!(seen.last(), Some(&ConnectionState::Closed { reason }));
}

#[wasm_bindgen_test]
async fn silence_is_as_the_options_say() {
    for options in ["({ transport: 'fetch', idleMs: 20 })", "({ idleMs: 20, heartbeatEvent: 'beat' })"] {
        let scenario =
            Scenario::always(json!({ "steps": [{ "send": "event: beat\ndata\n\n" }], "end": "hold" }));
        let source = scenario.await.connect(None).js_options(&js(options)).unwrap().open().unwrap();
        let native = options.contains("beat");
        let seen = until(&mut source.states(), reconnecting).await;
        let idle = Cause::Idle { after: Duration::from_millis(20) };
        assert!(matches!(seen.last(), Some(ConnectionState::Reconnecting { cause, .. }) if *cause == idle));
        let over = if native { Transport::EventSource } else { Transport::Fetch };
        let open = |state: &ConnectionState| matches!(state, ConnectionState::Open { transport, .. } if *transport == over);
        assert!(seen.iter().any(open), "{seen:?}");
    }
}

#[wasm_bindgen_test]
async fn until_gets_the_raw_event_and_ends_the_stream() {
    let options = js("({ transport: 'fetch', until(event) {
        globalThis.askedUntil = JSON.stringify(event);
        return event.data === '[DONE]';
    } })");
    let stream = "id: 1\ndata: 1\n\ndata: [DONE]\n\ndata: 2\n\n";
    let source = Scenario::sent(stream).await.connect(None).js_options(&options).unwrap().open().unwrap();
    let numbers = source.subscribe::<u32>("message");
    let seen = rest(source.states()).await;
    assert_eq!(
        seen.last(),
        Some(&ConnectionState::Closed { reason: CloseReason::Ended { by: EndedBy::Until } })
    );
    let numbers: Vec<_> = rest(numbers).await.into_iter().map(|event| event.unwrap().data).collect();
    assert_eq!(numbers, [1]);
    let done = json!({ "type": "message", "data": "[DONE]", "lastEventId": "1", "raw": "[DONE]" });
    assert_eq!(json_of(&js("JSON.parse(askedUntil)")), done);
    js("delete globalThis.askedUntil");
}

#[wasm_bindgen_test]
async fn waits_and_attempts_are_as_the_options_say() {
    let unavailable = Scenario::always(json!({ "status": 503 })).await;
    let options = js("({ transport: 'fetch', retry: { initialMs: 150, maxMs: 0, maxAttempts: 2 } })");
    let source = unavailable.connect(None).js_options(&options).unwrap().open().unwrap();
    let seen = rest(source.states()).await;
    let wait = |state: &ConnectionState| match state {
        ConnectionState::Reconnecting { wait, .. } => *wait,
        _ => None,
    };
    assert_eq!(seen.iter().filter_map(wait).collect::<Vec<_>>(), [Duration::from_millis(150)]);
    assert!(
        matches!(seen.last(), Some(ConnectionState::Closed { reason: CloseReason::AttemptsExhausted(_) })),
        "{seen:?}"
    );
}

#[wasm_bindgen_test]
async fn waits_grow_and_attempts_count_anew_as_the_options_say() {
    let two = json!({ "attempts": [{ "status": 503 }, { "status": 503 }] });
    let source = |retry: &str| js(&["({ transport: 'fetch', retry: ", retry, " })"].concat());
    // The second wait is up to eleven days, and hardly ever less than a second.
    let options = source("{ initialMs: 0.001, factor: 1e15, maxMs: 1e9 }");
    let source_of = |scenario: &Scenario, options| scenario.connect(None).js_options(options).unwrap().open();
    let slow = source_of(&Scenario::new(two).await, &options).unwrap();
    let long = |state: &ConnectionState| matches!(state, ConnectionState::Reconnecting { attempt: 3, wait: Some(wait), .. } if wait.as_secs() > 0);
    until(&mut slow.states(), long).await;

    let streams = json!({ "attempts": [{}, {}] });
    let options = source("{ initialMs: 0, maxMs: 0, stableMs: 0 }");
    let stable = source_of(&Scenario::new(streams).await, &options).unwrap();
    let seen = rest(stable.states()).await;
    let next = |state: &ConnectionState| match state {
        ConnectionState::Reconnecting { attempt, .. } => Some(*attempt),
        _ => None,
    };
    assert_eq!(seen.iter().filter_map(next).collect::<Vec<_>>(), [2, 2]);
}

#[wasm_bindgen_test]
fn the_browsers_eventsource_is_given_what_the_options_say() {
    let seen = js("globalThis.seenEventSource = []");
    let native = get(&js_sys::global(), "EventSource");
    js("globalThis.EventSource = class extends EventSource {
        constructor(url, init) { super(url, init); seenEventSource.push(this.withCredentials); }
        addEventListener(type, ...rest) { super.addEventListener(type, ...rest); seenEventSource.push(type); }
    }");
    let options = js("({ withCredentials: true, eventTypes: ['a', 'b'] })");
    let source = connect("/", None).js_options(&options).unwrap().open();
    Reflect::set(&js_sys::global(), &"EventSource".into(), &native).unwrap();
    js("delete globalThis.seenEventSource");
    drop(source);
    for expected in [json!(true), json!("a"), json!("b")] {
        let seen = json_of(&seen);
        assert!(seen.as_array().unwrap().contains(&expected), "{seen}");
    }
}

#[wasm_bindgen_test]
async fn should_retry_gets_what_failed_and_decides() {
    let missing = Scenario::always(json!({ "status": 404 })).await;
    let asked_about = js("globalThis.askedAbout = []");
    let options = js("({ transport: 'fetch', retry: { initialMs: 0, maxMs: 0, shouldRetry(failed) {
        askedAbout.push([failed.attempt, failed.retryable, failed.cause.code, failed.cause.status]);
        return failed.attempt < 3;
    } } })");
    let source = missing.connect(None).js_options(&options).unwrap().open().unwrap();
    rest(source.states()).await;
    let each = |attempt: u32| json!([attempt, false, "status", 404]);
    assert_eq!(json_of(&asked_about), json!([each(1), each(2), each(3)]));
    js("delete globalThis.askedAbout");
}

/// Notes what is reported as an uncaught error, while it lives.
pub(crate) struct Uncaught(JsValue);

impl Uncaught {
    pub(crate) fn watch() -> (Self, Log<String>) {
        let log = Log::new();
        let note = log.clone();
        let report = Closure::<dyn Fn(JsValue)>::new(move |error| {
            note.push(asked(&error, "String(it)").as_string().unwrap());
        });
        let native = get(&js_sys::global(), "reportError");
        Reflect::set(&js_sys::global(), &"reportError".into(), &report.into_js_value()).unwrap();
        (Self(native), log)
    }
}

impl Drop for Uncaught {
    fn drop(&mut self) {
        Reflect::set(&js_sys::global(), &"reportError".into(), &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn a_function_that_does_not_answer_is_reported_and_the_rule_decides() {
    let (_restored, reported) = Uncaught::watch();
    for (body, message) in [
        ("throw new Error('broken')", "Error: broken"),
        ("return 1", r#"TypeError: "shouldRetry()" must be true or false"#),
    ] {
        let script = json!({ "attempts": [{ "status": 503 }, { "status": 404 }] });
        let scenario = Scenario::new(script).await;
        let retry = format!("{{ initialMs: 0, maxMs: 0, shouldRetry() {{ {body} }} }}");
        let options = js(&format!("({{ transport: 'fetch', retry: {retry} }})"));
        let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
        let seen = rest(source.states()).await;
        // 503 was retried, 404 was not.
        assert!(
            matches!(seen.last(), Some(ConnectionState::Closed { reason: CloseReason::Fatal(_) })),
            "{seen:?}"
        );
        assert_eq!(scenario.attempts().await.len(), 2);
        assert_eq!(reported.take(), [message, message]);
        // The rule is that of the request: what may have been carried out is not sent again.
        let scenario = Scenario::always(json!({ "status": 500 })).await;
        let options = js(&format!("({{ method: 'POST', retry: {retry} }})"));
        let source = scenario.connect(None).js_options(&options).unwrap().open().unwrap();
        rest(source.states()).await;
        assert_eq!((scenario.attempts().await.len(), reported.take().len()), (1, 1));
    }
    let options = js("({ transport: 'fetch', until() { throw new Error('broken') } })");
    let source =
        Scenario::sent("data: 1\n\n").await.connect(None).js_options(&options).unwrap().open().unwrap();
    assert_eq!(next(&mut source.subscribe::<u32>("message")).await.unwrap().data, 1);
    assert_eq!(reported.take(), ["Error: broken"]);
}

#[wasm_bindgen_test]
fn options_can_be_set_before_and_after() {
    let url = connect("/", None).wildcard(true).js_options(&js("({ transport: 'eventsource' })")).unwrap();
    assert!(url.open().is_err(), "the wildcard stayed");
    let url = connect("/", None).js_options(&js("({ wildcard: true })")).unwrap().wildcard(false);
    assert!(url.transport(Transport::EventSource).open().is_ok());
}

#[wasm_bindgen_test]
async fn what_retry_does_not_name_stays_as_it_was() {
    let scenario = Scenario::always(json!({ "status": 503 })).await;
    let long = Retry::default().initial(Duration::from_secs(60));
    let source = scenario.connect(FETCH).retry(long).js_options(&js("({ retry: { maxAttempts: 5 } })"));
    let source = source.unwrap().open().unwrap();
    let states = until(&mut source.states(), reconnecting).await;
    let Some(ConnectionState::Reconnecting { wait: Some(wait), .. }) = states.last() else {
        panic!("{states:?}")
    };
    assert!(*wait >= Duration::from_secs(60), "{wait:?}");
}
