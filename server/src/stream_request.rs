//! A request for an event stream: the parameters that every stream takes, and the response that carries its blocks.

use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio_stream::{Stream, StreamExt};
use typed_eventsource::protocol::encode::EncodeError;

use crate::App;
use crate::block::Block;
use crate::connections::Client;
use crate::event_stream;
use crate::keep_alive::{Silence, keep_alive};
use crate::lines::{Line, OnLine, disturbed, wire};
use crate::refusal::Refusal;
use crate::request;
use crate::resume::Next;
use crate::seats::Seat;
use crate::timeline::Timeline;
use typed_eventsource_axum::Gap;
use typed_eventsource_axum::HEADERS;

const RETRY_MS: RangeInclusive<u64> = 0..=600_000;
const HEARTBEAT_MS: RangeInclusive<u64> = 10..=600_000;

/// A stream that is asked for, already on its line and in its seat.
pub(crate) struct StreamRequest {
    app: Arc<App>,
    query: BTreeMap<String, String>,
    last_event_id: Option<String>,
    reconnection_time: Option<Duration>,
    silence: Silence,
    line: OnLine,
    seat: Seat,
}

impl FromRequestParts<Arc<App>> for StreamRequest {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let query = request::query(&parts.uri)?;
        let reconnection_time = request::millis(&query, "retryMs", RETRY_MS)?;
        let silence = request::millis(&query, "heartbeatMs", HEARTBEAT_MS)?
            .map_or_else(Silence::default, Silence::Heartbeats);
        let line = match query.get("line") {
            Some(name) => app.lines.enter(name)?,
            // A line of its own, which nobody can reach.
            None => Arc::<Line>::default().enter()?,
        };
        let seat = seat(parts, app)?;
        let last_event_id = request::last_event_id(&parts.headers, &query, request::LAST_EVENT_ID_PARAM);
        Ok(Self { app: Arc::clone(app), query, last_event_id, reconnection_time, silence, line, seat })
    }
}

/// A seat for the stream that is asked for.
pub(crate) fn seat(parts: &Parts, app: &App) -> Result<Seat, Refusal> {
    let ConnectInfo(Client(client)) = parts.extensions.get().ok_or_else(|| {
        Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "the connection has no address: connect again")
    })?;
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
    app.seats.take(*client, route, app.limits.streams_per_client)
}

impl StreamRequest {
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// A parameter as it is.
    pub(crate) fn text(&self, param: &str) -> Option<&str> {
        self.query.get(param).map(String::as_str)
    }

    /// A parameter that is a number.
    pub(crate) fn number(&self, param: &str) -> Result<Option<u64>, Refusal> {
        request::number(&self.query, param)
    }

    /// The pace that is asked for by `everyMs`, within bounds.
    pub(crate) fn pace(&self, bounds: RangeInclusive<u64>, default_ms: u64) -> Result<Duration, Refusal> {
        let pace = request::millis(&self.query, "everyMs", bounds)?;
        Ok(pace.unwrap_or(Duration::from_millis(default_ms)))
    }

    /// The id after which the client wants to resume.
    pub(crate) fn last_event_id(&self) -> Result<Option<u64>, Refusal> {
        self.last_event_id.as_deref().map(|id| request::parse(id, "the last event ID")).transpose()
    }

    /// The response whose events are due one every so often since the server's start, of which the newest are `kept`:
    /// `event` makes the one with an id, due at a time of day, and `gap` the one that says what is missing.
    pub(crate) fn timeline<E: Serialize + 'static>(
        self,
        kept: u64,
        every: Duration,
        event: impl Fn(u64, SystemTime) -> E + Send + 'static,
        gap: fn(Gap) -> E,
    ) -> Result<Response, Refusal> {
        let timeline = Timeline::new(self.app.start, every, kept);
        let blocks = timeline.after(self.last_event_id()?).map(move |next| match next {
            Next::Item(id, ()) => Block::event(&event(id, timeline.time(id)), id),
            Next::Gap(lost) => Block::event_without_id(&gap(lost)),
        });
        Ok(self.respond(blocks))
    }

    /// The response that carries these blocks.
    pub(crate) fn respond(
        self,
        blocks: impl Stream<Item = Result<Block, EncodeError>> + Send + 'static,
    ) -> Response {
        let line = Arc::new(self.line);
        let blocks = keep_alive(disturbed(blocks, Arc::clone(&line)), self.silence);
        let start = self.reconnection_time.map(|time| Ok(Block::reconnection_time(time)));
        let blocks = tokio_stream::iter(start).chain(blocks);
        let writes = blocks.map(|block| block.map(|block| block.bytes).map_err(io::Error::other));
        let body = event_stream::body(self.seat, self.app.stopping.clone(), wire(writes, line));
        (HEADERS, body).into_response()
    }
}
