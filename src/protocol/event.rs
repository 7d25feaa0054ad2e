//! The items of an event stream as a server writes them.

use alloc::borrow::Cow;
use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

/// The name by which [`Text`] makes itself known to this crate's serializer and deserializer.
pub(crate) const TEXT: &str = "$typed_eventsource::Text";

/// A [last event ID]: a client sends it back to resume a stream.
///
/// It is a string without CR, LF and NUL: the first two would end the line, and a client ignores an id with the
/// third. The empty string is valid and means "no id": it resets the id that the client remembers.
///
/// ```
/// use typed_eventsource::protocol::event::LastEventId;
///
/// let id = LastEventId::try_from("order-101/4")?;
/// assert_eq!(id.as_str(), "order-101/4");
/// assert!(LastEventId::try_from("two\nlines").is_err());
/// # Ok::<(), typed_eventsource::protocol::event::InvalidLastEventId>(())
/// ```
///
/// [last event ID]: https://html.spec.whatwg.org/multipage/server-sent-events.html#concept-event-stream-last-event-id
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct LastEventId(String);

impl LastEventId {
    /// The id as the client sends it back.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for LastEventId {
    type Error = InvalidLastEventId;

    fn try_from(id: String) -> Result<Self, Self::Error> {
        if id.contains(['\r', '\n', '\0']) { Err(InvalidLastEventId(())) } else { Ok(Self(id)) }
    }
}

impl TryFrom<&str> for LastEventId {
    type Error = InvalidLastEventId;

    fn try_from(id: &str) -> Result<Self, Self::Error> {
        Self::try_from(id.to_owned())
    }
}

/// The decimal digits of a sequence number.
impl From<u64> for LastEventId {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl AsRef<str> for LastEventId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LastEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The string cannot be a [`LastEventId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidLastEventId(());

impl fmt::Display for InvalidLastEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the id contains CR, LF or NUL, which no client would send back: escape them")
    }
}

impl core::error::Error for InvalidLastEventId {}

/// Text that travels as it is, not as JSON.
///
/// Servers mix both: ASP.NET Core, for one, sends strings raw and everything else as JSON. As the whole data of an
/// event (directly, or as the content of an enum variant) a `Text` is the raw text; deeper inside JSON it is a string
/// like any other.
///
/// Lines survive, their ends do not: an event stream knows one line end within data, so CR LF and CR arrive as LF.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename = "$typed_eventsource::Text")]
pub struct Text(pub String);

/// A string whose media type says that it is no JSON.
#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Text {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "contentMediaType": "text/plain" })
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One event on its way to a client: typed data with id, event type and reconnection time.
///
/// ```
/// use std::time::Duration;
/// use typed_eventsource::protocol::event::ServerSentEvent;
///
/// let event = ServerSentEvent::new(72).event_type("heartRate").id(9).reconnection_time(Duration::from_secs(2));
/// assert_eq!(event.encode()?, "event: heartRate\ndata: 72\nid: 9\nretry: 2000\n\n");
/// # Ok::<(), typed_eventsource::protocol::encode::EncodeError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerSentEvent<T> {
    /// The data: JSON on the wire, or raw if it is a [`Text`].
    pub data: T,
    pub(crate) event_type: Option<Cow<'static, str>>,
    pub(crate) id: Option<LastEventId>,
    pub(crate) reconnection_time: Option<Duration>,
}

impl<T> ServerSentEvent<T> {
    /// An event with this data, of the type `message`, without an id.
    pub fn new(data: T) -> Self {
        Self { data, event_type: None, id: None, reconnection_time: None }
    }

    /// Sets the event type, which decides the listeners that the event reaches.
    ///
    /// # Panics
    ///
    /// If the type contains CR or LF, which would end its line. Types come from the program, not from its users.
    pub fn event_type(mut self, event_type: impl Into<Cow<'static, str>>) -> Self {
        let event_type = event_type.into();
        assert!(!event_type.contains(['\r', '\n']), "the event type {event_type:?} contains CR or LF");
        self.event_type = Some(event_type);
        self
    }

    /// The event type that was set. Without one, the type is `message`.
    pub fn declared_type(&self) -> Option<&str> {
        self.event_type.as_deref()
    }

    /// Sets the id, which the client sends back as `Last-Event-ID` when it reestablishes the connection: a
    /// number, or any text as `LastEventId::try_from(text)?`.
    pub fn id(mut self, id: impl Into<LastEventId>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the reconnection time: how long the client waits before it reestablishes the connection, from now on.
    /// It travels in whole milliseconds.
    pub fn reconnection_time(mut self, time: Duration) -> Self {
        self.reconnection_time = Some(time);
        self
    }

    /// The same event with other data.
    pub fn map<U>(self, data: impl FnOnce(T) -> U) -> ServerSentEvent<U> {
        let Self { data: old, event_type, id, reconnection_time } = self;
        ServerSentEvent { data: data(old), event_type, id, reconnection_time }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_one_line_without_nul() {
        for id in ["", "4", " two words ", "é", "\u{1f4a1}"] {
            assert_eq!(LastEventId::try_from(id).expect("a valid id").as_str(), id);
        }
        for id in ["\n", "a\r", "a\r\nb", "\0", "a\0b"] {
            assert!(LastEventId::try_from(id).is_err(), "{id:?}");
        }
        assert_eq!(LastEventId::from(18_446_744_073_709_551_615).to_string(), "18446744073709551615");
    }

    #[test]
    #[should_panic(expected = "contains CR or LF")]
    fn an_event_type_is_one_line() {
        let _ = ServerSentEvent::new(()).event_type("a\ndata: forged");
    }
}
