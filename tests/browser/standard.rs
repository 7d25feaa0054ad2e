//! The rules of the standard, and where others break them, each by its name and over both transports. Where the
//! browser's own EventSource or an engine does otherwise, the test says so.

mod announcing;
mod compatibility;
mod events;
mod parsing;
mod refusals;
mod resuming;
mod vectors;

use std::time::Duration;

use futures_util::StreamExt;
use serde_json::{Value, json};
use typed_eventsource::{ConnectionState, Event, Subscription, Text, Transport, TypedEventSource};

use crate::harness::{Attempt, FETCH, Log, NATIVE, Scenario, quick, reconnecting, request, soon, until};

/// The browser's EventSource and fetch, neither of which the source may change for the other.
const EACH: [Option<Transport>; 2] = [NATIVE, FETCH];

/// How an event stream is read, and who reestablishes its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The browser's EventSource, left to itself.
    Browser,
    /// The browser's EventSource, a new one for each connection.
    Renewed,
    Fetch,
}

impl From<Option<Transport>> for Way {
    fn from(transport: Option<Transport>) -> Self {
        if transport == FETCH { Self::Fetch } else { Self::Browser }
    }
}

const WAYS: [Way; 3] = [Way::Browser, Way::Renewed, Way::Fetch];

/// (event type, data, last event ID)
type Row = (String, String, String);

fn row((event_type, data, last_event_id): (&str, &str, &str)) -> Row {
    (event_type.into(), data.into(), last_event_id.into())
}

/// A source whose events of some types are noted.
struct Playing {
    scenario: Scenario,
    source: TypedEventSource,
    log: Log<Row>,
    subscriptions: Vec<Subscription>,
}

/// All that can be seen of a source that has come to its end.
struct Played {
    events: Vec<Row>,
    states: Vec<ConnectionState>,
    attempts: Vec<Attempt>,
    /// When the attempts came to the server, by its clock.
    times: Vec<Duration>,
}

impl Playing {
    /// Opens a source for what these attempts answer; each later one is answered 204.
    async fn open(way: Way, attempts: Value, types: &[&str]) -> Self {
        let scenario = Scenario::new(json!({ "attempts": attempts })).await;
        // The browser's EventSource hides the 204: there a refusal is the end.
        let builder = match way {
            Way::Browser => scenario.connect(NATIVE),
            Way::Renewed => scenario.connect(NATIVE).retry(quick()),
            Way::Fetch => scenario.connect(FETCH).retry(quick()),
        };
        let source = builder.should_retry(|_, cause| cause.is_retryable() && cause.code() != "refused");
        let source = source.open().unwrap();
        let log = Log::new();
        let subscribe = |event_type: &&str| {
            let log = log.clone();
            source.on(event_type, move |event: Event<Text>| {
                let Event { event_type, data, last_event_id, .. } = event;
                log.push((event_type.to_string(), data.0, last_event_id.to_string()));
            })
        };
        let subscriptions = types.iter().map(subscribe).collect();
        Self { scenario, source, log, subscriptions }
    }

    /// What was seen up to the 204.
    async fn end(self) -> Played {
        let mut states = self.source.states();
        let mut seen = Vec::new();
        while let Some(state) = soon("the next state", states.next()).await {
            seen.push(state);
            // What does not end shows in the number of attempts.
            if seen.len() == 100 {
                break;
            }
        }
        drop(self.subscriptions);
        let attempts = self.scenario.attempts().await;
        Played { events: self.log.take(), states: seen, attempts, times: times(&self.scenario).await }
    }
}

async fn times(scenario: &Scenario) -> Vec<Duration> {
    let report = request("GET", &[&scenario.url, "/report"].concat(), None).await;
    let report: Value = serde_json::from_str(&report).unwrap();
    let attempts = report["attempts"].as_array().unwrap().iter();
    attempts.map(|attempt| Duration::from_millis(attempt["atMs"].as_u64().unwrap())).collect()
}

/// An attempt that is answered with these chunks. The pauses are the network's: without one, two writes may
/// arrive as one.
fn chunks(chunks: &[Value], end: &str) -> Value {
    let mut steps = Vec::new();
    for chunk in chunks {
        if !steps.is_empty() {
            steps.push(json!({ "waitMs": 5 }));
        }
        steps.push(json!({ "send": chunk }));
    }
    json!({ "steps": steps, "end": end })
}

/// What the connections of a source bring, one after the other.
async fn play(way: Way, connections: &[&[Value]], types: &[&str]) -> Played {
    let attempts = connections.iter().map(|sent| chunks(sent, "close")).collect();
    Playing::open(way, attempts, types).await.end().await
}

/// The events of one connection, from its first chunk to its end.
async fn heard(transport: Option<Transport>, sent: &[Value], types: &[&str]) -> Vec<Row> {
    let playing = Playing::open(transport.into(), json!([chunks(sent, "close")]), types).await;
    until(&mut playing.source.states(), reconnecting).await;
    playing.log.take()
}
