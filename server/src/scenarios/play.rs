//! Plays one attempt of a script to a client.

use std::future::pending;
use std::io;
use std::sync::Arc;

use async_stream::try_stream;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::task::yield_now;
use tokio::time::{Duration, sleep};
use tokio_stream::Stream;
use typed_eventsource_axum::{LastEventId, Refusal};

use super::body::body as body_of;
use super::generator::Generator;
use super::read;
use super::report::Recorder;
use super::room::WRITES;
use super::script::{End, Step};
use crate::{App, request};

pub(super) async fn play(
    State(app): State<Arc<App>>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let scenario = app.scenarios.get(&id)?;
    let (request, body) = request.into_parts();
    let seat = app.seat(&request)?;
    let query = request::query(&request.uri)?;
    let body = read(&app, body).await?;
    let param = &scenario.script().last_event_id_param;
    let last = LastEventId::from_parts(&request, param).unwrap_or_default();
    // What is no number was not generated here.
    let last = last.as_deref().and_then(|id| id.parse().ok()).unwrap_or(0);
    let Some(recorder) = scenario.record(&request, query, &body) else {
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    drop(body);
    app.scenarios.make_room();
    let Some(attempt) = recorder.attempt() else {
        recorder.over();
        return Ok(StatusCode::NO_CONTENT.into_response());
    };
    if !attempt.respond {
        app.drain.begun().await;
        recorder.over();
        return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "the server is stopping: try again later"));
    }
    let (status, headers) = (attempt.status.0, attempt.headers.0.clone());
    let bodiless =
        matches!(status, StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT | StatusCode::NOT_MODIFIED)
            || request.method == Method::HEAD;
    let body = if bodiless {
        recorder.over();
        Body::empty()
    } else {
        body_of(seat, app.drain.clone(), writes(recorder, last))
    };
    Ok((status, headers, body).into_response())
}

/// What the steps of an attempt write, from a last event ID on.
fn writes(recorder: Recorder, mut last: u64) -> impl Stream<Item = io::Result<Bytes>> {
    try_stream! {
        let Some(attempt) = recorder.attempt() else { return };
        for step in &attempt.steps {
            match step {
                Step::Send(chunk) => {
                    let _room = WRITES.take(chunk.len()).await?;
                    yield chunk.to_bytes().into();
                }
                Step::WaitMs(ms) => sleep(Duration::from_millis(*ms)).await,
                Step::WaitForRelease => recorder.released().await,
                Step::Events(events) => {
                    let mut generator = Generator::after(last, events);
                    loop {
                        let room = WRITES.take(events.write_bytes()).await?;
                        let Some(write) = generator.next() else { break };
                        let write = write?;
                        recorder.sent(write.events);
                        yield write.stream.into();
                        // Asked for more, so this is taken.
                        drop(room);
                        if let Some(pause) = events.every() {
                            sleep(pause).await;
                        }
                    }
                    last = generator.last_event_id();
                }
            }
        }
        match attempt.end {
            End::Close => recorder.over(),
            End::Abort => {
                // An error takes along what is not flushed yet, which may be the head of the response.
                yield_now().await;
                recorder.over();
                Err(io::Error::other("broken off, as the script says"))?;
            }
            // Until the client leaves, which drops all this.
            End::Hold => pending().await,
        }
    }
}
