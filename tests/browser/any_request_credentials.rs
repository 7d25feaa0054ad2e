//! Headers that are asked for before each attempt, and new credentials after a 401.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use futures_util::future::join_all;
use js_sys::Function;
use serde_json::{Value, json};
use typed_eventsource::{
    Attempt, Cause, CloseReason, ConnectionState, Headers, Refresh, TypedEventSource, live_callbacks,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::any_request::cause;
use crate::harness::{FETCH, Log, Scenario, breathe, closed, open, quick, reconnecting, rest, until, when};

/// Holds back whoever waits for it.
#[derive(Clone, Default)]
struct Gate(Rc<(Cell<bool>, RefCell<Vec<Waker>>)>);

impl Gate {
    fn open(&self) {
        self.0.0.set(true);
        self.0.1.take().into_iter().for_each(Waker::wake);
    }

    async fn passed(&self) {
        poll_fn(|context| {
            if self.0.0.get() {
                return Poll::Ready(());
            }
            self.0.1.borrow_mut().push(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

/// Counts how often it is asked, and gives the number as a token.
fn numbered(asked: &Log<Attempt>) -> Headers {
    let asked = asked.clone();
    Headers::from_fn(move |attempt| {
        asked.push(attempt);
        let token = asked.len().to_string();
        async move {
            breathe().await;
            Ok([("authorization", token)])
        }
    })
}

fn token(attempt: &crate::harness::Attempt) -> &str {
    attempt.headers.get("authorization").map_or("", String::as_str)
}

fn unauthorized() -> Value {
    json!({ "status": 401, "steps": [{ "send": "expired" }] })
}

/// Who refreshes without fail, and how often.
fn counted() -> (Refresh, Rc<Cell<u32>>) {
    let count = Rc::new(Cell::new(0));
    let counter = Rc::clone(&count);
    let refresh = Refresh::new(move || {
        counter.set(counter.get() + 1);
        async {
            breathe().await;
            Ok(())
        }
    });
    (refresh, count)
}

#[wasm_bindgen_test]
async fn headers_are_asked_for_before_each_attempt_and_told_about_it() {
    let steps = json!([{ "send": "id: 7\ndata: 1\n\n" }]);
    let attempts = [json!({ "status": 503 }), json!({ "steps": steps }), json!({ "end": "hold" })];
    let scenario = Scenario::new(json!({ "attempts": attempts })).await;
    let asked = Log::new();
    let builder = scenario.connect(FETCH).retry(quick()).headers(numbered(&asked)).last_event_id("5");
    let source = builder.open().unwrap();
    assert_eq!(asked.len(), 0, "not from inside of a call of the application's");
    let attempts = scenario.attempts_when("three attempts", |attempts| attempts.len() == 3).await;
    assert_eq!(attempts.iter().map(token).collect::<Vec<_>>(), ["1", "2", "3"]);
    let asked = asked.take();
    let told = |attempt: &Attempt| (attempt.attempt, attempt.last_event_id.clone());
    let expected = [(1, "5"), (2, "5"), (3, "7")].map(|(attempt, id)| (attempt, id.to_owned()));
    assert_eq!(asked.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(asked[0].cause, None);
    let status = asked[1].cause.as_ref().and_then(Cause::response).map(|response| response.status);
    assert_eq!((status, &asked[2].cause), (Some(503), &Some(Cause::EndOfStream)));
    source.reconnect();
    scenario.attempts_when("another", |attempts| attempts.len() == 4).await;
}

#[wasm_bindgen_test]
async fn headers_that_fail_are_a_failed_attempt() {
    type Answer = fn() -> Result<Vec<(&'static str, &'static str)>, Box<dyn std::error::Error>>;
    let cases: [(Answer, &str); 4] = [
        (|| Err("no token today".into()), "no token today"),
        (|| Ok(vec![("Last-Event-ID", "1")]), "set `last_event_id`"),
        (|| Ok(vec![("x", "a\r\nb: c")]), "has NUL, CR or LF"),
        (|| Ok(vec![("x y", "1")]), "header"),
    ];
    for (answer, part) in cases {
        let before = live_callbacks();
        let scenario = Scenario::always(json!({ "end": "hold" })).await;
        let asked = Cell::new(0);
        let headers = Headers::from_fn(move |_| {
            asked.set(asked.get() + 1);
            let answer = if asked.get() < 3 { answer() } else { Ok(vec![("x", "1")]) };
            async { answer }
        });
        let source = scenario.connect(None).retry(quick()).headers(headers).open().unwrap();
        let seen = until(&mut source.states(), open).await;
        let causes: Vec<_> = seen.iter().filter(|state| reconnecting(state)).collect();
        assert_eq!(causes.len(), 2);
        for state in causes {
            let Cause::Network { message } = cause(Some(state)) else { panic!("{state:?}") };
            assert!(message.to_lowercase().contains(&part.to_lowercase()), "{message:?}");
        }
        assert_eq!(scenario.attempts().await.len(), 1, "nothing else was sent");
        drop(source);
        when("callbacks to go", || live_callbacks() <= before).await;
    }
}

#[wasm_bindgen_test]
async fn the_connect_timeout_covers_the_wait_for_headers() {
    let before = live_callbacks();
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let builder = scenario.connect(None).retry(quick().max_attempts(2));
    let builder = builder.headers(Headers::from_fn(|_| pending::<Result<[(&str, &str); 0], _>>()));
    let after = Duration::from_millis(20);
    let seen = rest(builder.connect_timeout(after).open().unwrap().states()).await;
    let reason = CloseReason::AttemptsExhausted(Cause::Timeout { after });
    assert_eq!(seen.last(), Some(&ConnectionState::Closed { reason }));
    when("callbacks to go", || live_callbacks() <= before).await;
    assert!(scenario.attempts().await.is_empty());
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_while_headers_are_awaited_sends_nothing() {
    let before = live_callbacks();
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let (gate, asked) = (Gate::default(), Log::new());
    for reconnect in [false, true] {
        let headers = Headers::from_fn({
            let (gate, asked) = (gate.clone(), asked.clone());
            move |attempt| {
                asked.push(attempt.attempt);
                let gate = gate.clone();
                async move {
                    gate.passed().await;
                    Ok([("x-a", "1")])
                }
            }
        });
        let source = scenario.connect(None).headers(headers).open().unwrap();
        when("the question", || asked.len() == 1).await;
        if reconnect {
            source.reconnect();
            when("another question", || asked.len() == 2).await;
        }
        drop(source);
        asked.take();
    }
    // Nobody waits at the gate.
    when("callbacks to go", || live_callbacks() <= before).await;
    gate.open();
    let unanswered = scenario.connect(None).headers(numbered(&Log::new())).open().unwrap();
    drop(unanswered);
    when("callbacks to go", || live_callbacks() <= before).await;
    assert!(scenario.attempts().await.is_empty());
}

#[wasm_bindgen_test]
async fn headers_may_be_asked_for_where_the_source_is_used() {
    let scenario = Scenario::always(json!({ "end": "hold" })).await;
    let source: Rc<RefCell<Option<TypedEventSource>>> = Rc::default();
    let headers = Headers::from_fn({
        let source = Rc::downgrade(&source);
        move |attempt| {
            let source = source.clone();
            async move {
                if attempt.cause.is_none() {
                    source.upgrade().unwrap().borrow().as_ref().unwrap().reconnect();
                }
                Ok([("x-attempt", attempt.attempt.to_string())])
            }
        }
    });
    *source.borrow_mut() = Some(scenario.connect(None).headers(headers).open().unwrap());
    let mut states = source.borrow().as_ref().unwrap().states();
    until(&mut states, open).await;
    assert_eq!(scenario.attempts().await.len(), 1, "the first one was given up");
}

#[wasm_bindgen_test]
async fn after_a_401_credentials_are_refreshed_once_for_all_who_share_the_handle() {
    let before = live_callbacks();
    let (refresh, count) = counted();
    let mut streams = Vec::new();
    let script = json!({ "attempts": [unauthorized(), { "end": "hold" }] });
    for scenario in join_all([&script; 3].map(|script| Scenario::new(script.clone()))).await {
        let asked = Log::new();
        let source = scenario.connect(None).headers(numbered(&asked)).refresh(&refresh).open().unwrap();
        streams.push((scenario, asked, source));
    }
    let opened = streams.iter().map(|(_, _, source)| async { until(&mut source.states(), open).await });
    for seen in join_all(opened).await {
        assert!(!seen.iter().any(reconnecting), "it is one attempt: {seen:?}");
    }
    assert_eq!(count.get(), 1);
    for (scenario, asked, source) in streams {
        let attempts = scenario.attempts().await;
        assert_eq!(attempts.iter().map(token).collect::<Vec<_>>(), ["1", "2"]);
        let asked = asked.take();
        assert_eq!((asked[1].attempt, asked[0].cause.is_none()), (1, true));
        let response = asked[1].cause.as_ref().and_then(Cause::response).unwrap();
        assert_eq!((response.status, &*response.body_text), (401, "expired"));
        drop(source);
    }
    when("callbacks to go", || live_callbacks() <= before).await;
}

#[wasm_bindgen_test]
async fn a_401_to_a_request_from_before_the_refresh_does_not_start_another() {
    let (refresh, count) = counted();
    let script = json!({ "attempts": [unauthorized(), { "end": "hold" }] });
    let (early, late) = (Scenario::new(script.clone()).await, Scenario::new(script).await);
    let held_back = Function::new_with_args(
        "url, init",
        "const answer = fetch(url, init);
        return globalThis.lateAnswer ? answer : new Promise((ok) => { globalThis.lateAnswer = () => ok(answer); })",
    );
    let late_source = late.connect(None).refresh(&refresh).fetch(held_back).open().unwrap();
    late.attempts_when("the request", |attempts| attempts.len() == 1).await;
    let early_source = early.connect(None).refresh(&refresh).open().unwrap();
    until(&mut early_source.states(), open).await;
    assert_eq!(count.get(), 1);
    js_sys::eval("lateAnswer()").unwrap();
    until(&mut late_source.states(), open).await;
    js_sys::eval("delete globalThis.lateAnswer").unwrap();
    assert_eq!((count.get(), late.attempts().await.len()), (1, 2));
}

#[wasm_bindgen_test]
async fn a_401_is_fatal_the_second_time_or_without_a_refresh_that_succeeds() {
    let before = live_callbacks();
    let (succeeds, _) = counted();
    let fails = Refresh::new(|| async { Err("logged out".into()) });
    for (refresh, attempts) in [(Some(succeeds), 2), (Some(fails), 1), (None, 1)] {
        let scenario = Scenario::always(unauthorized()).await;
        let builder = scenario.connect(FETCH).retry(quick());
        let builder = if let Some(refresh) = &refresh { builder.refresh(refresh) } else { builder };
        let seen = rest(builder.open().unwrap().states()).await;
        let Some(ConnectionState::Closed { reason: CloseReason::Fatal(cause) }) = seen.last() else {
            panic!("{seen:?}");
        };
        let response = cause.response().unwrap();
        assert_eq!((response.status, &*response.body_text), (401, "expired"));
        assert_eq!(scenario.attempts().await.len(), attempts);
    }
    when("callbacks to go", || live_callbacks() <= before).await;
}

#[wasm_bindgen_test]
async fn another_attempt_may_refresh_again() {
    let (refresh, count) = counted();
    let attempts = [unauthorized(), json!({}), unauthorized(), json!({ "end": "hold" })];
    let scenario = Scenario::new(json!({ "attempts": attempts })).await;
    let builder = scenario.connect(None).retry(quick()).method("POST").idempotent(true).refresh(&refresh);
    let source = builder.open().unwrap();
    until(&mut source.states(), closed).await;
    assert_eq!((count.get(), scenario.attempts().await.len()), (1, 2), "a POST goes through it as well");
    let scenario = Scenario::new(json!({ "attempts": attempts })).await;
    let source = scenario.connect(None).retry(quick()).refresh(&refresh).open().unwrap();
    scenario.attempts_when("four attempts", |attempts| attempts.len() == 4).await;
    assert_eq!(count.get(), 3);
    drop(source);
}

#[wasm_bindgen_test]
async fn a_refresh_that_traps_is_not_waited_for_ever() {
    let attempts = json!([unauthorized(), unauthorized(), { "end": "hold" }]);
    let scenario = Scenario::new(json!({ "attempts": attempts, "afterwards": "repeat-last" })).await;
    let count = Rc::new(Cell::new(0));
    let refresh = Refresh::new({
        let count = Rc::clone(&count);
        move || {
            count.set(count.get() + 1);
            assert!(count.get() > 1, "a trap on purpose");
            async { Ok(()) }
        }
    });
    let builder = scenario.connect(None).retry(quick()).refresh(&refresh);
    let source = builder.connect_timeout(Duration::from_secs(2)).open().unwrap();
    until(&mut source.states(), open).await;
    assert_eq!(count.get(), 2);
}

#[wasm_bindgen_test]
async fn a_source_that_is_closed_during_a_refresh_sends_nothing_more() {
    let before = live_callbacks();
    let (gate, begun) = (Gate::default(), Rc::new(Cell::new(false)));
    let refresh = Refresh::new({
        let (gate, begun) = (gate.clone(), Rc::clone(&begun));
        move || {
            begun.set(true);
            let gate = gate.clone();
            async move {
                gate.passed().await;
                Ok(())
            }
        }
    });
    let scenario = Scenario::new(json!({ "attempts": [unauthorized(), { "end": "hold" }] })).await;
    let source = scenario.connect(None).refresh(&refresh).open().unwrap();
    when("the refresh", || begun.get()).await;
    drop(source);
    gate.open();
    when("callbacks to go", || live_callbacks() <= before).await;
    assert_eq!(scenario.attempts().await.len(), 1);
}
