//! `/jobs`: long work that tells how far it has come.
//!
//! | route | does |
//! |---|---|
//! | `POST /jobs` `{"name", "seconds"}`, both optional | starts a job, answers 201 `{"id", "name", "url", "stream"}` |
//! | `GET /jobs/{id}` | `{"id", "name", "percent", "done"}` |
//! | `GET /jobs/{id}/stream` | `progress` events, at last `done`, and the stream ends |
//!
//! A stream tells everything from the start of the job, or from where it is resumed; after `done` it answers 204. What a job
//! tells follows from its time: with a log that several servers share, each of them tells it.

use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use typed_eventsource_axum::{Refusal, Sse, Topic};

use crate::App;
use crate::lines::seconds;
use crate::notifications::kept;
use crate::stream_request::StreamRequest;

mod job;

pub use job::{Done, Event, Progress};
use job::{Job, Record};

const SECONDS: RangeInclusive<f64> = 0.1..=600.0;
const NAME_CHARS: usize = 100;
/// How many jobs are remembered, beside those that run.
pub(crate) const REMEMBERED: NonZeroUsize = NonZeroUsize::new(256).unwrap();

/// The jobs that run here, and those that were started last, by whatever server.
#[derive(Debug)]
pub(crate) struct Jobs {
    running: Mutex<Vec<Arc<Job>>>,
    /// Nobody listens to these events: a job is what is kept beside one, under its id.
    started: Topic<()>,
    limit: NonZeroUsize,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Post {
    name: String,
    seconds: f64,
}

#[derive(Serialize)]
struct Made<'a> {
    id: &'a str,
    name: &'a str,
    url: String,
    stream: String,
}

#[derive(Serialize)]
struct Progressed<'a> {
    id: &'a str,
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
    pub(crate) fn new(limit: NonZeroUsize, started: Topic<()>) -> Self {
        Self { running: Mutex::default(), started, limit }
    }

    async fn start(&self, name: String, time: Duration) -> Result<Arc<Job>, Refusal> {
        let mut running = self.running.lock().await;
        running.retain(|job| !job.left().is_zero());
        if running.len() >= self.limit.get() {
            let sentence = format!("{} jobs are running: wait for one to end", self.limit);
            let soonest = running.iter().map(|job| job.left()).min().unwrap_or_default();
            let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence);
            let refusal = refusal.or("start the server with a larger --max-jobs");
            return Err(refusal.retry_after(seconds(soonest)));
        }
        let record = Record::new(name, time);
        let id = self.started.publish_with(&(), kept(&record)?).await?;
        let job = Arc::new(record.job(id));
        running.push(Arc::clone(&job));
        Ok(job)
    }

    async fn get(&self, id: &str) -> Result<Arc<Job>, Refusal> {
        if let Some(job) = self.running.lock().await.iter().find(|job| job.id == id) {
            return Ok(Arc::clone(job));
        }
        let record = self.started.aside(id).await;
        let record: Option<Record> = record.and_then(|record| serde_json::from_str(&record).ok());
        record.map(|record| Arc::new(record.job(id.to_owned()))).ok_or_else(|| {
            Refusal::not_found(format!(
                "there is no job {id:?}: it was never started, or ended long ago; POST /jobs starts one"
            ))
        })
    }
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/jobs", post(start))
        .route("/jobs/{id}", get(state))
        .route("/jobs/{id}/stream", get(stream))
}

async fn start(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refusal> {
    let Post { name, seconds } = app.bodies.json(body, r#"{"name": "Export", "seconds": 10}"#).await?;
    if !SECONDS.contains(&seconds) {
        return Err(Refusal::bad_request(format!("seconds is {seconds}: send 0.1 to 600")));
    }
    if name.chars().count() > NAME_CHARS {
        return Err(Refusal::bad_request("the name has at most 100 characters: send a shorter one"));
    }
    let job = app.jobs.start(name, Duration::from_secs_f64(seconds)).await?;
    let url = format!("/jobs/{}", job.id);
    let (location, stream) = ([(header::LOCATION, url.clone())], format!("{url}/stream"));
    let made = Made { id: &job.id, name: &job.name, url, stream };
    Ok((StatusCode::CREATED, location, Json(made)).into_response())
}

async fn state(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let job = app.jobs.get(&id).await?;
    let (percent, done) = (job.percent(), job.left().is_zero());
    Ok(Json(Progressed { id: &job.id, name: &job.name, percent, done }).into_response())
}

async fn stream(Path(id): Path<String>, request: StreamRequest) -> Result<Response, Refusal> {
    let job = request.app().jobs.get(&id).await?;
    let seen = request.last_number()?.unwrap_or(0);
    if seen >= job::LAST_ID {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(request.respond(Sse::variants(job.after(seen))))
}

#[cfg(test)]
mod tests {
    use typed_eventsource_axum::MemoryLog;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn so_many_run_and_so_many_are_remembered() {
        let log = MemoryLog::new(REMEMBERED, const { NonZeroUsize::new(1 << 20).unwrap() });
        let jobs = Jobs::new(NonZeroUsize::new(2).expect("not zero"), Topic::new("job", log));
        let start = async |seconds| jobs.start(String::new(), Duration::from_secs(seconds)).await;
        let first = start(5).await.expect("the first");
        let second = start(600).await.expect("the second");
        assert!(start(1).await.is_err());
        tokio::time::advance(Duration::from_secs(5)).await;
        for _ in 0..300 {
            start(1).await.expect("room again");
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let last = start(1).await.expect("one more");
        assert!(jobs.get(&first.id).await.is_err(), "ended long ago");
        jobs.get(&second.id).await.expect("it still runs");
        jobs.get(&last.id).await.expect("it was started last");
        assert_eq!(jobs.running.lock().await.len(), 2);
    }
}
