//! Requests that are more than a URL: headers, method, body, mode, redirects, the application's own fetch.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, JsString, Promise, Reflect};
use serde_json::json;
use typed_eventsource::{
    Body, Builder, Cause, ConnectionState, Error, Mode, Redirect, Transport, TypedEventSource, live_callbacks,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::engine::Engine;
use crate::harness::{
    FETCH, Log, NATIVE, Scenario, closed, connect, next, open, quick, reconnecting, server, soon, until, when,
};

/// A function of JavaScript's, with arguments `url` and `init`.
fn fetch(body: &str) -> Function {
    Function::new_with_args("url, init", body)
}

pub(crate) fn cause(state: Option<&ConnectionState>) -> &Cause {
    match state {
        Some(ConnectionState::Reconnecting { cause, .. }) => cause,
        Some(ConnectionState::Closed { reason }) => reason.cause().expect("closed for a cause"),
        state => panic!("no cause in {state:?}"),
    }
}

fn refused(builder: Builder) -> String {
    match builder.open() {
        Err(Error::Options(why)) => why.into_owned(),
        other => panic!("that must be refused: {other:?}"),
    }
}

#[wasm_bindgen_test]
async fn headers_method_and_body_go_out_with_every_attempt() {
    let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
    let builder = scenario.connect(None).retry(quick()).method("PUT").idempotent(true).body("eins\nzwei ü");
    let builder = builder.last_event_id("7").last_event_id_param(None);
    let source = builder.headers([("x-region", "eu"), ("X-Region", "us"), ("x-ü", "")].map(ascii)).open();
    until(&mut source.unwrap().states(), open).await;
    let attempts = scenario.attempts().await;
    assert_eq!(attempts.len(), 2);
    for attempt in attempts {
        assert_eq!((&*attempt.method, &*attempt.body), ("PUT", "eins\nzwei ü"));
        let header = |name: &str| attempt.headers.get(name).map(String::as_str);
        assert_eq!(header("x-region"), Some("eu, us"));
        assert_eq!(header("x-u"), Some(""));
        assert_eq!(header("content-type"), Some("text/plain;charset=UTF-8"));
        assert_eq!(header("accept"), Some("text/event-stream"));
        assert_eq!(header("last-event-id"), Some("7"));
        // The browser's, for the cache mode that is asked for.
        assert_eq!((header("cache-control"), header("pragma")), (Some("no-cache"), Some("no-cache")));
    }
}

fn ascii((name, value): (&str, &str)) -> (String, String) {
    (name.replace('ü', "u"), value.to_owned())
}

#[wasm_bindgen_test]
async fn a_body_is_text_bytes_or_what_else_fetch_takes() {
    let form = js_sys::eval("const form = new FormData(); form.append('name', 'value'); form").unwrap();
    let params = js_sys::eval("new URLSearchParams({ a: 'b c' })").unwrap();
    for (body, content_type, expected) in [
        (Body::from("text".to_owned()), "text/plain", "text"),
        (Body::from(&b"bytes"[..]), "", "bytes"),
        (Body::from(vec![b'v', 0, b'c']), "", "v\0c"),
        (Body::from(form), "multipart/form-data; boundary=", "name=\"name\"\r\n\r\nvalue\r\n"),
        (Body::from(params), "application/x-www-form-urlencoded", "a=b+c"),
    ] {
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
        let builder = scenario.connect(None).retry(quick()).method("post").idempotent(true).body(body);
        let source = builder.open().unwrap();
        until(&mut source.states(), open).await;
        for attempt in scenario.attempts().await {
            let sent = attempt.headers.get("content-type").map_or("", String::as_str);
            assert!(sent.starts_with(content_type), "{sent:?} for {expected:?}");
            assert!(attempt.body.contains(expected), "{:?} for {expected:?}", attempt.body);
        }
        drop(source);
    }
}

#[wasm_bindgen_test]
async fn the_applications_accept_and_content_type_win() {
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let headers = [("Accept", "text/event-stream;level=2"), ("Content-Type", "application/json")];
    let source = scenario.connect(None).headers(headers).method("POST").body("{}").open().unwrap();
    until(&mut source.states(), open).await;
    let attempt = scenario.attempts().await.remove(0);
    assert_eq!(attempt.headers["accept"], "text/event-stream;level=2");
    assert_eq!(attempt.headers["content-type"], "application/json");
}

#[wasm_bindgen_test]
async fn each_of_these_options_takes_fetch_at_once_and_no_other_source_gets_it() {
    type Set = fn(Builder) -> Builder;
    let options: [(&str, Set); 8] = [
        ("headers", |to| to.headers([("x-option", "headers")])),
        ("method", |to| to.method("POST")),
        ("body", |to| to.method("POST").body("body")),
        ("resume_by_get", |to| to.resume_by_get(true)),
        ("mode", |to| to.mode(Mode::Cors)),
        ("redirect", |to| to.redirect(Redirect::Error)),
        ("refresh", |to| to.refresh(&typed_eventsource::Refresh::new(async || Ok(())))),
        ("fetch", |to| to.fetch(fetch("init.headers.set('x-option', 'fetch'); return fetch(url, init)"))),
    ];
    let mut sources = Vec::new();
    for (name, set) in options {
        let why = refused(set(connect("/heart-rate", NATIVE)));
        assert!(why.contains(&format!("`{name}` needs the fetch transport")), "{why}");
        let scenario = Scenario::always(json!({ "headers": { "connection": "close" } })).await;
        let source = set(scenario.connect(None)).open().unwrap();
        let seen = until(&mut source.states(), open).await;
        assert!(
            matches!(seen.last(), Some(ConnectionState::Open { transport: Transport::Fetch, .. })),
            "{name}: {seen:?}"
        );
        sources.push((name, scenario, source));
    }
    for (name, scenario, source) in sources {
        let attempt = scenario.attempts().await.remove(0);
        let expected = matches!(name, "headers" | "fetch").then_some(name);
        assert_eq!(attempt.headers.get("x-option").map(String::as_str), expected);
        assert_eq!(attempt.method, if matches!(name, "method" | "body") { "POST" } else { "GET" });
        assert_eq!(attempt.body, if name == "body" { "body" } else { "" });
        drop(source);
    }
    // What a GET is anyway needs nothing.
    let plain = connect("/heart-rate", NATIVE).method("get").idempotent(true);
    assert!(plain.open().is_ok());
}

#[wasm_bindgen_test]
fn a_request_that_no_browser_would_make_is_refused() {
    let url = "/heart-rate";
    let stream = js_sys::eval("new Response('body').body").unwrap();
    for (builder, sentence) in [
        (connect(url, None).body("x"), "a GET or HEAD has no `body`: set `method` to POST"),
        (connect(url, FETCH).method("head").body("x"), "a GET or HEAD has no `body`"),
        (connect(url, None).method("POST").body(stream), "a stream cannot be the `body`"),
        (connect(url, None).headers([("last-event-ID", "7")]), "set `last_event_id`"),
        (connect(url, None).headers([("x-a", "1\r\nx-b: 2")]), "header \"x-a\" has NUL, CR or LF"),
        (connect(url, None).headers([("x-a", "1\n")]), "header \"x-a\" has NUL, CR or LF"),
        (connect(url, None).headers([("x-a", "1\0")]), "header \"x-a\" has NUL, CR or LF"),
        (connect(url, None).headers([("x a", "1")]), "the name of header number 1 is none"),
        (connect(url, None).headers([("x-a", "1"), ("", "1")]), "the name of header number 2 is none"),
        (connect(url, None).headers([("x-a", "→")]), "header \"x-a\" has a character above U+00FF"),
        (connect(url, None).method("CONNECT"), "the request cannot be made: "),
        (connect(url, None).method("not one"), "the request cannot be made: "),
    ] {
        let why = refused(builder);
        assert!(why.contains(sentence), "{why:?} says nothing of {sentence:?}");
        assert!(why.len() > "the request cannot be made: ".len(), "{why:?}");
    }
}

#[wasm_bindgen_test]
async fn a_last_event_id_that_was_emptied_is_not_sent() {
    let steps = |stream: &str| json!({ "steps": [{ "send": stream }] });
    let attempts = [steps("id: 7 ü\ndata: 1\n\n"), steps("id\ndata: 2\n\n"), json!({ "end": "hold" })];
    let scenario = Scenario::new(json!({ "attempts": attempts })).await;
    let builder = scenario.connect(FETCH).retry(quick()).headers([("x-a", "1")]);
    let _source = builder.open().unwrap();
    let attempts = scenario.attempts_when("two resumes", |attempts| attempts.len() == 3).await;
    let ids: Vec<_> = attempts.iter().map(|attempt| attempt.last_event_id.as_deref()).collect();
    assert_eq!(ids, [None, Some(&*Engine::here().header("7 ü")), None]);
}

#[wasm_bindgen_test]
async fn every_attempt_asks_for_the_original_url() {
    let elsewhere = Scenario::always(json!({})).await;
    let to = |scenario: &Scenario| json!({ "status": 302, "headers": { "location": scenario.url } });
    let first = Scenario::always(to(&elsewhere)).await;
    let builder = first.connect(None).retry(quick()).redirect(Redirect::Follow);
    let source = builder.headers([("x-key", "secret")]).open().unwrap();
    let attempts = first.attempts_when("three attempts", |attempts| attempts.len() >= 3).await;
    drop(source);
    assert!(attempts.iter().all(|attempt| attempt.headers["x-key"] == "secret"));
    assert!(elsewhere.attempts().await.len() >= 2);
}

#[wasm_bindgen_test]
async fn a_redirect_may_be_an_error() {
    let elsewhere = Scenario::always(json!({ "end": "hold" })).await;
    let to = json!({ "status": 302, "headers": { "location": elsewhere.url } });
    let first = Scenario::always(to).await;
    let source = first.connect(None).retry(quick()).redirect(Redirect::Error).open().unwrap();
    let seen = until(&mut source.states(), reconnecting).await;
    assert!(matches!(cause(seen.last()), Cause::Network { .. }), "{seen:?}");
    drop(source);
    assert!(elsewhere.attempts().await.is_empty());
}

#[wasm_bindgen_test]
async fn the_mode_can_forbid_other_origins() {
    // The page of the tests is one.
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let source = scenario.connect(None).retry(quick()).mode(Mode::SameOrigin).open().unwrap();
    let seen = until(&mut source.states(), reconnecting).await;
    assert!(matches!(cause(seen.last()), Cause::Network { .. }), "{seen:?}");
    assert!(scenario.attempts().await.is_empty());
}

#[wasm_bindgen_test]
async fn the_applications_own_fetch_gets_url_and_request_and_its_response_is_read() {
    let asked = js_sys::eval("globalThis.ownFetch = []").unwrap();
    let own = fetch(
        "ownFetch.push([this === globalThis || this === undefined, url, init.method, init.body, init.redirect,
            init.mode, init.cache, init.credentials, init.headers.get('x-a'), init.signal instanceof AbortSignal]);
        return new Response('data: 1\\n\\n', { headers: { 'content-type': 'text/event-stream' } });",
    );
    let builder = connect("/nowhere", None).fetch(own).headers([("x-a", "1")]).method("POST").body("b");
    let builder = builder.redirect(Redirect::Follow).mode(Mode::Cors).with_credentials(true);
    let source = builder.open().unwrap();
    let mut numbers = source.subscribe::<u32>("message");
    assert_eq!(next(&mut numbers).await.unwrap().data, 1);
    until(&mut source.states(), closed).await;
    js_sys::eval("delete globalThis.ownFetch").unwrap();
    let url = [server(), "/nowhere"].concat();
    let expected = json!([[true, url, "POST", "b", "follow", "cors", "no-store", "include", "1", true]]);
    assert_eq!(String::from(js_sys::JSON::stringify(&asked).unwrap()), expected.to_string());
}

#[wasm_bindgen_test]
async fn a_fetch_that_fails_is_a_failed_attempt_with_its_message() {
    for (body, message) in [
        ("throw new Error('not today')", "not today"),
        ("return Promise.reject('no ' + init.cache)", "no no-store"),
        ("return undefined", "fetch gave no Response"),
        ("return Promise.resolve({ body: 1 })", "fetch gave no Response"),
        (
            "return new Response(new ReadableStream({ start(to) { to.enqueue('data: 1'); } }),
                { headers: { 'content-type': 'text/event-stream' } })",
            "the response's body has something else than bytes",
        ),
    ] {
        let before = live_callbacks();
        let source = connect("/", None).retry(quick().max_attempts(2)).fetch(fetch(body)).open().unwrap();
        let seen = until(&mut source.states(), closed).await;
        let reasons: Vec<_> = seen.iter().filter(|state| reconnecting(state) || closed(state)).collect();
        assert_eq!(reasons.len(), 2);
        for state in reasons {
            assert_eq!(*cause(Some(state)), Cause::Network { message: message.into() });
        }
        when("callbacks to go", || live_callbacks() <= before).await;
    }
}

#[wasm_bindgen_test]
async fn a_body_that_is_read_already_is_a_failed_attempt_and_a_refusal_keeps_its_status() {
    for (init, code, status) in [
        ("{ headers: { 'content-type': 'text/event-stream' } }", "network", None),
        ("{ status: 410 }", "status", Some(410)),
    ] {
        let body = format!("const r = new Response('data: 1', {init}); r.body.getReader(); return r;");
        let builder = TypedEventSource::connect("http://127.0.0.1/").retry(quick()).fetch(fetch(&body));
        let source = builder.open().unwrap();
        let seen = until(&mut source.states(), |state| reconnecting(state) || closed(state)).await;
        let cause = cause(seen.last());
        assert_eq!(
            (cause.code(), cause.response().map(|response| response.status)),
            (code, status),
            "{cause}"
        );
    }
}

#[wasm_bindgen_test]
async fn a_fetch_that_does_not_know_of_the_abort_leaves_no_socket_behind() {
    for (body, opens) in [
        ("delete init.signal; const { signal, ...rest } = init; return fetch(url, { ...rest })", true),
        ("return new Promise((ok) => { globalThis.later = () => ok(fetch(url)); })", false),
    ] {
        let before = live_callbacks();
        let mut steps = vec![json!({ "send": "data: 1\n\n" })];
        if !Engine::here().lets_go_of_a_silent_body() {
            steps.push(json!({ "events": { "to": 200, "everyMs": 50 } }));
        }
        let scenario = Scenario::always(json!({ "steps": steps, "end": "hold" })).await;
        let source = scenario.connect(None).fetch(fetch(body)).open().unwrap();
        if opens {
            until(&mut source.states(), open).await;
            drop(source);
        } else {
            drop(source);
            js_sys::eval("later(); delete globalThis.later").unwrap();
            scenario.attempts_when("the request", |attempts| attempts.len() == 1).await;
        }
        scenario.left().await;
        when("callbacks to go", || live_callbacks() <= before).await;
    }
}

#[wasm_bindgen_test]
async fn the_applications_own_fetch_may_use_the_source() {
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let before = live_callbacks();
    let source: Rc<RefCell<Option<TypedEventSource>>> = Rc::default();
    let asked = Log::new();
    let own = Closure::<dyn Fn(JsString, JsValue) -> Promise>::new({
        let (source, asked) = (Rc::downgrade(&source), asked.clone());
        move |url: JsString, init: JsValue| {
            asked.push(());
            // Not in the first one: there is no source before `open` is over.
            match (asked.len(), source.upgrade().unwrap().borrow().as_ref()) {
                (2, Some(source)) => source.reconnect(),
                (4, Some(source)) => source.close(),
                _ => {}
            }
            let native = Reflect::get(&js_sys::global(), &"fetch".into()).unwrap();
            native.unchecked_into::<Function>().call2(&JsValue::NULL, &url, &init).unwrap().unchecked_into()
        }
    });
    let builder = scenario.connect(None).fetch(own.as_ref().unchecked_ref::<Function>().clone());
    *source.borrow_mut() = Some(builder.open().unwrap());
    let mut states = source.borrow().as_ref().unwrap().states();
    until(&mut states, open).await;
    source.borrow().as_ref().unwrap().reconnect();
    until(&mut states, open).await;
    assert_eq!(asked.len(), 3, "one that was asked for from within, and the one that was given up for it");
    source.borrow().as_ref().unwrap().reconnect();
    until(&mut states, closed).await;
    assert_eq!(asked.len(), 4);
    soon("the clients to leave", scenario.left()).await;
    when("callbacks to go", || live_callbacks() <= before).await;
}
