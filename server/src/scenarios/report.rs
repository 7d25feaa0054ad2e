//! What became of a scenario: which attempts came, with which headers, and how they ended.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use axum::http::HeaderMap;
use axum::http::request::Parts;
use serde::Serialize;

use super::script::{Afterwards, Attempt, Script};
use crate::request;

const ATTEMPTS: usize = 10_000;

/// A script, and the attempts that were made at it.
#[derive(Debug)]
pub(super) struct Scenario {
    script: Script,
    made: Instant,
    records: Mutex<Vec<Record>>,
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
    pub(super) fn new(script: Script) -> Self {
        Self { script, made: Instant::now(), records: Mutex::default() }
    }

    pub(super) fn script(&self) -> &Script {
        &self.script
    }

    /// Records an attempt. `None` if there were too many.
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
        let mut records = self.lock();
        let index = records.len();
        if index == ATTEMPTS {
            return None;
        }
        records.push(record);
        drop(records);
        Some(Recorder { scenario: self, index })
    }

    pub(super) fn report(&self) -> Report {
        Report { attempts: self.lock().clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Record>> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(super) fn over(&self) {
        self.update(|record| record.over = true);
    }

    fn update(&self, change: impl FnOnce(&mut Record)) {
        if let Some(record) = self.scenario.lock().get_mut(self.index) {
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
