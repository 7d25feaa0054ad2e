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
    /// An event without last event ID and origin: what a test gives a handler.
    ///
    /// ```
    /// use typed_eventsource::Event;
    ///
    /// let mut event = Event::new("heartRate", 72);
    /// event.last_event_id = "9".into();
    /// ```
    pub fn new(event_type: impl Into<Arc<str>>, data: T) -> Self {
        Self { event_type: event_type.into(), data, last_event_id: "".into(), origin: "".into() }
    }

    /// The same event with other data.
    pub fn map<U>(self, data: impl FnOnce(T) -> U) -> Event<U> {
        let Self { event_type, data: old, last_event_id, origin } = self;
        Event { event_type, data: data(old), last_event_id, origin }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn other_data_leaves_the_rest_of_an_event_as_it_is() {
        let mut event = Event::new("heartRate", 72);
        event.last_event_id = "9".into();
        event.origin = "http://127.0.0.1".into();
        let text = event.clone().map(|rate| rate.to_string());
        assert_eq!((&*text.event_type, &*text.data), ("heartRate", "72"));
        assert_eq!((text.last_event_id, text.origin), (event.last_event_id, event.origin));
    }
}
