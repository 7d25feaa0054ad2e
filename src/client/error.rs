use core::fmt;
use std::borrow::Cow;

use super::event::Event;
use crate::batch::Gap;
use crate::protocol::decode::DecodeError;
use crate::protocol::state::{Cause, CloseReason};

/// Why a source cannot be opened, or a subscription not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL cannot be parsed.
    Url {
        /// As it was given.
        url: String,
        /// The browser's message.
        message: String,
    },
    /// There is no browser: the program was compiled for another target than wasm.
    NoBrowser,
    /// Options that contradict each other, or that no request can have.
    Options(Cow<'static, str>),
    /// The type is no enum whose variants can name event types.
    Variants(DecodeError),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, message } => write!(f, "invalid url {url:?}: {message}"),
            Self::NoBrowser => f.write_str(
                "event sources open in a browser only: on the server, render without one \
                 and open it when the page runs",
            ),
            Self::Options(why) => f.write_str(why),
            Self::Variants(error) => write!(
                f,
                "the type cannot be routed by event type: {error}; for one event type there is `subscribe`"
            ),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Variants(error) => Some(error),
            _ => None,
        }
    }
}

/// An event whose data is not of the type that the subscription expects. The stream goes on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecoded {
    /// The event, its data as it came.
    pub event: Event<String>,
    /// The decoder's error.
    pub cause: DecodeError,
    /// How many more events could not be decoded after this one, and get no error of their own: for handlers, one a
    /// second is told. Always 0 in a stream, which has each of them.
    pub more: u64,
}

impl fmt::Display for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { event_type, last_event_id, .. } = &self.event;
        write!(f, "cannot decode event {event_type:?} (last event id {last_event_id:?}): {}", self.cause)?;
        if self.more > 0 { write!(f, "; and {} more events after it", self.more) } else { Ok(()) }
    }
}

impl std::error::Error for Undecoded {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// A subscription's stream yields this in place of an event. The stream goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// An event whose data is not of the type that the subscription expects.
    Decode(Undecoded),
    /// The subscriber was slower than the stream, and its queue was full.
    Lagged {
        /// How many events were dropped at this place.
        dropped: u64,
    },
    /// The queue was full, and [`Overflow::Error`](super::Overflow::Error) has closed the source. The end of the
    /// stream.
    Overflow,
    /// The source is closed for this failure: the events before it may not be all. The end of the stream.
    Failed(Cause),
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(undecoded) => write!(f, "{undecoded}"),
            Self::Lagged { dropped } => write!(
                f,
                "the subscriber lagged behind and {dropped} events were dropped: read faster or raise the buffer"
            ),
            Self::Overflow => f.write_str(
                "the queue was full, which closed the source: read faster, raise the buffer or let it drop events",
            ),
            Self::Failed(cause) => write!(f, "{cause}"),
        }
    }
}

impl std::error::Error for SubscriptionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decode(undecoded) => Some(&undecoded.cause),
            Self::Failed(cause) => Some(cause),
            Self::Lagged { .. } | Self::Overflow => None,
        }
    }
}

/// A failure outside of the streams of events: see [`TypedEventSource::errors`](super::TypedEventSource::errors).
/// The source goes on, but for [`Closed`](Self::Closed).
#[derive(Debug)]
#[non_exhaustive]
pub enum Failure {
    /// A handler could not be given an event: its data is not of the type that the handler expects. The first one is told at
    /// once, then one a second, which [says](Undecoded::more) how many more there were.
    Decode(Undecoded),
    /// A gap that nobody reads [`gaps`](super::TypedEventSource::gaps) for.
    Gap(Gap),
    /// The storage of [`Builder::persist`](super::Builder::persist) failed, or has something else than this crate stores.
    Persist {
        /// The failure in a sentence.
        message: String,
    },
    /// An event was not processed for so long that the [cursor](super::TypedEventSource::cursor) has passed it over.
    Skipped {
        /// The last event ID as of that event.
        last_event_id: String,
    },
    /// After a resume, a known last event ID has come with another event than before: the server rewrites what it
    /// replays, or its log began anew. The event is delivered. This is told once for each connection.
    Reused {
        /// The last event ID.
        last_event_id: String,
    },
    /// A failure has closed the source, and nobody reads its [`states`](super::TypedEventSource::states), which tell of it.
    /// A full queue is told by its own stream.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl Failure {
    /// The code used in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Decode(_) => "decode",
            Self::Gap(_) => "gap",
            Self::Persist { .. } => "persist",
            Self::Skipped { .. } => "skipped",
            Self::Reused { .. } => "id-reused",
            Self::Closed { reason } => reason.cause().map_or(reason.code(), Cause::code),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(undecoded) => write!(f, "{undecoded}"),
            Self::Gap(Gap { asked, got, .. }) => write!(
                f,
                "events are missing: the server was asked to go on after last event id {asked:?} and goes on after \
                 {got:?}; read `gaps` and load what the page shows anew"
            ),
            Self::Persist { message } => f.write_str(message),
            Self::Skipped { last_event_id } => write!(
                f,
                "the event with last event id {last_event_id:?} was not processed, and counts as processed from now \
                 on: look for a handler that panics, or a stream that is not read"
            ),
            Self::Reused { last_event_id } => write!(
                f,
                "last event id {last_event_id:?} came again after a resume, with another event than before, which is \
                 delivered: either the server rewrites what it replays, or its log began anew; load what the page \
                 shows anew, and let the server begin its ids with something new for each log"
            ),
            Self::Closed { reason } => write!(f, "the event source is closed: {reason}"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decode(undecoded) => Some(&undecoded.cause),
            Self::Closed { reason } => reason.cause().map(|cause| cause as _),
            _ => None,
        }
    }
}
