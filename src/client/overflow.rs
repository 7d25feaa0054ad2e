use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use super::bounded::Policy;
use crate::protocol::parser::Event;

/// What happens when more waits for a reader than [`Builder::buffer`](super::Builder::buffer) allows.
///
/// Nothing is dropped from a reader before it had a turn. Dropped events count as processed when their reader has been
/// told, and [`Events::dropped`](super::Events::dropped) counts them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Overflow {
    /// Over fetch [`Backpressure`](Self::Backpressure); over the browser's EventSource, which cannot be held back,
    /// [`DropOldest`](Self::DropOldest). The default, for 30 s.
    Auto {
        /// How long a reader that takes nothing may hold the stream back. 30 s in [`Overflow::auto`].
        hold: Duration,
    },
    /// The oldest events are dropped.
    DropOldest,
    /// The newest events are dropped.
    DropNewest,
    /// An event takes the place in the queue of an older one with the same key, whether the limit is reached or not. The
    /// older one counts as dropped, but is not told as [`Lagged`](super::SubscriptionError::Lagged). Beyond the limit the
    /// oldest events are dropped.
    LatestByKey(Key),
    /// The source is closed for the reason [`CloseReason::Overflow`](crate::CloseReason::Overflow).
    Error,
    /// The source is read no further until there is room, so that the server has to wait. Events that have been read
    /// already are queued beyond the limit. Needs the fetch transport.
    ///
    /// A reader that takes nothing holds up the others, too: after `hold` it loses its oldest events, until it reads
    /// again.
    Backpressure {
        /// How long a reader that takes nothing may hold the stream back. 30 s in [`Overflow::backpressure`].
        hold: Duration,
    },
}

/// How long a reader may hold the stream back, unless that is said.
const HOLD: Duration = Duration::from_secs(30);

impl Default for Overflow {
    fn default() -> Self {
        Self::auto()
    }
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

    /// [`Auto`](Self::Auto) for 30 s.
    pub const fn auto() -> Self {
        Self::Auto { hold: HOLD }
    }

    /// [`Backpressure`](Self::Backpressure) for 30 s.
    pub const fn backpressure() -> Self {
        Self::Backpressure { hold: HOLD }
    }

    pub(super) fn policy(&self) -> Policy {
        match self {
            Self::DropOldest => Policy::DropOldest,
            Self::DropNewest => Policy::DropNewest,
            Self::LatestByKey(_) => Policy::Latest,
            Self::Error => Policy::Refuse,
            Self::Auto { hold } | Self::Backpressure { hold } => Policy::Hold(*hold),
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
