//! `/jobs`: long work that tells how far it has come.
//!
//! | route | does |
//! |---|---|
//! | `POST /jobs` `{"name", "seconds"}`, both optional | starts a job, answers 201 `{"id", "name", "url", "stream"}` |
//! | `GET /jobs/{id}` | `{"id", "name", "percent", "done"}` |
//! | `GET /jobs/{id}/stream` | `progress` events, at last `done`, and the stream ends |
//!
//! A stream tells everything from the start of the job, or from where it is resumed; after `done` it answers 204.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};

use crate::App;
use crate::lines::seconds;
use crate::refusal::Refusal;
use crate::request;
use crate::stream_request::StreamRequest;

mod job;

use job::Job;
pub use job::{Done, Event, Progress};

const SECONDS: RangeInclusive<f64> = 0.1..=600.0;
const NAME_CHARS: usize = 100;
/// How many jobs are remembered that have ended.
const ENDED: usize = 256;

/// The jobs that run, and those that ended last.
#[derive(Debug)]
pub(crate) struct Jobs {
    started: Mutex<Started>,
    limit: NonZeroUsize,
}

#[derive(Debug, Default)]
struct Started {
    count: u64,
    by_id: BTreeMap<u64, Arc<Job>>,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Post {
    name: String,
    seconds: f64,
}

#[derive(Serialize)]
struct Made<'a> {
    id: u64,
    name: &'a str,
    url: String,
    stream: String,
}

#[derive(Serialize)]
struct Progressed<'a> {
    id: u64,
    name: &'a str,
    percent: u32,
    done: bool,
}

impl Default for Post {
    fn default() -> Self {
        Self { name: "Job".to_owned(), seconds: 10.0 }
    }
}

impl Jobs {
    pub(crate) fn new(limit: NonZeroUsize) -> Self {
        Self { started: Mutex::default(), limit }
    }

    fn start(&self, name: String, time: Duration) -> Result<Arc<Job>, Refusal> {
        let mut started = self.lock();
        let left = started.by_id.values().map(|job| job.left()).filter(|left| !left.is_zero());
        let (running, soonest) =
            left.fold((0, Duration::MAX), |(count, soonest), left| (count + 1, soonest.min(left)));
        if running >= self.limit.get() {
            let sentence = format!(
                "{} jobs are running: wait for one to end, or start the server with a larger --max-jobs",
                self.limit
            );
            let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence);
            return Err(refusal.retry_after(seconds(soonest)));
        }
        started.count += 1;
        let job = Arc::new(Job::new(started.count, name, time));
        started.by_id.insert(job.id, Arc::clone(&job));
        let ended = started.by_id.values().filter(|job| job.left().is_zero()).map(|job| job.id);
        let ended: Vec<_> = ended.collect();
        for id in &ended[..ended.len().saturating_sub(ENDED)] {
            started.by_id.remove(id);
        }
        Ok(job)
    }

    fn get(&self, id: &str) -> Result<Arc<Job>, Refusal> {
        id.parse().ok().and_then(|id: u64| self.lock().by_id.get(&id).cloned()).ok_or_else(|| {
            Refusal::not_found(format!(
                "there is no job {id:?}: it was never started, or ended long ago; POST /jobs starts one"
            ))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Started> {
        self.started.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/jobs", post(start))
        .route("/jobs/{id}", get(state))
        .route("/jobs/{id}/stream", get(stream))
}

async fn start(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refusal> {
    let Post { name, seconds } =
        request::json(body, app.limits.body_bytes.get(), r#"{"name": "Export", "seconds": 10}"#).await?;
    if !SECONDS.contains(&seconds) {
        return Err(Refusal::bad_request(format!("seconds is {seconds}: send 0.1 to 600")));
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Refusal::bad_request("the name has at most 100 characters: send a shorter one"));
    }
    let job = app.jobs.start(name, Duration::from_secs_f64(seconds))?;
    let url = format!("/jobs/{}", job.id);
    let (location, stream) = ([(header::LOCATION, url.clone())], format!("{url}/stream"));
    let made = Made { id: job.id, name: &job.name, url, stream };
    Ok((StatusCode::CREATED, location, Json(made)).into_response())
}

async fn state(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let job = app.jobs.get(&id)?;
    let (percent, done) = (job.percent(), job.left().is_zero());
    Ok(Json(Progressed { id: job.id, name: &job.name, percent, done }).into_response())
}

async fn stream(Path(id): Path<String>, request: StreamRequest) -> Result<Response, Refusal> {
    let job = request.app().jobs.get(&id)?;
    let seen = request.last_event_id()?.unwrap_or(0);
    if seen >= job::LAST_ID {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(request.respond(job.after(seen)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_run_and_so_many_are_remembered() {
        let jobs = Jobs::new(NonZeroUsize::new(2).expect("not zero"));
        let start = |seconds| jobs.start(String::new(), Duration::from_secs(seconds));
        start(5).expect("the first");
        start(600).expect("the second");
        assert!(start(1).is_err());
        tokio::time::advance(Duration::from_secs(5)).await;
        for _ in 0..300 {
            start(1).expect("room again");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        start(1).expect("one more");
        assert!(jobs.get("1").is_err(), "ended long ago");
        jobs.get("2").expect("it still runs");
        assert_eq!(jobs.lock().by_id.len(), ENDED + 2);
    }
}
