use core::fmt;
use std::borrow::Cow;

use super::Event;
use crate::protocol::decode::DecodeError;

/// Why a source cannot be opened, or a subscription not be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The URL cannot be parsed.
    Url {
        /// As it was given.
        url: String,
        /// What the browser says about it.
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

/// An event whose data is not what the subscription expects. The stream goes on.
#[derive(Debug)]
#[non_exhaustive]
pub struct Undecoded {
    /// The event, its data as it came.
    pub event: Event<String>,
    /// What is wrong with it.
    pub cause: DecodeError,
}

impl fmt::Display for Undecoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Event { event_type, last_event_id, .. } = &self.event;
        write!(f, "cannot decode event {event_type:?} (last event id {last_event_id:?}): {}", self.cause)
    }
}

impl std::error::Error for Undecoded {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// What a subscription's stream yields in place of an event. The stream goes on.
#[derive(Debug)]
#[non_exhaustive]
pub enum SubscriptionError {
    /// An event whose data is not what the subscription expects.
    Decode(Undecoded),
    /// The subscriber was slower than the stream, and its queue was full.
    Lagged {
        /// How many events, the oldest ones, were dropped.
        dropped: u64,
    },
}

impl fmt::Display for SubscriptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Decode(undecoded) => write!(f, "{undecoded}"),
            Self::Lagged { dropped } => write!(
                f,
                "the subscriber lagged behind and {dropped} events were dropped: read faster or raise the buffer"
            ),
        }
    }
}

impl std::error::Error for SubscriptionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Decode(undecoded) => Some(&undecoded.cause),
            Self::Lagged { .. } => None,
        }
    }
}
