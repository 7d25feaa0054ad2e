//! The blocks that event streams are made of.

use std::time::Duration;

use axum::body::Bytes;
use serde::Serialize;
use typed_eventsource::protocol::encode::{self, EncodeError};
use typed_eventsource::protocol::event::ServerSentEvent;

/// One block of an event stream, encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) bytes: Bytes,
    /// Whether it is an event with an id: those a client can miss and notice.
    pub(crate) has_id: bool,
}

impl Block {
    /// A variant of a serde enum, which names the event type, with an id.
    pub(crate) fn event<E: Serialize>(event: &E, id: u64) -> Result<Self, EncodeError> {
        Self::encode(&encode::variant(event)?.id(id), true)
    }

    /// A variant of a serde enum, without an id.
    pub(crate) fn event_without_id<E: Serialize>(event: &E) -> Result<Self, EncodeError> {
        Self::encode(&encode::variant(event)?, false)
    }

    /// An event of the type `message`, with an id.
    pub(crate) fn message<T: Serialize>(data: T, id: u64) -> Result<Self, EncodeError> {
        Self::encode(&ServerSentEvent::new(data).id(id), true)
    }

    pub(crate) fn comment(text: &str) -> Self {
        Self { bytes: encode::comment(text).into(), has_id: false }
    }

    pub(crate) fn reconnection_time(time: Duration) -> Self {
        Self { bytes: encode::retry(time).into(), has_id: false }
    }

    fn encode<T: Serialize>(event: &ServerSentEvent<T>, has_id: bool) -> Result<Self, EncodeError> {
        Ok(Self { bytes: event.encode()?.into(), has_id })
    }
}

impl From<&'static str> for Block {
    fn from(block: &'static str) -> Self {
        let has_id = block.lines().any(|line| line.starts_with("id"));
        Self { bytes: Bytes::from_static(block.as_bytes()), has_id }
    }
}
