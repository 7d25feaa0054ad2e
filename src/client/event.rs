use std::sync::Arc;

/// One event, decoded.
///
/// The strings are shared between the events of a stream: cloning an event does not copy them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event<T> {
    /// The event type, `message` where the stream names none.
    pub event_type: Arc<str>,
    /// The data.
    pub data: T,
    /// The last event ID as of this event: its own, or that of the last event that had one.
    pub last_event_id: Arc<str>,
    /// The origin of the stream's final URL.
    pub origin: Arc<str>,
}

impl<T> Event<T> {
    /// The same event with other data.
    pub fn map<U>(self, data: impl FnOnce(T) -> U) -> Event<U> {
        let Self { event_type, data: old, last_event_id, origin } = self;
        Event { event_type, data: data(old), last_event_id, origin }
    }
}
