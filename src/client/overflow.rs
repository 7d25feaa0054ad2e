use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::bounded::Policy;
use crate::protocol::parser::Event;

/// What happens when a stream's queue is full, whose limit [`Builder::buffer`](super::Builder::buffer) sets.
///
/// Dropped events count as processed, and [`Events::dropped`](super::Events::dropped) counts them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub enum Overflow {
    /// The oldest events are dropped. The default.
    #[default]
    DropOldest,
    /// The newest events are dropped.
    DropNewest,
    /// An event takes the place in the queue of an older one with the same key, which counts as dropped; this is not
    /// told as [`Lagged`](super::SubscriptionError::Lagged). Where more keys than places come, the oldest event is
    /// dropped.
    LatestByKey(Key),
    /// The source is closed for the reason [`CloseReason::Overflow`](crate::CloseReason::Overflow).
    Error,
    /// The source is read no further until there is room, so that the server has to wait. What has been read already is
    /// queued beyond the limit. Needs the fetch transport.
    ///
    /// A stream that is not read at all holds the others up: after `hold` it drops its oldest events, until somebody
    /// reads it again.
    Backpressure {
        /// How long nothing may be read. 30 s in [`Overflow::backpressure`].
        hold: Duration,
    },
}

impl Overflow {
    /// [`LatestByKey`](Self::LatestByKey) with the key that this function gives for an event, not decoded yet.
    ///
    /// ```
    /// # use typed_eventsource::{Overflow, TypedEventSource};
    /// // Of each order only the newest update waits.
    /// let latest = Overflow::latest_by_key(|event| event.last_event_id.split('/').next().unwrap_or_default().into());
    /// let builder = TypedEventSource::connect("/orders/stream").overflow(latest);
    /// ```
    pub fn latest_by_key(key: impl Fn(&Event<'_>) -> String + 'static) -> Self {
        Self::LatestByKey(Key(Some(Rc::new(key))))
    }

    /// [`Backpressure`](Self::Backpressure) for 30 s.
    pub const fn backpressure() -> Self {
        Self::Backpressure { hold: Duration::from_secs(30) }
    }

    pub(super) fn policy(&self) -> Policy {
        match self {
            Self::DropOldest => Policy::DropOldest,
            Self::DropNewest => Policy::DropNewest,
            Self::LatestByKey(_) => Policy::Latest,
            Self::Error => Policy::Refuse,
            Self::Backpressure { hold } => Policy::Hold(*hold),
        }
    }

    /// What tells events apart, where that matters.
    pub(super) fn key(&self) -> Option<&Key> {
        match self {
            Self::LatestByKey(key) => Some(key),
            _ => None,
        }
    }
}

/// What tells events apart of which only the newest is wanted. Default: the event type.
#[derive(Clone, Default)]
pub struct Key(Option<Rc<KeyFn>>);

type KeyFn = dyn Fn(&Event<'_>) -> String;

impl Key {
    pub(super) fn of(&self, event: &Event<'_>) -> String {
        self.0.as_ref().map_or_else(|| event.event_type.to_owned(), |key| key(event))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").finish_non_exhaustive()
    }
}
