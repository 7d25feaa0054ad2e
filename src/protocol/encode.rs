//! Typed items → the bytes of an event stream: the server's side of the contract that [`decode`](super::decode) reads.
//!
//! A serde enum is the contract: the variant is the event type, its content the data.
//!
//! ```
//! use serde::Serialize;
//! use typed_eventsource::protocol::encode;
//!
//! #[derive(Serialize)]
//! #[serde(rename_all = "camelCase")]
//! enum Orders {
//!     HeartRate(u32),
//!     OrderUpdate { status: String },
//! }
//!
//! let event = encode::variant(&Orders::HeartRate(72))?;
//! assert_eq!(event.encode()?, "event: heartRate\ndata: 72\n\n");
//! let event = encode::variant(&Orders::OrderUpdate { status: "Placed".into() })?.id(1);
//! assert_eq!(event.encode()?, "event: orderUpdate\ndata: {\"status\":\"Placed\"}\nid: 1\n\n");
//! # Ok::<(), encode::EncodeError>(())
//! ```

use alloc::string::String;
use core::fmt::{self, Write as _};
use core::iter;
use core::time::Duration;

use serde::Serialize;

use super::event::{ServerSentEvent, Text};

mod serializer;

impl<T: Serialize> ServerSentEvent<T> {
    /// The event as a block of an event stream, the blank line that dispatches it included.
    ///
    /// # Errors
    ///
    /// If the data cannot be written as JSON: a map with keys that are no strings, or a failing `Serialize`.
    pub fn encode(&self) -> Result<String, EncodeError> {
        let mut block = String::new();
        self.encode_into(&mut block)?;
        Ok(block)
    }

    /// Appends the block that [`encode`](Self::encode) returns, for many events in one buffer.
    ///
    /// # Errors
    ///
    /// Those of [`encode`](Self::encode); `stream` is unchanged then.
    pub fn encode_into(&self, stream: &mut String) -> Result<(), EncodeError> {
        let data = serializer::data(&self.data)?;
        if let Some(event_type) = &self.event_type {
            field(stream, "event", event_type);
        }
        for line in lines(&data) {
            field(stream, "data", line);
        }
        if let Some(id) = &self.id {
            field(stream, "id", id.as_str());
        }
        if let Some(time) = self.reconnection_time {
            reconnection_time(stream, time);
        }
        stream.push('\n');
        Ok(())
    }
}

/// The event that a value of a serde enum stands for: its type is the variant's name, its data the variant's content.
///
/// A newtype variant's content is its value (raw if that is a [`Text`]), a struct variant's an object, a tuple
/// variant's an array, a unit variant's `null`. Ids and reconnection times are the returned event's to set.
///
/// # Errors
///
/// If the value is not an externally tagged enum, if the variant's name has a line end, or if the content cannot be
/// written as JSON.
pub fn variant<E: Serialize + ?Sized>(event: &E) -> Result<ServerSentEvent<Text>, EncodeError> {
    let (event_type, data) = serializer::variant(event)?;
    if event_type.contains(['\r', '\n']) {
        return Err(EncodeError::EventType(event_type));
    }
    Ok(ServerSentEvent::new(Text(data)).event_type(event_type))
}

/// A comment, which clients read over: it keeps proxies and watchdogs from giving up an idle stream.
pub fn comment(text: &str) -> String {
    let mut block = String::new();
    for line in lines(text) {
        field(&mut block, "", line);
    }
    block.push('\n');
    block
}

/// A reconnection time without an event: how long the client waits before it reestablishes the connection, in whole
/// milliseconds.
pub fn retry(time: Duration) -> String {
    let mut block = String::new();
    reconnection_time(&mut block, time);
    block.push('\n');
    block
}

fn reconnection_time(stream: &mut String, time: Duration) {
    // Writing to a `String` cannot fail.
    let _ = writeln!(stream, "retry: {}", time.as_millis());
}

fn field(stream: &mut String, name: &str, value: &str) {
    stream.push_str(name);
    // The client removes one space after the colon: with ours there, a space of the value survives.
    stream.push_str(": ");
    stream.push_str(value);
    stream.push('\n');
}

/// The lines of a text, at least one: CR LF, LF and CR each end a line, as in the event stream itself.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\r', b'\n', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let line_end = if text[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = Some(&text[end + line_end..]);
        Some(&text[..end])
    })
}

/// Why an item could not be encoded.
#[derive(Debug)]
#[non_exhaustive]
pub enum EncodeError {
    /// The data cannot be written as JSON.
    Data(serde_json::Error),
    /// The content of a variant cannot be written as JSON.
    Content {
        /// The variant's name.
        event_type: &'static str,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// The value does not serialize as an externally tagged enum, so that it names no event type.
    NotExternallyTagged,
    /// The variant's name cannot be an event type: it contains CR or LF.
    EventType(&'static str),
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => write!(f, "the data cannot be written as JSON: {error}"),
            Self::Content { event_type, error } => {
                write!(f, "the data of the variant {event_type:?} cannot be written as JSON: {error}")
            }
            Self::NotExternallyTagged => f.write_str(
                "the value is not an externally tagged enum: \
                 use an enum without `#[serde(tag)]` and `#[serde(untagged)]`, whose variants name the event types",
            ),
            Self::EventType(name) => {
                write!(f, "the variant name {name:?} contains CR or LF: rename the variant")
            }
        }
    }
}

impl core::error::Error for EncodeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Data(error) | Self::Content { error, .. } => Some(error),
            Self::NotExternallyTagged | Self::EventType(_) => None,
        }
    }
}

impl From<serde_json::Error> for EncodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Data(error)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
