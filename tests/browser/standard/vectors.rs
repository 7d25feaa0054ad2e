//! The parsing vectors, which the parser is held to byte by byte on the host, here as they come over the wire:
//! each vector a scenario of its own, with exactly its chunks, and all of them at once.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use typed_eventsource::ConnectionState;
use wasm_bindgen_test::wasm_bindgen_test;

use super::compatibility::{holds, report};
use super::{Played, Playing, Row, Way, chunks};
use crate::engine::Engine;
use crate::harness::{Attempt, reconnecting, until, when};

const VECTORS: &str = include_str!("../../vectors-standard.json");

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    name: String,
    /// In the notation of `/scenarios`.
    chunks: Vec<Value>,
    /// What the connections after the first get.
    #[serde(default)]
    then: Vec<Vec<Value>>,
    #[serde(default)]
    also_listen: Vec<String>,
    no_reconnect_within_ms: Option<u32>,
    expect: Expected,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expected {
    events: Vec<ExpectedEvent>,
    /// One vector leaves the headers open: in a header, the spaces around an id are lost.
    last_event_id_headers: Option<Vec<String>>,
    /// A number of milliseconds or, as in `">=3000"`, their least.
    retry: Option<Value>,
    #[serde(default)]
    prompt_delivery: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExpectedEvent {
    #[serde(rename = "type")]
    event_type: String,
    data: Option<String>,
    /// A text, how often it is repeated and, if any, how much of the end is cut off (negative).
    repeat: Option<Vec<Value>>,
    last_event_id: String,
}

impl ExpectedEvent {
    fn row(&self) -> Row {
        let data = self.data.clone().unwrap_or_else(|| {
            let [text, times, cut @ ..] = &**self.repeat.as_ref().unwrap() else {
                panic!("{}", self.event_type)
            };
            let mut data = text.as_str().unwrap().repeat(times.as_u64().unwrap() as usize);
            let cut = cut.first().map_or(0, |cut| cut.as_i64().unwrap().unsigned_abs() as usize);
            data.truncate(data.len() - cut);
            data
        });
        (self.event_type.clone(), data, self.last_event_id.clone())
    }
}

impl Expected {
    /// The least reconnection time, and whether it is exactly that.
    fn reconnection_time(&self) -> Option<(Duration, bool)> {
        let retry = self.retry.as_ref()?;
        let least = retry.as_str().map(|bound| bound.strip_prefix(">=").unwrap().parse().unwrap());
        Some((Duration::from_millis(least.or(retry.as_u64()).unwrap()), least.is_none()))
    }
}

impl Vector {
    async fn open(&self, way: Way) -> Playing {
        // What has to come promptly must not need the end of the stream.
        let end = if self.expect.prompt_delivery { "hold" } else { "close" };
        let attempts =
            std::iter::once(&self.chunks).chain(&self.then).map(|sent| chunks(sent, end)).collect();
        let events = self.expect.events.iter().map(|event| &*event.event_type);
        let others = self.also_listen.iter().map(|name| &**name);
        // Each once: two handlers would note an event twice.
        let types: BTreeSet<_> = events.chain(others).chain(["message"]).collect();
        Playing::open(way, attempts, &Vec::from_iter(types)).await
    }

    /// What is not as expected.
    async fn run(&self, way: Way) -> Result<(), String> {
        let playing = self.open(way).await;
        if self.expect.prompt_delivery {
            when(&self.name, || playing.log.len() > 0).await;
            let over = playing.scenario.attempts().await.iter().any(|attempt| attempt.client_left);
            self.same("the stream was over", &over, &false)?;
            playing.source.reconnect();
        }
        if let (Some(ms), true) = (self.no_reconnect_within_ms, way != Way::Renewed) {
            return self.stays_away(way, playing, ms).await;
        }
        self.check(way, &playing.end().await)
    }

    fn check(&self, way: Way, played: &Played) -> Result<(), String> {
        let Played { events, states, attempts, times } = played;
        self.check_events(events)?;
        self.same("connections", &attempts.len(), &(self.then.len() + 2))?;
        if let Some(expected) = &self.expect.last_event_id_headers {
            let sent: Vec<_> = attempts.iter().map(Attempt::resumed_from).collect();
            self.same("last event IDs", &sent, &expected.iter().map(|id| &**id).collect())?;
        }
        let in_the_header = attempts.iter().all(|attempt| attempt.query.is_empty());
        let in_the_query = attempts.iter().all(|attempt| attempt.last_event_id.is_none());
        let there = if way == Way::Renewed { in_the_query } else { in_the_header };
        self.same("where the ids went", &there, &true)?;
        match way {
            Way::Fetch => self.check_wait(states),
            // Longer ones are the browser's affair: it was busy.
            Way::Browser => {
                let waited = times[times.len() - 1] - times[times.len() - 2];
                let least = self
                    .expect
                    .reconnection_time()
                    .map_or(Engine::here().reconnection_time(), |(least, _)| least);
                // The clocks of two processes.
                let early = waited + Duration::from_millis(5) < least && !self.expect.prompt_delivery;
                self.same("reconnected too early", &early.then_some(waited), &None)
            }
            // Nobody told it: the browser's EventSource hides the reconnection time.
            Way::Renewed => Ok(()),
        }
    }

    fn check_events(&self, events: &Vec<Row>) -> Result<(), String> {
        let expected: Vec<_> = self.expect.events.iter().map(ExpectedEvent::row).collect();
        self.same("events", events, &expected)
    }

    /// The last wait tells the reconnection time: nothing is added to it here.
    fn check_wait(&self, states: &[ConnectionState]) -> Result<(), String> {
        let mut waits = states.iter().filter_map(|state| match state {
            ConnectionState::Reconnecting { wait, .. } => *wait,
            _ => None,
        });
        let wait = waits.next_back().unwrap_or_default();
        match self.expect.reconnection_time() {
            // Asked for, it was reconnected without one.
            None if self.expect.prompt_delivery => self.same("the wait", &wait, &Duration::ZERO),
            None => self.same("the wait", &wait, &Duration::from_millis(1)),
            Some((time, true)) => self.same("the wait", &wait, &time),
            Some((least, false)) => self.same("a long wait", &(wait >= least), &true),
        }
    }

    /// A long reconnection time must not come out as none.
    async fn stays_away(&self, way: Way, playing: Playing, ms: u32) -> Result<(), String> {
        let states = until(&mut playing.source.states(), reconnecting).await;
        TimeoutFuture::new(ms).await;
        self.same("connections", &playing.scenario.attempts().await.len(), &1)?;
        self.check_events(&playing.log.take())?;
        if way == Way::Fetch { self.check_wait(&states) } else { Ok(()) }
    }

    fn same<T: PartialEq + std::fmt::Debug>(&self, what: &str, seen: &T, expected: &T) -> Result<(), String> {
        if seen == expected {
            return Ok(());
        }
        // Some events have a megabyte.
        Err(format!("{}: {what}: {:.300} instead of {:.300}", self.name, brief(seen), brief(expected)))
    }
}

fn brief(value: &impl std::fmt::Debug) -> String {
    format!("{value:?}")
}

/// Drives all futures at the same time.
async fn together<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = futures.map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        for (future, output) in &mut all {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if all.iter().all(|(_, output)| output.is_some()) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    all.into_iter().filter_map(|(_, output)| output).collect()
}

/// What an engine does otherwise: the vector, the beginning of what the test finds then, and in a word what that
/// is.
fn differences(way: Way) -> &'static [(&'static str, &'static str, &'static str)] {
    const EARLY: &str = "reconnected too early: Some(";
    const NUL_ID: (&str, &str, &str) = (
        "id with NUL keeps the id of an earlier event",
        r#"events: [("message", "a", "1")] instead of"#,
        "its event is lost",
    );
    const NUL: (&str, &str, &str) =
        ("NUL in data", r#"events: [("message", "ab", "")] instead of"#, "it is left out");
    const MARK: (&str, &str, &str) = ("BOM split 1+2", "events: [] instead of", "it stays");
    match (Engine::here(), way) {
        (Engine::Firefox, Way::Browser) => &[NUL_ID, NUL, ("bogus retry ignored: NUL", EARLY, "it is taken")],
        (Engine::Firefox, Way::Renewed) => &[NUL_ID, NUL],
        (Engine::WebKit, Way::Browser) => &[
            MARK,
            ("bogus retry ignored: plus", EARLY, "it is taken"),
            ("bogus retry ignored: second leading space", EARLY, "it is taken"),
            ("bogus retry ignored: trailing space", EARLY, "it is taken"),
        ],
        (Engine::WebKit, Way::Renewed) => &[MARK],
        // Each byte of the header is encoded once more.
        (Engine::WebKit, Way::Fetch) => &[
            ("non-BMP id goes out as UTF-8", "last event IDs: ", "it is encoded twice"),
            ("invalid byte in the id", "last event IDs: ", "it is encoded twice"),
        ],
        _ => &[],
    }
}

async fn all(way: Way) {
    let vectors: Vec<Vector> = serde_json::from_str(VECTORS).unwrap();
    assert_eq!(vectors.len(), 83);
    let results = together(vectors.iter().map(|vector| vector.run(way))).await;
    let mut failed = Vec::new();
    for (vector, result) in vectors.iter().zip(results) {
        let otherwise = differences(way).iter().find(|(name, ..)| *name == vector.name);
        // An engine that is busy with the others may come too late to come too early: once more, alone.
        let again = otherwise.is_some() && result.is_ok();
        let result = if again { vector.run(way).await } else { result };
        match (result, otherwise) {
            (Ok(()), None) => report(Some(&vector.name), way, None),
            (Err(found), Some((name, seen, instead))) if found.starts_with(&format!("{name}: {seen}")) => {
                report(Some(name), way, Some(instead));
            }
            (Err(found), _) => failed.push(found),
            (Ok(()), Some((name, ..))) => failed.push(format!("{name}: it is no difference any more")),
        }
    }
    assert!(failed.is_empty(), "{way:?}: {} vectors fail:\n{}", failed.len(), failed.join("\n"));
}

#[wasm_bindgen_test]
async fn the_vectors_over_the_browsers_eventsource_which_reconnects_by_itself() {
    all(Way::Browser).await;
}

#[wasm_bindgen_test]
async fn the_vectors_over_a_new_eventsource_for_each_connection() {
    all(Way::Renewed).await;
}

#[wasm_bindgen_test]
async fn the_vectors_over_fetch() {
    all(Way::Fetch).await;
}

/// They are the same attempts to the server, but the ids come in the query, and nobody hears of `retry`.
#[wasm_bindgen_test]
async fn the_browsers_eventsource_hides_the_reconnection_time_from_who_replaces_it() {
    let sent = [json!("retry: 99999999\ndata: x\n\n")];
    let played = super::play(Way::Renewed, &[&sent], &["message"]).await;
    assert_eq!(played.attempts.len(), 2);
    holds(Way::Renewed);
}
