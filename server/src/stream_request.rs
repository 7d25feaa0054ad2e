//! A request for an event stream: the parameters that every stream takes, and the response that carries its events.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use typed_eventsource_axum::{Gap, KeepAlive, LastEventId, Refusal, Seat, Sse};

use crate::App;
use crate::lines::{Line, OnLine, wire};
use crate::request;
use crate::timeline::Timeline;

const RETRY_MS: RangeInclusive<u64> = 0..=600_000;
const HEARTBEAT_MS: RangeInclusive<u64> = 10..=600_000;

/// A stream that is asked for, already on its line and in its seat.
pub(crate) struct StreamRequest {
    app: Arc<App>,
    query: BTreeMap<String, String>,
    last_event_id: LastEventId,
    reconnection_time: Option<Duration>,
    keep_alive: KeepAlive,
    line: OnLine,
    seat: Seat,
}

impl FromRequestParts<Arc<App>> for StreamRequest {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Refusal> {
        let query = request::query(&parts.uri)?;
        let reconnection_time = request::millis(&query, "retryMs", RETRY_MS)?;
        let keep_alive = request::millis(&query, "heartbeatMs", HEARTBEAT_MS)?
            .map_or_else(KeepAlive::default, |every| KeepAlive::events(every, "heartbeat"));
        let line = match query.get("line") {
            Some(name) => app.lines.enter(name)?,
            // A line of its own, which nobody can reach.
            None => Arc::<Line>::default().enter()?,
        };
        let seat = app.seat(parts)?;
        let last_event_id = LastEventId::from_parts(parts, LastEventId::PARAM)
            .map_err(|error| Refusal::bad_request(error.to_string()))?;
        Ok(Self { app: Arc::clone(app), query, last_event_id, reconnection_time, keep_alive, line, seat })
    }
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

    /// The ID after which the client wants to resume.
    pub(crate) fn last_event_id(&self) -> LastEventId {
        self.last_event_id.clone()
    }

    /// The same, of a stream whose IDs are numbers.
    pub(crate) fn last_number(&self) -> Result<Option<u64>, Refusal> {
        self.last_event_id.as_deref().map(|id| request::parse(id, "the last event ID")).transpose()
    }

    /// The response whose events are due one every so often since the server's start, of which the newest are `kept`:
    /// `event` makes the one with an id, due at a time of day, and `gap` the one that says what is missing.
    pub(crate) fn timeline<E: Serialize + Send + 'static>(
        self,
        kept: u64,
        every: Duration,
        event: impl Fn(u64, SystemTime) -> E + Send + 'static,
        gap: fn(Gap) -> E,
    ) -> Result<Response, Refusal> {
        let timeline = Timeline::new(self.app.start, every, kept);
        let seen = self.last_number()?;
        Ok(self.respond(Sse::variants(timeline.after(seen, event, gap))))
    }

    /// The response that carries this.
    pub(crate) fn respond(self, sse: impl Into<Sse>) -> Response {
        let drain = &self.app.drain;
        let sse = sse.into().keep_alive(self.keep_alive).seat(self.seat).drain(drain);
        let sse = self.reconnection_time.into_iter().fold(sse, Sse::reconnection_time);
        let (line, drain) = (self.line, drain.clone());
        sse.into_response().map(|body| wire(body, line, drain))
    }
}
