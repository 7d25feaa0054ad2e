//! What became of a scenario: which attempts came, with which headers, and how they ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::held::Share;
use super::script::{ATTEMPTS, Afterwards, Attempt, Script};
use crate::request;

/// What one scenario records: so many bytes of what clients sent with the attempts.
const BYTES: usize = 4 * 1024 * 1024;

/// The most that JSON makes of a byte: an escape.
const ESCAPED: usize = 6;

/// What an attempt, and each header and parameter of it, holds beside these bytes, in memory or in a report.
const PER_ATTEMPT: usize = 512;
const PER_FIELD: usize = 128;

/// A script, and the attempts that were made at it.
#[derive(Debug)]
pub(super) struct Scenario {
    script: Script,
    made: Instant,
    recorded: Mutex<Recorded>,
    /// A permit for each release that no step has waited for yet.
    releases: Semaphore,
    held: Share,
}

#[derive(Debug, Default)]
struct Recorded {
    attempts: Vec<Record>,
    bytes: usize,
    /// The most that all of it comes to in a report.
    reported: usize,
}

/// The answer to a request for the report.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    attempts: Vec<Record>,
}

/// One attempt of a client.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    method: String,
    headers: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    last_event_id: Option<String>,
    body: String,
    at_ms: u128,
    client_left: bool,
    over: bool,
    sent_events: u64,
}

impl Scenario {
    pub(super) fn new(script: Script, held: Share) -> Self {
        Self { script, made: Instant::now(), recorded: Mutex::default(), releases: Semaphore::new(0), held }
    }

    pub(super) fn script(&self) -> &Script {
        &self.script
    }

    /// Records an attempt. `None` if there were too many, or this one is too large beside them.
    pub(super) fn record(
        self: Arc<Self>,
        request: &Parts,
        query: BTreeMap<String, String>,
        body: &[u8],
    ) -> Option<Recorder> {
        let record = Record {
            method: request.method.to_string(),
            headers: readable(&request.headers),
            query,
            last_event_id: request::header(&request.headers, "last-event-id").map(Into::into),
            body: String::from_utf8_lossy(body).into_owned(),
            at_ms: self.made.elapsed().as_millis(),
            client_left: false,
            over: false,
            sent_events: 0,
        };
        let mut recorded = self.lock();
        let index = recorded.attempts.len();
        let own = record.bytes();
        let bytes = recorded.bytes + own;
        if index == ATTEMPTS || bytes > BYTES {
            return None;
        }
        let beside = PER_ATTEMPT + PER_FIELD * (record.headers.len() + record.query.len());
        self.held.grow(own + beside);
        recorded.attempts.push(record);
        recorded.reported += ESCAPED * own + beside;
        recorded.bytes = bytes;
        drop(recorded);
        Some(Recorder { scenario: self, index })
    }

    /// Ends one wait for a release, now or to come.
    pub(super) fn release(&self) {
        self.releases.add_permits(1);
    }

    /// The most bytes that the report comes to.
    pub(super) fn report_bytes(&self) -> usize {
        self.lock().reported
    }

    pub(super) fn report(&self) -> Report {
        Report { attempts: self.lock().attempts.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    /// The bytes of what the client sent, as they are recorded.
    fn bytes(&self) -> usize {
        let named = self.headers.iter().chain(&self.query).map(|(name, value)| name.len() + value.len());
        let last_event_id = self.last_event_id.as_ref().map_or(0, String::len);
        self.method.len() + named.sum::<usize>() + last_event_id + self.body.len()
    }
}

fn readable(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut readable = BTreeMap::<String, String>::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        readable
            .entry(name.to_string())
            .and_modify(|earlier| {
                earlier.push_str(", ");
                earlier.push_str(&value);
            })
            .or_insert_with(|| value.to_string());
    }
    readable
}

/// Follows one attempt. Dropped before it is over: the client left.
pub(super) struct Recorder {
    scenario: Arc<Scenario>,
    index: usize,
}

impl Recorder {
    /// What the script says about this attempt. `None` if the attempts are used up.
    pub(super) fn attempt(&self) -> Option<&Attempt> {
        let Script { attempts, afterwards, .. } = &self.scenario.script;
        attempts.get(self.index).or_else(|| match afterwards {
            Afterwards::NoContent => None,
            Afterwards::RepeatLast => attempts.last(),
        })
    }

    pub(super) fn sent(&self, events: u64) {
        self.update(|record| record.sent_events += events);
    }

    /// Waits for a release that no other step has waited for.
    pub(super) async fn released(&self) {
        if let Ok(release) = self.scenario.releases.acquire().await {
            release.forget();
        }
    }

    pub(super) fn over(&self) {
        self.update(|record| record.over = true);
    }

    fn update(&self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.scenario.lock().attempts.get_mut(self.index) {
            change(record);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.update(|record| {
            record.client_left = !record.over;
            record.over = true;
        });
    }
}
