//! Options that no source can have are refused at once, and say why.

use serde_json::json;
use typed_eventsource::{Builder, Error, Gap, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{FETCH, connect, next};
use crate::network::{Network, tasks_until};

fn refused(builder: Builder) -> String {
    let Err(error) = builder.open() else { panic!("it was opened") };
    assert!(matches!(error, Error::Options(_) | Error::Url { .. }), "{error:?}");
    error.to_string()
}

#[wasm_bindgen_test]
fn a_last_event_id_that_no_request_can_carry_is_refused() {
    for id in ["a\nb", "a\rb", "\0", "id\r\nx-header: 1"] {
        for transport in [None, FETCH] {
            let error = refused(connect("/", transport).last_event_id(id));
            assert!(error.contains("`last_event_id` has NUL, CR or LF"), "{error}");
            assert!(!error.contains("x-header"), "{error}");
        }
    }
}

#[wasm_bindgen_test]
fn a_scheme_that_only_begins_like_http_is_refused() {
    for url in ["httpx://127.0.0.1/", "https-x://127.0.0.1/", "httpsx:", "http+unix://x/"] {
        let error = refused(TypedEventSource::connect(url));
        assert!(error.contains("not an HTTP URL"), "{url}: {error}");
    }
}

#[wasm_bindgen_test]
fn a_url_with_a_password_is_refused_and_repeated_nowhere() {
    for url in [
        "http://user:secret@127.0.0.1/",
        "https://secret@127.0.0.1/",
        "//user:secret@127.0.0.1/",
        "ftp://user:secret@127.0.0.1/",
        "httpx://user:secret@127.0.0.1/",
        // What cannot be parsed may have been meant to have one.
        "http://user:secret@[/",
        "https://user:secret@host:port/",
    ] {
        let builder = TypedEventSource::connect(url);
        assert!(!format!("{builder:?}").contains("secret"), "{builder:?}");
        let error = refused(builder);
        assert!(!error.contains("secret") && !error.contains("user:"), "{error}");
    }
}

#[wasm_bindgen_test]
fn an_empty_event_type_is_refused_where_the_source_itself_listens() {
    for builder in [
        connect("/", FETCH).event_types(["a", ""]),
        connect("/", FETCH).heartbeat_event(""),
        connect("/", FETCH).gap_event(""),
    ] {
        let error = refused(builder);
        assert!(error.contains("is empty") && error.contains("`message`"), "{error}");
    }
}

#[wasm_bindgen_test]
async fn the_first_gap_header_that_a_response_has_counts() {
    for (headers, got) in [
        (json!({ "Mercure-Last-Event-ID": "new", "Last-Event-ID": "old" }), Some("new")),
        (json!({ "Last-Event-ID": "old" }), Some("old")),
        (json!({ "Mercure-Last-Event-ID": "1", "Last-Event-ID": "old" }), None),
    ] {
        let network = Network::new();
        let source = network.connect().open().unwrap();
        let mut gaps = source.gaps();
        let mut numbers = source.subscribe::<u32>("message");
        tasks_until("the request", || network.count() == 1).await;
        network.send("id: 1\ndata: 1\n\n");
        next(&mut numbers).await.unwrap();
        network.answer_with(&headers.to_string());
        source.reconnect();
        tasks_until("another request", || network.count() == 2).await;
        network.send("id: 2\ndata: 2\n\n");
        next(&mut numbers).await.unwrap();
        assert_eq!(source.stats().gaps, u64::from(got.is_some()), "{got:?}");
        if let Some(got) = got {
            let Gap { asked, got: told, .. } = next(&mut gaps).await;
            assert_eq!((&*asked, &*told), ("1", got));
        }
    }
}

#[wasm_bindgen_test]
fn each_gap_header_has_to_be_a_name() {
    for name in ["", "x y", "x:", "é", "x\r\ny: 1"] {
        let error = refused(connect("/", FETCH).gap_headers(["x", name]));
        assert!(error.contains("gap_headers"), "{error}");
    }
    // None at all is a choice.
    drop(connect("/", FETCH).gap_headers([""; 0]).open().unwrap());
}
