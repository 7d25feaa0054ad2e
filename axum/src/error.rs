//! Why a stream of events breaks off.

use std::error::Error;
use std::fmt;

use crate::EncodeError;

/// Why a stream of events broke off. The client sees a broken connection, and reconnects.
#[derive(Debug)]
#[non_exhaustive]
pub enum SseError {
    /// An event could not be encoded. Nothing of it was sent.
    Encode {
        /// The type of the event, as far as it is known.
        event_type: String,
        /// What is wrong with it.
        error: EncodeError,
    },
    /// The stream of items gave an error.
    Stream(Box<dyn Error + Send + Sync>),
    /// The stream of items, or the encoding of one, has panicked.
    Panicked(String),
}

impl SseError {
    pub(crate) fn encode(event_type: &str, error: EncodeError) -> Self {
        Self::Encode { event_type: event_type.to_owned(), error }
    }
}

impl fmt::Display for SseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Encode { event_type, error } => {
                write!(f, "an event of the type {event_type:?} could not be encoded: {error}")
            }
            Self::Stream(error) => write!(f, "the stream of items failed: {error}"),
            Self::Panicked(message) => write!(f, "the stream of items panicked: {message}"),
        }
    }
}

impl Error for SseError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Encode { error, .. } => Some(error),
            Self::Stream(error) => Some(&**error),
            Self::Panicked(_) => None,
        }
    }
}
