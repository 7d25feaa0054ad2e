//! A stream of bytes → a stream of events, for programs that are no browser.
//!
//! [`EventStream`] wraps the body of a response, as an HTTP client gives it, and yields owned events. It reads
//! one connection and reestablishes none: [`Connection`](super::connection::Connection) decides that.
//!
//! ```
//! # use futures_util::{FutureExt, stream};
//! use futures_util::StreamExt;
//! use serde::Deserialize;
//! use typed_eventsource::protocol::stream::EventStream;
//!
//! #[derive(Debug, Deserialize, PartialEq)]
//! #[serde(rename_all = "camelCase")]
//! enum Orders {
//!     HeartRate(u32),
//! }
//!
//! # async fn read() -> Result<(), Box<dyn std::error::Error>> {
//! # let body = stream::iter([Ok::<_, std::io::Error>("event: heartRate\nid: 7\nda"), Ok("ta: 61\n\ndata: unfini")]);
//! let mut events = EventStream::new(body); // such as reqwest's `response.bytes_stream()`
//! while let Some(event) = events.next().await {
//!     assert_eq!(event?.decode_variant::<Orders>()?, Orders::HeartRate(61));
//! }
//! assert_eq!(events.last_event_id(), "7"); // where the next connection resumes
//! # Ok(())
//! # }
//! # read().now_or_never().expect("a stream that never waits")?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use alloc::borrow::Cow;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;

use futures_core::stream::{FusedStream, Stream, TryStream};
use serde::de::DeserializeOwned;

use super::decode::{self, DecodeError};
use super::parser::{EventTooLarge, Parser};
use super::state::Cause;

/// The events of one response, read from its chunks: any `Stream<Item = Result<C, E>>` whose `C` is `AsRef<[u8]>`.
///
/// It ends with the chunks, or after the first error. [As the standard has it][spec], an event that is unfinished then
/// is dropped.
///
/// One chunk is held at a time, and parsed as its events are asked for: no event is read ahead. A stream that is not
/// `Unpin` goes in as `Box::pin(chunks)`, or pinned by `pin!`.
///
/// [spec]: https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
pub struct EventStream<S: TryStream> {
    /// Let go of at the end, and with it of the connection.
    chunks: Option<S>,
    /// The chunk that still has something to parse, and how much of it is parsed.
    chunk: Option<(S::Ok, usize)>,
    parser: Parser,
    /// Those of the event before: most have the same type, and many no id of their own.
    event_type: Arc<str>,
    last_event_id: Arc<str>,
    id_generation: u32,
}

impl<S> EventStream<S>
where
    S: TryStream,
    S::Ok: AsRef<[u8]>,
{
    /// The events of a first connection, with the empty last event ID.
    pub fn new(chunks: S) -> Self {
        Self::with_last_event_id(chunks, String::new())
    }

    /// The events of a connection that resumes from `id`, which then also is the last event ID of the events before
    /// the server sends another.
    ///
    /// The caller makes the next request, and sends this id in it as the header `Last-Event-ID`.
    pub fn with_last_event_id(chunks: S, id: impl Into<String>) -> Self {
        let parser = Parser::with_last_event_id(id);
        Self {
            chunks: Some(chunks),
            chunk: None,
            event_type: "message".into(),
            last_event_id: parser.last_event_id().into(),
            id_generation: parser.id_generation(),
            parser,
        }
    }

    /// Sets how large an event may get, in bytes, as in [`Parser::event_limit`]. The default is
    /// [`DEFAULT_EVENT_LIMIT`](super::parser::DEFAULT_EVENT_LIMIT), 16 MiB.
    #[must_use]
    pub fn event_limit(mut self, bytes: usize) -> Self {
        self.parser = self.parser.event_limit(bytes);
        self
    }

    /// The last event ID string: that of the event yielded last or, once the stream was waited for again, of a block
    /// without data after it. It stays readable after the end, and is where the next connection resumes.
    #[must_use]
    pub fn last_event_id(&self) -> Cow<'_, str> {
        self.parser.last_event_id()
    }

    /// The reconnection time the server last asked for, as far as the stream was read; `None` if it did not. It stays
    /// readable after the end.
    #[must_use]
    pub fn reconnection_time(&self) -> Option<Duration> {
        self.parser.reconnection_time()
    }

    /// The next event of the chunk at hand, which goes when there is nothing more in it.
    fn parse(&mut self) -> Option<Result<Event, EventTooLarge>> {
        let (chunk, parsed) = self.chunk.take()?;
        let bytes = chunk.as_ref();
        let mut events = self.parser.feed(bytes.get(parsed..).unwrap_or_default());
        let event = match events.next_bytes()? {
            Ok(event) => {
                if self.id_generation != event.id_generation {
                    self.id_generation = event.id_generation;
                    self.last_event_id = String::from_utf8_lossy(event.last_event_id).into();
                }
                let event_type = String::from_utf8_lossy(event.event_type);
                if *self.event_type != *event_type {
                    self.event_type = event_type.into();
                }
                Ok(Event {
                    event_type: Arc::clone(&self.event_type),
                    last_event_id: Arc::clone(&self.last_event_id),
                    data: String::from_utf8_lossy(event.data).into_owned(),
                })
            }
            Err(error) => Err(error),
        };
        let parsed = bytes.len() - events.pause().len();
        if parsed < bytes.len() {
            self.chunk = Some((chunk, parsed));
        }
        Some(event)
    }

    fn end(&mut self) {
        self.chunks = None;
        self.chunk = None;
    }
}

impl<S> Stream for EventStream<S>
where
    S: TryStream + Unpin,
    S::Ok: AsRef<[u8]>,
{
    type Item = Result<Event, StreamError<S::Error>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            match this.parse() {
                Some(Ok(event)) => return Poll::Ready(Some(Ok(event))),
                Some(Err(error)) => {
                    this.end();
                    return Poll::Ready(Some(Err(StreamError::EventTooLarge(error))));
                }
                None => {}
            }
            let Some(chunks) = &mut this.chunks else { return Poll::Ready(None) };
            match ready!(Pin::new(chunks).try_poll_next(cx)) {
                Some(Ok(chunk)) => this.chunk = Some((chunk, 0)),
                Some(Err(error)) => {
                    this.end();
                    return Poll::Ready(Some(Err(StreamError::Body(error))));
                }
                // [spec] Once the end of the file is reached, any pending data must be discarded. (If the file ends
                // in the middle of an event, before the final empty line, the incomplete event is not dispatched.)
                None => {
                    this.end();
                    return Poll::Ready(None);
                }
            }
        }
    }
}

impl<S> FusedStream for EventStream<S>
where
    S: TryStream + Unpin,
    S::Ok: AsRef<[u8]>,
{
    fn is_terminated(&self) -> bool {
        self.chunks.is_none()
    }
}

/// The chunk is never pinned, so it need not be `Unpin`.
impl<S: TryStream + Unpin> Unpin for EventStream<S> {}

impl<S: TryStream> fmt::Debug for EventStream<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("last_event_id", &self.parser.last_event_id())
            .field("reconnection_time", &self.parser.reconnection_time())
            .field("ended", &self.chunks.is_none())
            .finish_non_exhaustive()
    }
}

/// An event as it was received, its data not decoded yet.
///
/// Type and id are shared between the events of a stream: cloning an event copies its data only.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// The event type, `message` where the stream names none.
    pub event_type: Arc<str>,
    /// The data: the values of the block's `data` lines with a line feed between them.
    pub data: String,
    /// The last event ID as of this event: its own, or that of the last block that had one.
    pub last_event_id: Arc<str>,
}

impl Event {
    /// The data as a `T`: JSON, or the raw string if `T` is a [`Text`](super::event::Text).
    ///
    /// # Errors
    ///
    /// If the data is no JSON, or not the JSON of a `T`.
    pub fn decode_data<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        decode::data(&self.data)
    }

    /// The event as a serde enum: the variant is the event type, its content the data; see [`decode::variant`].
    ///
    /// # Errors
    ///
    /// If no variant has the event type, if the data is not the content of its variant, or if `E` is not an externally
    /// tagged enum.
    pub fn decode_variant<E: DeserializeOwned>(&self) -> Result<E, DecodeError> {
        decode::variant(&self.event_type, &self.data)
    }
}

/// Why an [`EventStream`] ended before its response did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamError<E> {
    /// An event went over the limit. The events after it cannot be told apart from its rest.
    EventTooLarge(EventTooLarge),
    /// The chunks ended with an error of their own.
    Body(E),
}

impl<E> StreamError<E> {
    /// Whether another connection may help: after a broken one it may, while a server that sends too large an event
    /// would send it again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Body(_))
    }
}

impl<E: fmt::Display> fmt::Display for StreamError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EventTooLarge(error) => fmt::Display::fmt(error, f),
            Self::Body(error) => write!(f, "the connection broke: {error}"),
        }
    }
}

impl<E: core::error::Error + 'static> core::error::Error for StreamError<E> {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::EventTooLarge(_) => None,
            Self::Body(error) => Some(error),
        }
    }
}

/// The report of it for a [`Connection`](super::connection::Connection).
impl<E: fmt::Display> From<StreamError<E>> for Cause {
    fn from(error: StreamError<E>) -> Self {
        match error {
            StreamError::EventTooLarge(EventTooLarge { limit }) => Self::EventTooLarge { limit },
            StreamError::Body(error) => Self::Network { message: error.to_string() },
        }
    }
}
