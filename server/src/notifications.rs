//! `/notifications`: what somebody posts reaches everybody who listens.
//!
//! | route | does |
//! |---|---|
//! | `POST /notifications` `{"title", "text"}` | publishes, answers 201 `{"id", "title", "at"}` |
//! | `GET /notifications` | the stream of `notification` events, which carry no text: they are small |
//! | `GET /notifications/{id}` | the whole: `{"id", "title", "text", "at"}` |
//!
//! A stream begins with what is published from now on. A resume gets what it missed, as far as the log goes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_stream::StreamExt;

use crate::App;
use crate::block::Block;
use crate::refusal::Refusal;
use crate::request;
use crate::resume::Next;
use crate::stream_request::StreamRequest;
use crate::timestamp;
use typed_eventsource_axum::Gap;

const TITLE_CHARS: RangeInclusive<usize> = 1..=200;

/// What a notification takes in memory beside its texts, roughly.
const OVERHEAD: usize = 128;

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Something was published.
    Notification(Headline),
    /// Some are missing here.
    Gap(Gap),
}

/// A notification without its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// Also the id of the event.
    pub id: u64,
    /// What it is about.
    pub title: String,
    /// When it was published: RFC 3339, in UTC.
    pub at: String,
}

/// All of a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// What the stream carries.
    #[serde(flatten)]
    pub headline: Headline,
    /// The text, which may be long.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Post {
    title: String,
    #[serde(default)]
    text: String,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/notifications", get(stream).post(publish))
        .route("/notifications/{id}", get(notification))
}

async fn stream(request: StreamRequest) -> Result<Response, Refusal> {
    let after = request.last_event_id()?;
    let blocks = request.app().notifications.after(after).map(|next| match next {
        Next::Item(id, notification) => Block::event(&Event::Notification(notification.headline.clone()), id),
        Next::Gap(gap) => Block::event_without_id(&Event::Gap(gap)),
    });
    Ok(request.respond(blocks))
}

async fn publish(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refusal> {
    let Post { title, text } =
        request::json(body, app.limits.body_bytes.get(), r#"{"title": "Parcel", "text": "It is here."}"#)
            .await?;
    if !TITLE_CHARS.contains(&title.chars().count()) {
        return Err(Refusal::bad_request(
            "the title has 1 to 200 characters: put what is longer into the text",
        ));
    }
    let bytes = title.len() + text.len() + OVERHEAD;
    let published = app.notifications.publish(bytes, |id| {
        Arc::new(Notification { headline: Headline { id, title, at: timestamp::now() }, text })
    });
    let notification = published.map_err(|_| {
        let sentence = format!(
            "the notification is larger than the {} bytes that are kept: send less, or start the server with a \
             larger --replay-bytes",
            app.limits.replay_bytes
        );
        Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    })?;
    let headline = &notification.headline;
    let location = [(header::LOCATION, format!("/notifications/{}", headline.id))];
    Ok((StatusCode::CREATED, location, Json(headline)).into_response())
}

async fn notification(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let notification = id.parse().ok().and_then(|id| app.notifications.get(id)).ok_or_else(|| {
        Refusal::not_found(format!(
            "there is no notification {id:?}: it was never published, or made room for newer ones"
        ))
    })?;
    Ok(Json(&*notification).into_response())
}
