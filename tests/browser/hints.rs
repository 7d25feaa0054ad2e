//! Hints at what browsers do not say of a request that got no answer.

use js_sys::Function;
use typed_eventsource::{Builder, Cause, Transport, TypedEventSource, Url};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::any_request::cause;
use crate::harness::{closed, connect, quick, until};

/// Answers each request by what stands in its place.
fn network(answers: &str) -> Function {
    Function::new_no_args(&format!(
        "let count = 0;
        const stream = (text) => new Response(text, {{ headers: {{ 'content-type': 'text/event-stream' }} }});
        const answers = [{answers}];
        return async (url, init) => answers[Math.min(count++, answers.length - 1)]();"
    ))
    .call0(&wasm_bindgen::JsValue::NULL)
    .unwrap()
    .into()
}

const FAILS: &str = "() => { throw new TypeError('Failed to fetch') }";

/// The message of the last failure of a few attempts.
async fn said(url: &str, answers: &str, attempts: u32) -> String {
    said_by(connect(url, None), answers, attempts).await
}

async fn said_by(builder: Builder, answers: &str, attempts: u32) -> String {
    let retry = quick().max_attempts(attempts);
    let source = builder.transport(Transport::Fetch).retry(retry).fetch(network(answers)).open().unwrap();
    let seen = until(&mut source.states(), closed).await;
    let Cause::Network { message } = cause(seen.last()) else { panic!("{seen:?}") };
    message.clone()
}

#[wasm_bindgen_test]
async fn a_request_to_another_origin_that_gets_no_answer_may_be_forbidden() {
    let elsewhere = "http://elsewhere.test/";
    assert_eq!(said(elsewhere, FAILS, 1).await, "Failed to fetch (do CORS and connect-src allow it?)");
    let answers = ["() => stream('data: 1\\n\\n')", FAILS].join(",");
    assert_eq!(said(elsewhere, &answers, 2).await, "Failed to fetch", "it got one before");
    let answers = ["() => stream('id: 1\\n\\n')", FAILS].join(",");
    assert_eq!(said(elsewhere, &answers, 2).await, "Failed to fetch (does CORS allow Last-Event-ID?)");
    let answers = ["() => stream('id: 1\\n\\n')", "() => stream('')", FAILS].join(",");
    assert_eq!(said(elsewhere, &answers, 3).await, "Failed to fetch", "it was allowed before");
}

#[wasm_bindgen_test]
async fn neither_the_own_origin_nor_what_the_application_throws_is_guessed_about() {
    let own = js_sys::eval("location.href").unwrap().as_string().unwrap();
    assert_eq!(said(&own, FAILS, 1).await, "Failed to fetch");
    let throws = "() => { throw new TypeError('no token') }";
    assert_eq!(said("http://elsewhere.test/", throws, 1).await, "no token");
}

#[wasm_bindgen_test]
async fn a_url_that_is_asked_for_counts_and_so_does_a_resume_by_get() {
    let own = js_sys::eval("location.href").unwrap().as_string().unwrap();
    let asked = |url: &str| {
        let url = url.to_owned();
        TypedEventSource::connect(Url::from_fn(move |_| {
            let url = url.clone();
            async { Ok(url) }
        }))
    };
    assert_eq!(said_by(asked(&own), FAILS, 1).await, "Failed to fetch");
    let elsewhere = "http://elsewhere.test/";
    let forbidden = "Failed to fetch (do CORS and connect-src allow it?)";
    assert_eq!(said_by(asked(elsewhere), FAILS, 1).await, forbidden);
    let answers = ["() => stream('id: 1\\n\\n')", FAILS].join(",");
    let by_get = connect(elsewhere, None).method("POST").resume_by_get(true);
    assert_eq!(said_by(by_get, &answers, 2).await, "Failed to fetch (does CORS allow Last-Event-ID?)");
}
