//! One event on its way to a client.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;
use typed_eventsource::protocol::encode::{self, EncodeError};
use typed_eventsource::protocol::event::ServerSentEvent;

use crate::EventId;

/// Data with what an event has beside it: an event type, an event ID, a reconnection time.
///
/// ```
/// use std::time::Duration;
/// use typed_eventsource_axum::Item;
///
/// let item = Item::new(72).event_type("heartRate").id(9).reconnection_time(Duration::from_secs(2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item<T>(ServerSentEvent<T>);

impl<T> Item<T> {
    /// An event with this data, of the type `message`, without an ID.
    pub fn new(data: T) -> Self {
        Self(ServerSentEvent::new(data))
    }

    /// Sets the event type, which decides the listeners that the event reaches. For the items of
    /// [`Sse::variants`](crate::Sse::variants) the variant decides, and this is not used.
    ///
    /// # Panics
    ///
    /// If the type contains CR or LF, which would end its line. Types come from the program, not from its users.
    #[must_use]
    pub fn event_type(self, event_type: impl Into<Cow<'static, str>>) -> Self {
        Self(self.0.event_type(event_type))
    }

    /// Sets the ID, which the client sends back as `Last-Event-ID` when it reconnects: a number, or any text as
    /// `EventId::try_from(text)?`.
    #[must_use]
    pub fn id(self, id: impl Into<EventId>) -> Self {
        Self(self.0.id(id))
    }

    /// Sets how long the client waits before it reconnects, from now on. It travels in whole milliseconds.
    #[must_use]
    pub fn reconnection_time(self, time: Duration) -> Self {
        Self(self.0.reconnection_time(time))
    }
}

/// What a stream of events may consist of: plain data, or [`Item`]s.
pub trait IntoItem {
    /// The data of the event.
    type Data: Serialize;

    /// The event.
    fn into_item(self) -> Item<Self::Data>;
}

impl<T: Serialize> IntoItem for T {
    type Data = T;

    fn into_item(self) -> Item<T> {
        Item::new(self)
    }
}

impl<T: Serialize> IntoItem for Item<T> {
    type Data = T;

    fn into_item(self) -> Self {
        self
    }
}

impl<T: Serialize> Item<T> {
    /// The block of an event stream, where the data decide nothing but themselves.
    pub(crate) fn encode(&self) -> Result<String, EncodeError> {
        self.0.encode()
    }

    /// The block, where the data are a serde enum whose variant is the event type. An error comes with the event type; with
    /// none if the data are no such enum.
    pub(crate) fn encode_variant(self) -> Result<String, (String, EncodeError)> {
        let variant = encode::variant(&self.0.data).map_err(|error| {
            let event_type = match error {
                EncodeError::Content { event_type, .. } => event_type,
                _ => "",
            };
            (event_type.to_owned(), error)
        })?;
        let event_type = variant.declared_type().unwrap_or_default().to_owned();
        let event = self.0.map(|_| variant.data).event_type(event_type.clone());
        event.encode().map_err(|error| (event_type, error))
    }

    pub(crate) fn declared_type(&self) -> Option<&str> {
        self.0.declared_type()
    }
}
