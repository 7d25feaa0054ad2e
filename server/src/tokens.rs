//! `/tokens`: the answer to a question, word by word, as language models send theirs.
//!
//! `GET /tokens?question=…` and `POST /tokens` `{"question"}` send `message` events: raw text, each word with the space
//! before it, and at last `[DONE]`. The question decides the answer, so that a `GET` can be resumed by id; after the last
//! one it answers 204. `?everyMs=` sets the pace, 1 to 5000.
//!
//! With `?auth=bearer` both want the header `Authorization: Bearer …`, and answer 401 without a token that is good.
//! `POST /tokens/login` `{"uses"}` answers 201 `{"token", "uses"}`: a token for so many requests, 0 to 1000 or 20 by
//! default; one for none is used up from the start. The 1024 newest tokens are known. No URL carries one.

use std::sync::Arc;
use std::time::Duration;

use async_stream::stream;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing;
use serde::Deserialize;
use tokio::time::sleep;
use tokio_stream::Stream;
use typed_eventsource_axum::{Item, Refusal, Sse, Text};

use crate::App;
use crate::stream_request::StreamRequest;

mod answers;
mod logins;

pub(crate) use logins::Logins;

const DONE: &str = "[DONE]";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    question: String,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/tokens", routing::get(get).post(post))
        .route("/tokens/login", routing::post(logins::post))
}

async fn get(request: StreamRequest, headers: HeaderMap) -> Result<Response, Refusal> {
    admit(&request, &headers)?;
    let every = pace(&request)?;
    let answer = answers::to(request.text("question").unwrap_or_default());
    let seen = usize::try_from(request.last_number()?.unwrap_or(0)).unwrap_or(usize::MAX);
    // Beside the words there is the end.
    if seen > words(answer).count() {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    Ok(request.respond(Sse::new(tokens(answer, seen, every))))
}

async fn post(request: StreamRequest, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    admit(&request, &headers)?;
    let every = pace(&request)?;
    let Post { question } = request.app().bodies.json(body, r#"{"question": "What is an event?"}"#).await?;
    Ok(request.respond(Sse::new(tokens(answers::to(&question), 0, every))))
}

/// Lets those ask who may, where the request wants that to be checked.
fn admit(request: &StreamRequest, headers: &HeaderMap) -> Result<(), Refusal> {
    match request.text("auth") {
        None => Ok(()),
        Some("bearer") => request.app().logins.admit(headers),
        Some(other) => Err(Refusal::bad_request(format!("auth is {other:?}: send bearer, or leave it out"))),
    }
}

fn pace(request: &StreamRequest) -> Result<Duration, Refusal> {
    request.pace(1..=5000, 60)
}

/// The words, each with the space before it.
fn words(answer: &'static str) -> impl Iterator<Item = &'static str> {
    let starts = answer.match_indices(' ').map(|(at, _)| at);
    let ends = starts.clone().chain([answer.len()]);
    [0].into_iter().chain(starts).zip(ends).map(|(start, end)| &answer[start..end])
}

fn tokens(answer: &'static str, seen: usize, every: Duration) -> impl Stream<Item = Item<Text>> {
    stream! {
        for (id, token) in (1_u64..).zip(words(answer).chain([DONE])).skip(seen) {
            yield Item::new(Text::from(token)).id(id);
            if token != DONE {
                sleep(every).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_keep_the_space_before_them() {
        assert_eq!(words("One event is one.").collect::<Vec<_>>(), ["One", " event", " is", " one."]);
    }
}
