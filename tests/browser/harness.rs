//! What the tests have in common: the server, scenarios, time limits, and both transports by a parameter.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use gloo_timers::future::TimeoutFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use typed_eventsource::{
    Builder, ConnectionState, Delivery, Events, Retry, States, SubscriptionError, Text, Transport,
    TypedEventSource,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use crate::engine::Engine;

/// Where the server listens.
pub(crate) fn server() -> &'static str {
    option_env!("TYPED_EVENTSOURCE_TEST_SERVER").unwrap_or("http://127.0.0.1:8087")
}

/// What a test is run over: whatever the source chooses, which begins with the browser's EventSource, and
/// fetch.
pub(crate) const BOTH: [Option<Transport>; 2] = [None, Some(Transport::Fetch)];

pub(crate) const FETCH: Option<Transport> = Some(Transport::Fetch);
pub(crate) const NATIVE: Option<Transport> = Some(Transport::EventSource);

/// How the sources of tests deliver that do not say so themselves.
fn delivery() -> Delivery {
    match option_env!("TYPED_EVENTSOURCE_TEST_DELIVERY") {
        Some("frame") => Delivery::Frame,
        Some(other) => panic!("tests run with the delivery frame or the default one, not {other}"),
        None => Delivery::default(),
    }
}

/// A source for a path of the server or a whole URL, over this transport.
pub(crate) fn connect(url: &str, transport: Option<Transport>) -> Builder {
    let url = if url.starts_with('/') { [server(), url].concat() } else { url.to_owned() };
    let source = TypedEventSource::connect(url).delivery(delivery());
    match transport {
        Some(transport) => source.transport(transport),
        None => source,
    }
}

/// Waits as short as they can be. Any `retry` takes reconnection away from the browser's EventSource.
pub(crate) fn quick() -> Retry {
    Retry::default().initial(Duration::from_millis(1)).max(Duration::ZERO)
}

/// A script that the server plays, and what it saw meanwhile.
pub(crate) struct Scenario {
    pub(crate) url: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Attempt {
    pub(crate) method: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) last_event_id: Option<String>,
    pub(crate) body: String,
    pub(crate) client_left: bool,
    pub(crate) sent_events: u64,
}

impl Attempt {
    /// The last event ID that came with the attempt, in the header or in the query.
    pub(crate) fn resumed_from(&self) -> &str {
        let query = self.query.get("lastEventId");
        self.last_event_id.as_ref().or(query).map_or("", String::as_str)
    }
}

impl Scenario {
    pub(crate) async fn new(mut script: Value) -> Self {
        if !Engine::here().shows_bare_headers() {
            begin_with_a_comment(&mut script);
        }
        Self::exactly(script).await
    }

    /// The script as it is, also where the engine would not see a response before its first byte.
    pub(crate) async fn exactly(script: Value) -> Self {
        let answer = request("POST", &[server(), "/scenarios"].concat(), Some(&script.to_string())).await;
        let made: Value = serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"));
        Self { url: [server(), made["url"].as_str().unwrap()].concat() }
    }

    /// One attempt with these steps, the next ones are answered 204.
    pub(crate) async fn once(steps: Value, end: &str) -> Self {
        Self::new(json!({ "attempts": [{ "steps": steps, "end": end }] })).await
    }

    /// This stream in one piece, which then stays open.
    pub(crate) async fn sent(stream: &str) -> Self {
        Self::once(json!([{ "send": stream }]), "hold").await
    }

    /// The same answer to every attempt.
    pub(crate) async fn always(attempt: Value) -> Self {
        Self::new(json!({ "attempts": [attempt], "afterwards": "repeat-last" })).await
    }

    pub(crate) fn connect(&self, transport: Option<Transport>) -> Builder {
        connect(&self.url, transport)
    }

    /// Ends a step of the script that waits for it.
    pub(crate) async fn release(&self) {
        request("POST", &[&self.url, "/release"].concat(), None).await;
    }

    /// The attempts so far.
    pub(crate) async fn attempts(&self) -> Vec<Attempt> {
        #[derive(Deserialize)]
        struct Report {
            attempts: Vec<Attempt>,
        }
        let answer = request("GET", &[&self.url, "/report"].concat(), None).await;
        serde_json::from_str::<Report>(&answer).unwrap_or_else(|error| panic!("{error}: {answer}")).attempts
    }

    /// The attempts, once they pass.
    pub(crate) async fn attempts_when(&self, what: &str, pass: impl Fn(&[Attempt]) -> bool) -> Vec<Attempt> {
        soon(what, async {
            loop {
                let attempts = self.attempts().await;
                if pass(&attempts) {
                    return attempts;
                }
                breathe().await;
            }
        })
        .await
    }

    /// How many generated events the server has written to the last attempt.
    pub(crate) async fn sent_events(&self) -> u64 {
        self.attempts().await.last().map_or(0, |attempt| attempt.sent_events)
    }

    /// Waits until the server has noticed that the client of the last attempt is gone.
    pub(crate) async fn left(&self) {
        let gone = |attempts: &[Attempt]| attempts.last().is_some_and(|attempt| attempt.client_left);
        self.attempts_when("the client to leave", gone).await;
    }
}

/// Gives the streams of a script that stay open without a word a comment to begin with.
fn begin_with_a_comment(script: &mut Value) {
    for attempt in script["attempts"].as_array_mut().into_iter().flatten() {
        let silent =
            attempt["steps"].as_array().is_none_or(|steps| steps.iter().all(|step| step["send"] == ""));
        if silent && attempt["end"] == "hold" {
            attempt["steps"] = json!([{ "send": ":\n" }]);
        }
    }
}

/// The text that the server answers.
pub(crate) async fn request(method: &str, url: &str, body: Option<&str>) -> String {
    let init = web_sys::RequestInit::new();
    init.set_method(method);
    if let Some(body) = body {
        init.set_body(&JsValue::from_str(body));
    }
    let page = web_sys::window().expect("tests run in a page");
    let answer = JsFuture::from(page.fetch_with_str_and_init(url, &init));
    let response = soon("the server", answer).await.unwrap_or_else(|_| {
        panic!("no server at {}: start it with `cargo run -p typed-eventsource-server`", server())
    });
    let response: web_sys::Response = response.unchecked_into();
    soon("the server", JsFuture::from(response.text().unwrap())).await.unwrap().as_string().unwrap()
}

/// Only what hangs takes so long, in milliseconds: a busy machine gives a page little of its time.
const PATIENCE: u32 = 120_000;

/// Waits for a future, but not for ever.
pub(crate) async fn soon<F: Future>(what: &str, future: F) -> F::Output {
    let timeout = TimeoutFuture::new(PATIENCE);
    match select(Box::pin(future), timeout).await {
        Either::Left((value, _)) => value,
        Either::Right(_) => panic!("waited in vain for {what}"),
    }
}

/// The next item of a stream that has one.
pub(crate) async fn next<S: Stream + Unpin>(stream: &mut S) -> S::Item {
    soon("an item", stream.next()).await.expect("the stream goes on")
}

/// Waits for an event of this type, which is processed then.
pub(crate) async fn passed(source: &TypedEventSource, event_type: &str) {
    let mut events = source.subscribe::<Text>(event_type);
    next(&mut events).await.unwrap();
    events.done();
}

/// Asks for another item, which has not come.
pub(crate) async fn nothing_more<S: Stream + Unpin>(stream: &mut S) {
    let read = poll_fn(|context| Poll::Ready(stream.poll_next_unpin(context).is_pending())).await;
    assert!(read, "there is one more");
}

/// Everything that a stream still has, up to its end.
pub(crate) async fn rest<S: Stream>(stream: S) -> Vec<S::Item> {
    soon("the end of a stream", stream.collect()).await
}

/// The data of a stream of events that ends with the failure that its source is closed for.
pub(crate) async fn rest_until_failure<T>(events: Events<T>) -> Vec<T> {
    let mut items = rest(events).await;
    let last = items.pop();
    assert!(matches!(last, Some(Err(SubscriptionError::Failed(_)))), "it ends without a failure");
    items.into_iter().map(|event| event.unwrap().data).collect()
}

/// The first state that passes, and all before it.
pub(crate) async fn until(
    states: &mut States,
    pass: impl Fn(&ConnectionState) -> bool,
) -> Vec<ConnectionState> {
    let mut seen = Vec::new();
    soon("a state", async {
        while let Some(state) = states.next().await {
            let last = pass(&state);
            seen.push(state);
            if last {
                return;
            }
        }
        panic!("the states ended without the one waited for: {seen:?}");
    })
    .await;
    seen
}

pub(crate) fn closed(state: &ConnectionState) -> bool {
    matches!(state, ConnectionState::Closed { .. })
}

pub(crate) fn open(state: &ConnectionState) -> bool {
    matches!(state, ConnectionState::Open { .. })
}

pub(crate) fn reconnecting(state: &ConnectionState) -> bool {
    matches!(state, ConnectionState::Reconnecting { .. })
}

/// Waits until a condition holds that nothing tells about.
pub(crate) async fn when(what: &str, condition: impl Fn() -> bool) {
    soon(what, async {
        while !condition() {
            breathe().await;
        }
    })
    .await;
}

/// Measures until it is told that all is well. A fault shows in each round; where others take the machine's time, some round
/// is left alone.
pub(crate) async fn in_some_round(measure: impl AsyncFn() -> Result<(), String>) {
    let mut told = Ok(());
    for _ in 0..20 {
        told = measure().await;
        if told.is_ok() {
            return;
        }
    }
    told.unwrap();
}

/// Lets the browser do what it has to do meanwhile.
pub(crate) async fn breathe() {
    TimeoutFuture::new(1).await;
}

/// What handlers note.
pub(crate) struct Log<T>(Rc<RefCell<Vec<T>>>);

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Log<T> {
    pub(crate) fn new() -> Self {
        Self(Rc::default())
    }

    pub(crate) fn push(&self, item: T) {
        self.0.borrow_mut().push(item);
    }

    pub(crate) fn take(&self) -> Vec<T> {
        self.0.take()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl<T> Clone for Log<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}
