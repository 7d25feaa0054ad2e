//! What goes out: the URL, the last event ID, cookies.

use serde_json::{Value, json};
use typed_eventsource::{Error, Text, TypedEventSource};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::engine::Engine;
use crate::harness::{BOTH, FETCH, NATIVE, Scenario, connect, next, open, quick, server, until};

async fn held() -> Scenario {
    Scenario::always(json!({ "end": "hold" })).await
}

#[wasm_bindgen_test]
async fn the_id_to_begin_with_goes_out_in_the_query_or_the_header() {
    for transport in BOTH {
        let scenario = held().await;
        let source = scenario.connect(transport).last_event_id("a b&c").open().unwrap();
        let seen = until(&mut source.states(), open).await;
        let typed_eventsource::ConnectionState::Open { resumed_from, .. } = seen.last().unwrap() else {
            panic!()
        };
        assert_eq!(resumed_from, "a b&c");
        let attempt = scenario.attempts().await.remove(0);
        let (header, query) = (attempt.last_event_id.as_deref(), attempt.query.get("lastEventId"));
        match transport {
            None => assert_eq!((header, query.map(String::as_str)), (None, Some("a b&c"))),
            _ => assert_eq!((header, query), (Some("a b&c"), None)),
        }
        assert_eq!(attempt.method, "GET");
        assert_eq!(attempt.headers["accept"], "text/event-stream");
        assert_eq!(attempt.headers["cache-control"], "no-cache");
    }
}

#[wasm_bindgen_test]
async fn the_query_parameter_has_the_name_that_is_asked_for_and_replaces_one_of_that_name() {
    let scenario = held().await;
    let url = [&*scenario.url, "?cursor=old&topic=a%20b"].concat();
    let builder = connect(&url, NATIVE).last_event_id("7").last_event_id_param("cursor");
    let opened = Opened::watch();
    let source = builder.open().unwrap();
    // The server would show the last of two. What else is in the query stays as it was written, since it may
    // be signed.
    assert_eq!(opened.urls(), [scenario.url.clone() + "?topic=a%20b&cursor=7"]);
    until(&mut source.states(), open).await;
    let attempt = scenario.attempts().await.remove(0);
    let expected = [("cursor".to_owned(), "7".to_owned()), ("topic".to_owned(), "a b".to_owned())];
    assert_eq!(attempt.query, expected.into());
}

#[wasm_bindgen_test]
async fn a_stale_id_in_the_url_does_not_travel_beside_a_newer_header() {
    let steps = json!([{ "send": "id: 7\ndata: 1\n\n" }]);
    for (name, later) in [
        (Some("lastEventId"), "?topic=a%20b+c&&x"),
        (None, "?lastEventId=old&topic=a%20b+c&&last%45ventId=older&x"),
    ] {
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] })).await;
        let first = "?lastEventId=old&topic=a%20b+c&&last%45ventId=older&x";
        let noting = js_sys::Function::new_with_args(
            "url, init",
            "(globalThis.sentTo ??= []).push(url); return fetch(url, init)",
        );
        let url = [&*scenario.url, first, "#fragment"].concat();
        let builder = connect(&url, FETCH).retry(quick()).fetch(noting).last_event_id_param(name);
        let source = builder.open().unwrap();
        let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
        assert_eq!(
            (attempts[0].last_event_id.as_deref(), attempts[1].last_event_id.as_deref()),
            (None, Some("7"))
        );
        let sent = js_sys::eval("const all = sentTo; delete globalThis.sentTo; all.join(' ')").unwrap();
        // What else is in the query stays as it was written.
        assert_eq!(sent.as_string().unwrap(), format!("{url} {}{later}#fragment", scenario.url));
        drop(source);
    }
}

/// Notes the URLs of new EventSource objects, while it lives.
struct Opened(JsValue);

impl Opened {
    fn watch() -> Self {
        let watch = js_sys::Function::new_no_args(
            "const opened = { native: EventSource, urls: [] };
            globalThis.EventSource = class extends EventSource {
                constructor(url, init) {
                    super(url, init);
                    opened.urls.push(url);
                }
            };
            return opened",
        );
        Self(watch.call0(&JsValue::NULL).unwrap())
    }

    fn urls(&self) -> Vec<String> {
        let urls = js_sys::Array::from(&js_sys::Reflect::get(&self.0, &"urls".into()).unwrap());
        urls.iter().filter_map(|url| url.as_string()).collect()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let restore = js_sys::Function::new_with_args("opened", "globalThis.EventSource = opened.native");
        restore.call1(&JsValue::NULL, &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn without_a_query_parameter_fetch_takes_over_where_there_is_an_id_to_send() {
    let steps = json!([{ "send": "id: 7\ndata: 1\n\n" }]);
    let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] })).await;
    let source = scenario.connect(None).retry(quick()).last_event_id_param(None).open().unwrap();
    let mut messages = source.subscribe::<u32>("message");
    next(&mut messages).await.unwrap();
    let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
    assert_eq!(attempts[1].last_event_id.as_deref(), Some("7"));
    assert!(attempts[1].query.is_empty());
}

#[wasm_bindgen_test]
async fn an_id_goes_round_in_any_script() {
    for transport in [None, NATIVE, FETCH] {
        let id = "Grüße, 東京 🚀";
        let steps = json!([{ "send": format!("id: {id}\ndata: 1\n\n") }]);
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        assert_eq!(&*next(&mut messages).await.unwrap().last_event_id, id);
        let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
        let sent = if transport == FETCH { Engine::here().header(id) } else { id.to_owned() };
        assert_eq!(attempts[1].resumed_from(), sent, "over {transport:?}");
        drop(source);
    }
}

#[wasm_bindgen_test]
async fn an_id_that_no_header_can_hold_is_kept_and_not_sent() {
    // Without `retry`, the engine takes over from the browser, which would send it.
    for (transport, retry) in
        [(NATIVE, None), (NATIVE, Some(quick())), (None, Some(quick())), (FETCH, Some(quick()))]
    {
        let long = json!({ "join": ["id: ", { "repeat": "x", "times": 4097 }, "\ndata: 1\n\n"] });
        let then = json!({ "steps": [{ "send": "data: 2\n\n" }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": [{ "send": long }] }, then] })).await;
        let builder = scenario.connect(transport);
        let source = if let Some(retry) = retry { builder.retry(retry) } else { builder }.open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        for n in 1..=2 {
            let message = next(&mut messages).await.unwrap();
            assert_eq!((message.data, message.last_event_id.len()), (n, 4097), "over {transport:?}");
        }
        assert_eq!(scenario.attempts().await[1].resumed_from(), "", "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn cookies_go_to_other_origins_when_asked_for() {
    for transport in BOTH {
        for with_credentials in [true, false] {
            let headers = json!({ "set-cookie": "taste=salty; Path=/scenarios" });
            let steps = json!([{ "send": "id: 1\ndata: 1\n\n" }]);
            let first = json!({ "headers": headers, "steps": steps });
            let scenario = Scenario::new(json!({ "attempts": [first, { "end": "hold" }] })).await;
            let builder = scenario.connect(transport).retry(quick());
            let source = builder.with_credentials(with_credentials).open().unwrap();
            let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
            let cookie = attempts[1].headers.get("cookie").map(String::as_str);
            assert_eq!(cookie, with_credentials.then_some("taste=salty"), "over {transport:?}");
            drop(source);
        }
    }
}

#[wasm_bindgen_test]
async fn a_relative_url_is_resolved_against_the_page() {
    for transport in BOTH {
        let element = js_sys::Function::new_with_args(
            "href",
            "const base = document.createElement('base'); base.href = href; document.head.append(base); return base",
        );
        let base = [server(), "/orders/any"].concat();
        let base = element.call1(&JsValue::NULL, &base.into()).unwrap();
        let source = connect("stream?everyMs=10&orderId=9", transport).open();
        js_sys::Function::new_with_args("base", "base.remove()").call1(&base, &base).unwrap();
        let source = source.unwrap();
        let mut updates = source.subscribe::<Value>("orderUpdate");
        assert_eq!(next(&mut updates).await.unwrap().data["orderId"], 9, "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn after_a_redirect_the_origin_is_that_of_the_final_url() {
    for transport in BOTH {
        let elsewhere = Scenario::sent("data: 1\n\n").await.url.replace("127.0.0.1", "localhost");
        let headers = json!({ "location": elsewhere });
        let source = Scenario::always(json!({ "status": 307, "headers": headers })).await;
        let source = source.connect(transport).open().unwrap();
        let event = next(&mut source.subscribe::<u32>("message")).await.unwrap();
        assert_eq!(&*event.origin, server().replace("127.0.0.1", "localhost"), "over {transport:?}");
    }
}

#[wasm_bindgen_test]
fn a_url_that_cannot_be_parsed_or_is_none_of_http_is_refused_and_named() {
    let of_no_host = ["http://this is invalid/", "http://a<b/", "http://a%00b/", "http://a%7Fb:80/x"];
    for bad in
        ["http://", "https://host:port/", "//[1", "ftp://127.0.0.1/", "data:,x"].into_iter().chain(of_no_host)
    {
        let Err(error) = TypedEventSource::connect(bad).open() else { panic!("{bad:?} is no URL") };
        assert!(matches!(&error, Error::Url { url, .. } if url == bad), "{error:?}");
        assert!(error.to_string().contains(bad), "{error}");
    }
}

#[wasm_bindgen_test]
fn options_that_contradict_each_other_are_refused() {
    let builder = connect("/heart-rate", NATIVE).wildcard(true);
    let Err(error) = builder.open() else { panic!("the browser's EventSource cannot do that") };
    assert!(matches!(error, Error::Options(_)), "{error:?}");
}

#[wasm_bindgen_test]
async fn a_fragment_and_a_hostile_id_stay_where_they_belong() {
    let scenario = held().await;
    let url = [&*scenario.url, "?x=1#fragment"].concat();
    let id = "&x=2#?=+%41";
    let source = connect(&url, NATIVE).last_event_id(id).open().unwrap();
    until(&mut source.states(), open).await;
    let attempt = scenario.attempts().await.remove(0);
    assert_eq!(attempt.query["lastEventId"], id);
    assert_eq!(attempt.query["x"], "1");
    drop(source.subscribe::<Text>("message"));
}

#[wasm_bindgen_test]
fn a_url_with_a_password_is_refused_and_not_repeated() {
    for url in ["http://user:secret@127.0.0.1/", "https://user@127.0.0.1/"] {
        let refused = TypedEventSource::connect(url).open().unwrap_err().to_string();
        assert!(
            refused.contains("password") && !refused.contains("user:") && !refused.contains("secret"),
            "{refused}"
        );
    }
}
