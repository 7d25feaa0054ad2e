//! What becomes of requests, as both languages keep it: each case of `tests/behaviour/requests.json`.

use std::time::Duration;

use futures_util::StreamExt;
use js_sys::Function;
use serde::Deserialize;
use serde_json::Value;
use typed_eventsource::{
    Cause, CloseReason, ConnectionState, Retry, SubscriptionError, Text, Transport, TypedEventSource,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::soon;

const REQUESTS: &str = include_str!("../behaviour/requests.json");

#[wasm_bindgen(module = "/tests/behaviour/answers.js")]
extern "C" {
    type Answers;
    #[wasm_bindgen(constructor)]
    fn new(answers: &str) -> Answers;
    #[wasm_bindgen(method, getter)]
    fn fetch(this: &Answers) -> Function;
    #[wasm_bindgen(method)]
    fn seen(this: &Answers) -> String;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    options: Options,
    answers: Value,
    expect: Expected,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Options {
    method: Option<String>,
    idempotent: bool,
    resume: bool,
    until: Option<String>,
    should_retry: Option<bool>,
    max_attempts: Option<u32>,
    last_event_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    requests: Vec<String>,
    #[serde(default)]
    got: Vec<String>,
    thrown: Option<String>,
    end: String,
}

#[wasm_bindgen_test]
async fn a_request_comes_to_the_end_that_both_languages_agree_on() {
    let cases: Vec<Case> = serde_json::from_str(REQUESTS).unwrap();
    for case in &cases {
        wasm_bindgen_test::console_log!("{}", case.name);
        run(case).await;
    }
}

async fn run(Case { name, options, answers, expect }: &Case) {
    let answers = Answers::new(&answers.to_string());
    let source = open(options, &answers);
    let mut events = source.subscribe::<Text>("message");
    let (mut got, mut thrown) = (Vec::new(), None);
    soon(name, async {
        while let Some(item) = events.next().await {
            match item {
                Ok(event) => got.push(event.data.0),
                Err(SubscriptionError::Failed(cause)) => thrown = Some(cause.code().to_owned()),
                Err(error) => panic!("{name}: {error}"),
            }
        }
    })
    .await;
    let ConnectionState::Closed { reason } = source.state() else { panic!("{name}: {:?}", source.state()) };
    let end = match &reason {
        CloseReason::Ended { by } => format!("ended by {}", by.name()),
        other => other.code().to_owned(),
    };
    assert_eq!(end, expect.end, "{name}");
    assert_eq!(reason.cause().map(Cause::code), expect.thrown.as_deref(), "{name}");
    assert_eq!((got, thrown), (expect.got.clone(), expect.thrown.clone()), "{name}");
    let seen: Vec<String> = serde_json::from_str(&answers.seen()).unwrap();
    assert_eq!(seen, expect.requests, "{name}");
}

fn open(options: &Options, answers: &Answers) -> TypedEventSource {
    let mut retry = Retry::default().initial(Duration::from_millis(1)).max(Duration::ZERO);
    if let Some(attempts) = options.max_attempts {
        retry = retry.max_attempts(attempts);
    }
    let mut headers = vec![("x-asks", "me")];
    let source = TypedEventSource::connect("http://127.0.0.1/stream").transport(Transport::Fetch);
    let mut source = source.fetch(answers.fetch()).retry(retry).last_event_id(&*options.last_event_id);
    if let Some(method) = &options.method {
        headers.extend([("content-type", "text/plain"), ("Content-Language", "en")]);
        source = source.method(method).body("ask");
    }
    source = source.headers(headers).idempotent(options.idempotent).resume_by_get(options.resume);
    if let Some(end) = options.until.clone() {
        source = source.until(move |event| event.data == end);
    }
    if let Some(word) = options.should_retry {
        source = source.should_retry(move |_, _| word);
    }
    source.open().unwrap()
}
