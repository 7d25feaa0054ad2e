//! `/scenarios`: streams that behave as a script says, faults included, and a report of who asked for them, and how.
//!
//! | route | does |
//! |---|---|
//! | `POST /scenarios` | takes a script of at most 1 MiB, answers 201 `{"id", "url"}` |
//! | any but `DELETE` `/scenarios/{id}` | plays the next attempt of the script |
//! | `POST /scenarios/{id}/release` | ends one `waitForRelease`, now or to come |
//! | `GET /scenarios/{id}/report` | tells which attempts came, and what became of them |
//! | `DELETE /scenarios/{id}` | removes the scenario |
//!
//! The 256 newest scenarios are kept, fewer where they fill 128 MiB with scripts and records, as generously estimated; where
//! those that are being played fill it alone, a new one is answered 503. A script has at most 10,000 attempts. Each records 10,000 attempts, and 4 MiB of their methods, headers, queries and
//! bodies; whoever goes beyond that gets 204 and no record.
//!
//! # The script
//!
//! ```json
//! {
//!   "attempts": [
//!     {
//!       "status": 200,
//!       "headers": { "content-type": "text/event-stream", "retry-after": "1" },
//!       "respond": true,
//!       "steps": [
//!         { "send": "data: a\n\n" },
//!         { "send": { "join": [{ "base64": "77u/" }, { "repeat": "x", "times": 3 }] } },
//!         { "waitMs": 20 },
//!         "waitForRelease",
//!         { "events": { "to": 1000, "atMost": 37, "type": "tick", "seed": 7, "bytes": 40, "retry": 1,
//!                       "lineEnd": "lf", "partBytes": 0, "perWrite": 1, "everyMs": 0 } }
//!       ],
//!       "end": "close"
//!     }
//!   ],
//!   "afterwards": "no-content",
//!   "lastEventIdParam": "lastEventId"
//! }
//! ```
//!
//! Every field has a default, but for the `to` of `events`. Those of an attempt: status 200, the headers of an event
//! stream (`null` removes one), no steps, and a clean end.
//!
//! - `respond: false` accepts the request and stays silent until the client leaves.
//! - `send` is one write, flushed: a string (UTF-8), `{base64}`, `{repeat, times}` or `{join: […]}`. Those of one script
//!   come to 64 MiB at most.
//! - `waitForRelease` waits until somebody posts to the scenario's `release`: once for each such step. A client that has
//!   read the bytes before the step says so; no time has to be guessed.
//! - `events` generates events with ids and the JSON data `{"n": id, "pad": "…"}`, from the one after the last event ID
//!   of the attempt (the header wins over the query; what is no number is no id) up to `to`, and `atMost` so many.
//!   `bytes` is the length of the data, if that is longer than an empty `pad` makes it. `seed` and the id decide the
//!   whole event. `retry` sets the reconnection time with the first event. Lines end with `lf`, `cr` or `crlf`.
//!   `perWrite` events make one write, of 64 MiB at most with all that is in it, `everyMs` apart. Then the first `partBytes` bytes of the event after those follow,
//!   unless the attempt resumed after that already: it counts neither as sent nor for a later step.
//! - `end`: `close` ends the body cleanly, `abort` breaks the connection, `hold` waits until the client leaves.
//! - `afterwards` decides what comes when the attempts are used up: `no-content` (204) or `repeat-last`.
//!
//! # The report
//!
//! `{"attempts": [{"method", "headers", "query", "lastEventId", "body", "atMs", "clientLeft", "over", "sentEvents"}]}`:
//! header names are lower case and their values read as UTF-8; `lastEventId` is the header's or `null`; `atMs` counts from
//! the making of the scenario; `sentEvents` counts those of `events` steps. An attempt is `over` when the response has
//! ended, or when the client left before that, which `clientLeft` tells apart.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_stream::try_stream;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use serde_json::json;
use tokio_stream::Stream;
use typed_eventsource_axum::{Bodies, ReadBody, Refusal};

use crate::App;

mod body;
mod chunk;
mod events;
mod generator;
mod held;
mod play;
mod report;
mod room;
mod script;

use held::Held;
use report::Scenario;
use room::REPORTS;
use script::Script;

const SCENARIOS: usize = 256;
const SCRIPT_BYTES: usize = 1024 * 1024;

/// What all scenarios together may hold.
const HELD: usize = 128 * 1024 * 1024;
/// What a script holds at most, for each of its bytes and beside that for each attempt.
const PER_BYTE: usize = 32;
const PER_ATTEMPT: usize = 2048;

/// The newest scenarios.
#[derive(Debug, Default)]
pub(crate) struct Scenarios {
    newest: Mutex<Newest>,
    /// Also of those that were removed, and are still being played.
    held: Held,
}

#[derive(Debug, Default)]
struct Newest {
    made: u64,
    by_id: BTreeMap<u64, Arc<Scenario>>,
}

impl Scenarios {
    fn add(&self, script: Script, bytes: usize) -> Result<u64, Refusal> {
        let bytes = PER_BYTE * bytes + PER_ATTEMPT * script.attempts.len();
        let scenario = Scenario::new(script, self.held.share(bytes));
        if !self.make_room() {
            let sentence =
                "the scenarios that are being played fill the memory there is for them: try again later";
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(1));
        }
        let mut newest = self.lock();
        newest.made += 1;
        let id = newest.made;
        newest.by_id.insert(id, Arc::new(scenario));
        if newest.by_id.len() > SCENARIOS {
            newest.by_id.pop_first();
        }
        Ok(id)
    }

    /// Forgets the oldest ones while they hold too much. Whether that was enough.
    fn make_room(&self) -> bool {
        while self.held.all() > HELD {
            if self.lock().by_id.pop_first().is_none() {
                return false;
            }
        }
        true
    }

    fn get(&self, id: &str) -> Result<Arc<Scenario>, Refusal> {
        id.parse().ok().and_then(|id: u64| self.lock().by_id.get(&id).cloned()).ok_or_else(|| unknown(id))
    }

    fn remove(&self, id: &str) -> Result<(), Refusal> {
        id.parse().ok().and_then(|id: u64| self.lock().by_id.remove(&id)).map(drop).ok_or_else(|| unknown(id))
    }

    fn lock(&self) -> MutexGuard<'_, Newest> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unknown(id: &str) -> Refusal {
    let sentence =
        format!("there is no scenario {id:?}: it was never made, or removed, or made room for newer ones");
    Refusal::not_found(sentence)
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", post(make))
        .route("/{id}", any(play::play).delete(remove))
        .route("/{id}/release", post(release))
        .route("/{id}/report", get(report))
}

async fn make(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refusal> {
    let json = read(&app, body).await?;
    let script: Script = serde_json::from_slice(&json)
        .map_err(|error| Refusal::bad_request(format!("the script cannot be read: {error}")))?;
    script.check().map_err(Refusal::bad_request)?;
    let id = app.scenarios.add(script, json.len())?.to_string();
    let url = format!("/scenarios/{id}");
    let made = Json(json!({ "id": id, "url": url }));
    Ok((StatusCode::CREATED, [(header::LOCATION, url)], made).into_response())
}

async fn report(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let scenario = app.scenarios.get(&id)?;
    let body = Body::from_stream(told(scenario));
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The report as one write, once there is room for it.
fn told(scenario: Arc<Scenario>) -> impl Stream<Item = io::Result<Bytes>> {
    try_stream! {
        let _room = REPORTS.take(scenario.report_bytes()).await?;
        // Asked for more, so this is taken, and the room is given back.
        yield serde_json::to_vec(&scenario.report())?.into();
    }
}

async fn release(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    app.scenarios.get(&id)?.release();
    Ok(StatusCode::NO_CONTENT)
}

async fn remove(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<StatusCode, Refusal> {
    app.scenarios.remove(&id).map(|()| StatusCode::NO_CONTENT)
}

/// The body of a request to a scenario.
async fn read(app: &App, body: Body) -> Result<ReadBody, Refusal> {
    let bodies: Bodies = app.bodies.of_each(SCRIPT_BYTES);
    bodies.way_out("use repeat or events for what is long").read(body).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(scenarios: &Scenarios, bytes: usize) -> Result<u64, Refusal> {
        scenarios.add(Script::default(), bytes)
    }

    #[test]
    fn what_holds_much_makes_room() {
        let scenarios = Scenarios::default();
        let third = HELD / PER_BYTE / 3;
        for id in 1..=3 {
            assert_eq!(add(&scenarios, third), Ok(id));
        }
        assert_eq!(add(&scenarios, third), Ok(4));
        assert!(scenarios.get("1").is_err(), "the oldest made room");
        let played: Vec<_> = ["2", "3", "4"].map(|id| scenarios.get(id).expect("a scenario")).into();
        assert!(add(&scenarios, third).is_err(), "they are in use");
        assert!(scenarios.lock().by_id.is_empty());
        drop(played);
        assert_eq!(scenarios.held.all(), 0);
        assert_eq!(add(&scenarios, third), Ok(5));
    }
}
