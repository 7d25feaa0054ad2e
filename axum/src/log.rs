//! What was published, as far as it is kept.

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Bytes;
use futures_core::Stream;
use serde::{Deserialize, Serialize};

use crate::EventId;

mod memory;
#[cfg(feature = "redis")]
mod redis;
mod ring;

pub use memory::MemoryLog;
#[cfg(feature = "redis")]
pub use redis::{Redis, RedisLog};

/// How many events a log keeps where nothing else is said.
const EVENTS: NonZeroUsize = NonZeroUsize::new(10_000).unwrap();

/// How many bytes of events a process keeps of a log where nothing else is said.
const BYTES: NonZeroUsize = NonZeroUsize::new(16 * 1024 * 1024).unwrap();

/// Appending, under way.
pub type Appended<'l> = Pin<Box<dyn Future<Output = Result<EventId, LogError>> + Send + 'l>>;

/// An aside, asked for.
pub type Aside<'l> = Pin<Box<dyn Future<Output = Option<Arc<str>>> + Send + 'l>>;

/// An event on its way into a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Its lines, without an ID and without the empty line that ends it.
    pub fields: String,
    /// What is kept with it, and sent to nobody.
    pub aside: Option<String>,
}

impl Entry {
    /// How many bytes it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len() + self.aside.as_ref().map_or(0, String::len)
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What was published, with IDs by which a client resumes.
///
/// IDs are opaque to clients. They carry an *epoch*: when a log is lost and begins anew, an old ID is a gap, and never a
/// wrong position.
pub trait Log: Send + Sync + 'static {
    /// Appends an event, and gives its ID.
    ///
    /// # Errors
    ///
    /// If the log cannot keep it.
    fn append(&self, entry: Entry) -> Appended<'_>;

    /// The events after the one with this ID, and then each new one. Without an ID, the new ones only.
    fn after(&self, last: Option<String>) -> Pin<Box<dyn Stream<Item = Logged> + Send>>;

    /// What was kept with the event of this ID, as long as the event is.
    fn aside(&self, id: String) -> Aside<'_>;
}

/// What a log tells those who follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Logged {
    /// The ID of the newest event, for who asked without one: what is appended after it follows.
    Begin(EventId),
    /// An event, as the block of an event stream with its ID. It is made once, however many follow.
    Event(Bytes),
    /// Some events after that ID are no longer there, or never were.
    Gap(Gap),
    /// Nothing can be told for now; the text says why.
    Trouble(String),
}

/// The data of a `gap` event: what a client asked to resume from is no more, or was never there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The last event ID that the client sent, or after which it lost something.
    pub asked: String,
    /// The oldest ID that follows, if there is one already.
    pub oldest: Option<String>,
}

/// A log could not keep an event.
#[derive(Debug)]
#[non_exhaustive]
pub enum LogError {
    /// The event has more bytes than the log keeps in all.
    TooLarge {
        /// Those of the event.
        bytes: usize,
        /// How many the log keeps.
        limit: usize,
    },
    /// The log is elsewhere, and cannot be reached.
    Unreachable(Box<dyn Error + Send + Sync>),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { bytes, limit } => write!(
                f,
                "the event has {bytes} bytes, and the log keeps {limit}: publish less, or make the log larger"
            ),
            Self::Unreachable(error) => write!(f, "the log cannot be reached: {error}"),
        }
    }
}

impl Error for LogError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TooLarge { .. } => None,
            Self::Unreachable(error) => Some(&**error),
        }
    }
}
