//! The data of an event → typed items: the client's side of the contract that [`encode`](super::encode) writes.
//!
//! A serde enum is the contract: the event type chooses the variant, the data is its content.
//!
//! ```
//! use serde::Deserialize;
//! use typed_eventsource::protocol::decode;
//!
//! #[derive(Debug, Deserialize, PartialEq)]
//! #[serde(rename_all = "camelCase")]
//! enum Orders {
//!     HeartRate(u32),
//!     OrderUpdate { status: String },
//!     #[serde(other)]
//!     Unknown,
//! }
//!
//! assert_eq!(decode::variant::<Orders>("heartRate", "72")?, Orders::HeartRate(72));
//! assert_eq!(decode::variant::<Orders>("weather", "rain")?, Orders::Unknown);
//! assert_eq!(decode::variants::<Orders>()?, ["heartRate", "orderUpdate", "unknown"]);
//! # Ok::<(), decode::DecodeError>(())
//! ```

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use core::fmt;

use serde::de::DeserializeOwned;

mod deserializer;

/// Reads the data of one event: JSON, or the raw string if `T` is a [`Text`](super::event::Text).
///
/// # Errors
///
/// If the data is no JSON, or not the JSON of a `T`.
///
/// ```
/// use typed_eventsource::protocol::{decode, event::Text};
///
/// assert_eq!(decode::data::<u32>("72")?, 72);
/// assert_eq!(decode::data::<Text>("72 bpm")?.0, "72 bpm");
/// # Ok::<(), decode::DecodeError>(())
/// ```
pub fn data<T: DeserializeOwned>(data: &str) -> Result<T, DecodeError> {
    Ok(deserializer::data(data)?)
}

/// Reads one event as a serde enum: the variant is the event type, its content the data.
///
/// A newtype variant's content is the value (raw if that is a [`Text`](super::event::Text)), a struct variant's an
/// object, a tuple variant's an array. A unit variant ignores the data; with `#[serde(other)]` it takes the event types
/// that no other variant names.
///
/// # Errors
///
/// If no variant has the event type, if the data is not the content of its variant, or if `E` is not an externally
/// tagged enum.
pub fn variant<E: DeserializeOwned>(event_type: &str, data: &str) -> Result<E, DecodeError> {
    E::deserialize(deserializer::Variant { event_type, data })
}

/// The event types that a serde enum names, its aliases and the name of its `#[serde(other)]` variant included.
///
/// # Errors
///
/// If `E` is not an externally tagged enum.
pub fn variants<E: DeserializeOwned>() -> Result<&'static [&'static str], DecodeError> {
    deserializer::variants::<E>().ok_or(DecodeError::NotExternallyTagged)
}

/// Why an event could not be decoded.
#[derive(Debug)]
#[non_exhaustive]
pub enum DecodeError {
    /// The data is no JSON, or not the JSON of the type that was asked for.
    Data(serde_json::Error),
    /// The enum has no variant for this event type.
    UnknownEventType(String),
    /// The type is not an externally tagged enum, so that its variants are not event types.
    NotExternallyTagged,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Data(error) => write!(f, "the data is not of the expected type: {error}"),
            Self::UnknownEventType(event_type) => write!(
                f,
                "no variant for the event type {event_type:?}: add one, or a unit variant with `#[serde(other)]`"
            ),
            Self::NotExternallyTagged => f.write_str(
                "the type is not an externally tagged enum: \
                 use an enum without `#[serde(tag)]` and `#[serde(untagged)]`, whose variants name the event types",
            ),
        }
    }
}

impl core::error::Error for DecodeError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::UnknownEventType(_) | Self::NotExternallyTagged => None,
        }
    }
}

impl From<serde_json::Error> for DecodeError {
    fn from(error: serde_json::Error) -> Self {
        Self::Data(error)
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Data(serde::de::Error::custom(message))
    }

    fn unknown_variant(variant: &str, _: &'static [&'static str]) -> Self {
        Self::UnknownEventType(variant.to_owned())
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
