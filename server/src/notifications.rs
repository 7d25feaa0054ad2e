//! `/notifications`: what somebody posts reaches everybody who listens.
//!
//! | route | does |
//! |---|---|
//! | `POST /notifications` `{"title", "text"}` | publishes, answers 201 `{"id", "title", "at"}` |
//! | `GET /notifications` | the stream of `notification` events, which carry no text: they are small |
//! | `GET /notifications/{id}` | the whole, by the id of its event: `{"id", "title", "text", "at"}` |
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
use typed_eventsource_axum::{Gap, LogError, PublishError, Refusal};

use crate::App;
use crate::stream_request::StreamRequest;
use crate::timestamp;

const TITLE_CHARS: RangeInclusive<usize> = 1..=200;

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Something was published.
    Notification(Headline),
    /// Some are missing here.
    Gap(Gap),
}

/// A notification without its text, which is asked for by the id of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Headline {
    /// What it is about.
    pub title: String,
    /// When it was published: RFC 3339, in UTC.
    pub at: String,
}

/// All of a notification, as it is kept beside the event.
#[derive(Serialize, Deserialize)]
struct Notification {
    #[serde(flatten)]
    headline: Headline,
    text: String,
}

/// With the id of its event.
#[derive(Serialize)]
struct Published<'a, N> {
    id: &'a str,
    #[serde(flatten)]
    notification: N,
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

async fn stream(request: StreamRequest) -> Response {
    let stream = request.app().notifications.stream(request.last_event_id());
    request.respond(stream)
}

async fn publish(State(app): State<Arc<App>>, body: Body) -> Result<Response, Refusal> {
    let Post { title, text } = app.bodies.json(body, r#"{"title": "Parcel", "text": "It is here."}"#).await?;
    if !TITLE_CHARS.contains(&title.chars().count()) {
        return Err(Refusal::bad_request(
            "the title has 1 to 200 characters: put what is longer into the text",
        ));
    }
    let headline = Headline { title, at: timestamp::now() };
    let whole = kept(&Notification { headline: headline.clone(), text })?;
    let event = Event::Notification(headline.clone());
    let id = app.notifications.publish_with(&event, whole).await.map_err(|error| match error {
        PublishError::Log(LogError::TooLarge { limit, .. }) => {
            let sentence =
                format!("the notification is larger than the {limit} bytes that are kept: send less");
            Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
                .or("start the server with a larger --replay-bytes")
        }
        error => error.into(),
    })?;
    let location = [(header::LOCATION, format!("/notifications/{id}"))];
    let published = Json(Published { id: &id, notification: headline });
    Ok((StatusCode::CREATED, location, published).into_response())
}

async fn notification(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Refusal> {
    let whole = app.notifications.aside(&id).await;
    let whole: Option<Notification> = whole.and_then(|whole| serde_json::from_str(&whole).ok());
    let notification = whole.ok_or_else(|| {
        Refusal::not_found(format!(
            "there is no notification {id:?}: it was never published, or made room for newer ones"
        ))
    })?;
    Ok(Json(Published { id: &id, notification }).into_response())
}

/// What is kept beside an event, as JSON.
pub(crate) fn kept(whole: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(whole)
        .map_err(|error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))
}
