//! What fills silence, so that no proxy and no watchdog takes it for death.

use std::time::Duration;

use axum::body::Bytes;
use typed_eventsource::protocol::encode;
use typed_eventsource::protocol::event::{ServerSentEvent, Text};

/// A comment or an event that fills the silence of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepAlive {
    pub(crate) every: Option<Duration>,
    pub(crate) block: Bytes,
}

impl KeepAlive {
    /// A comment, which every client reads over. A time of less than a millisecond counts as one.
    #[must_use]
    pub fn comments(every: Duration) -> Self {
        Self { every: bounded(every), block: encode::comment("keep-alive").into() }
    }

    /// An event without an ID, with the data `1`. A browser's `EventSource` shows no comments, so a client that watches
    /// over silence needs one: `connect()` calls it `heartbeat`.
    ///
    /// # Panics
    ///
    /// If the event type contains CR or LF.
    #[must_use]
    pub fn events(every: Duration, event_type: &'static str) -> Self {
        let event = ServerSentEvent::new(Text::from("1")).event_type(event_type);
        Self { every: bounded(every), block: event.encode().unwrap_or_default().into() }
    }

    /// Nothing. A stream that is silent for longer than the proxies on its way allow is cut.
    #[must_use]
    pub fn off() -> Self {
        Self { every: None, block: Bytes::new() }
    }
}

/// A time that a timer can take; for ever is none.
fn bounded(every: Duration) -> Option<Duration> {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);
    (every < LONGEST).then_some(every.max(Duration::from_millis(1)))
}

/// A comment each 15 seconds, as the HTML standard advises.
impl Default for KeepAlive {
    fn default() -> Self {
        Self::comments(Duration::from_secs(15))
    }
}
