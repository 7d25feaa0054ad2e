//! The answer that is a stream of events.

use std::any::Any;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_core::Stream;
use typed_eventsource::protocol::encode;

use crate::writes::{Blocks, OnError, writes};
use crate::{Drain, IntoItem, Item, KeepAlive, Refusal, Seat, SseError};

/// The headers of an event stream. They keep caches and proxies from holding it back.
pub const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
    // With `no-cache` Chromium wakes the page for each piece; with `no-store` it leaves together what nobody reads yet.
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

/// A response that is a stream of events.
///
/// ```
/// use futures_util::{Stream, stream};
/// use serde::Serialize;
/// use typed_eventsource_axum::{Item, Sse};
///
/// /// Plain data, all of one event type.
/// async fn heart_rate() -> Sse {
///     Sse::of_type("heartRate", stream::iter([72, 75]))
/// }
///
/// /// Items, each with what it needs.
/// async fn ticks() -> Sse {
///     Sse::new(stream::iter((1..=3).map(|n| Item::new(n).event_type("tick").id(n))))
/// }
///
/// #[derive(Serialize)]
/// #[serde(rename_all = "camelCase")]
/// enum Job {
///     Progress(u8),
///     Done,
/// }
///
/// /// An enum, whose variant is the event type.
/// async fn job() -> Sse {
///     Sse::variants(stream::iter([Job::Progress(50), Job::Done]))
/// }
/// ```
///
/// The response begins with a comment, since Firefox shows none before its first byte, and a comment fills each silence of
/// 15 seconds ([`keep_alive`](Self::keep_alive)). The stream is polled when the client can take more, and dropped when it
/// leaves. When the stream ends, so does the response; the client reconnects after that, as the standard says.
///
/// A stream must be `Send`, and live as long as its response: it cannot borrow from the request.
#[must_use = "a response does nothing until it is returned from a handler"]
pub struct Sse {
    blocks: Blocks,
    pub(crate) keep_alive: KeepAlive,
    pub(crate) reconnection_time: Option<Duration>,
    pub(crate) drain: Option<Drain>,
    pub(crate) on_error: Option<OnError>,
    seat: Option<Seat>,
}

impl Sse {
    /// Answers with these items: plain data are events of the type `message`, and an [`Item`] says what it is.
    pub fn new<I: IntoItem + 'static>(items: impl Stream<Item = I> + Send + 'static) -> Self {
        Self::encoded(items, |item| {
            let item = item.into_item();
            item.encode().map_err(|error| SseError::encode(item.declared_type().unwrap_or("message"), error))
        })
    }

    /// Answers with events of one type.
    ///
    /// # Panics
    ///
    /// If the type contains CR or LF, which would end its line.
    pub fn of_type<I: IntoItem + 'static>(
        event_type: impl Into<Cow<'static, str>>,
        items: impl Stream<Item = I> + Send + 'static,
    ) -> Self {
        let event_type = event_type.into();
        assert!(!event_type.contains(['\r', '\n']), "the event type {event_type:?} contains CR or LF");
        Self::encoded(items, move |item| {
            let item = item.into_item().event_type(event_type.clone());
            item.encode().map_err(|error| SseError::encode(&event_type, error))
        })
    }

    /// Answers with values of a serde enum, or with [`Item`]s of them: the variant is the event type, its content the data.
    pub fn variants<I: IntoItem + 'static>(items: impl Stream<Item = I> + Send + 'static) -> Self {
        Self::encoded(items, encode_variant)
    }

    /// As [`new`](Self::new), with items that may fail. A failure breaks the response off, so that the client reconnects.
    pub fn try_new<I: IntoItem + 'static, E: Into<Box<dyn Error + Send + Sync>> + 'static>(
        items: impl Stream<Item = Result<I, E>> + Send + 'static,
    ) -> Self {
        Self::encoded(items, |item| {
            let item = item.map_err(|error| SseError::Stream(error.into()))?.into_item();
            item.encode().map_err(|error| SseError::encode(item.declared_type().unwrap_or("message"), error))
        })
    }

    /// As [`variants`](Self::variants), with items that may fail. A failure breaks the response off, so that the client reconnects.
    pub fn try_variants<I: IntoItem + 'static, E: Into<Box<dyn Error + Send + Sync>> + 'static>(
        items: impl Stream<Item = Result<I, E>> + Send + 'static,
    ) -> Self {
        Self::encoded(items, |item| encode_variant(item.map_err(|error| SseError::Stream(error.into()))?))
    }

    fn encoded<I: 'static>(
        items: impl Stream<Item = I> + Send + 'static,
        encode: impl FnMut(I) -> Result<String, SseError> + Send + 'static,
    ) -> Self {
        Self::of_blocks(Encoded { items: Box::pin(items), encode: Box::new(encode), is_over: false })
    }

    pub(crate) fn of_blocks(blocks: impl Stream<Item = Result<Bytes, SseError>> + Send + 'static) -> Self {
        Self {
            blocks: Box::pin(blocks),
            keep_alive: KeepAlive::default(),
            reconnection_time: None,
            drain: None,
            on_error: None,
            seat: None,
        }
    }

    /// Sets what fills silence. Default: a comment each 15 seconds.
    pub fn keep_alive(self, keep_alive: KeepAlive) -> Self {
        Self { keep_alive, ..self }
    }

    /// Says first how long the client waits before it reconnects.
    pub fn reconnection_time(self, time: Duration) -> Self {
        Self { reconnection_time: Some(time), ..self }
    }

    /// Ends the stream in its turn when the server stops.
    pub fn drain(self, drain: &Drain) -> Self {
        Self { drain: Some(drain.clone()), ..self }
    }

    /// Keeps a seat until the stream has ended.
    pub fn seat(self, seat: Seat) -> Self {
        Self { seat: Some(seat), ..self }
    }

    /// Calls a function with the error that breaks the response off, for a log. The client sees a broken connection only.
    pub fn on_error(self, report: impl FnOnce(&SseError) + Send + 'static) -> Self {
        Self { on_error: Some(Box::new(report)), ..self }
    }
}

fn encode_variant<I: IntoItem>(item: I) -> Result<String, SseError> {
    let item: Item<I::Data> = item.into_item();
    item.encode_variant().map_err(|(event_type, error)| SseError::encode(&event_type, error))
}

/// Items, encoded one after the other until one fails.
struct Encoded<I> {
    items: Pin<Box<dyn Stream<Item = I> + Send>>,
    encode: Box<dyn FnMut(I) -> Result<String, SseError> + Send>,
    is_over: bool,
}

impl<I> Stream for Encoded<I> {
    type Item = Result<Bytes, SseError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let Self { items, encode, is_over } = &mut *self;
        // `Serialize` is the application's code, too. Unwinding on would harm other streams of the same connection.
        let polled = caught(|| items.as_mut().poll_next(context).map(|item| item.map(encode)));
        let next = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(next)) => next,
            Err(error) => Some(Err(error)),
        };
        *is_over = !matches!(next, Some(Ok(_)));
        Poll::Ready(next.map(|block| block.map(Bytes::from)))
    }
}

fn caught<T>(run: impl FnOnce() -> T) -> Result<T, SseError> {
    // What has panicked is not used again.
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| SseError::Panicked(message(&*payload)))
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message").to_owned()
}

impl fmt::Debug for Sse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { blocks: _, keep_alive, reconnection_time, drain, on_error: _, seat } = self;
        f.debug_struct("Sse")
            .field("keep_alive", keep_alive)
            .field("reconnection_time", reconnection_time)
            .field("drain", drain)
            .field("seat", seat)
            .finish_non_exhaustive()
    }
}

impl IntoResponse for Sse {
    fn into_response(self) -> Response {
        let Self { blocks, keep_alive, reconnection_time, drain, on_error, seat } = self;
        let place = match drain.map(|drain| drain.place()) {
            Some(None) => {
                let sentence = "the server is stopping: try again later";
                let refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(1);
                return refusal.into_response();
            }
            place => place.flatten(),
        };
        let first = reconnection_time.map_or_else(|| encode::comment(""), encode::retry);
        let writes = writes(first.into(), blocks, keep_alive, place, on_error, seat);
        (HEADERS, Body::from_stream(writes)).into_response()
    }
}
