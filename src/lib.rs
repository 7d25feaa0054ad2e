//! Server-sent events in the browser, typed.
#[cfg(feature = "browser")]
mod batch;
#[cfg(feature = "browser")]
mod client;
#[cfg(feature = "browser")]
mod engine;
#[cfg(feature = "npm")]
mod npm;
pub mod protocol;
#[cfg(feature = "browser")]
mod transport;

#[cfg(feature = "browser")]
pub use client::{
    Builder, Error, Errors, Event, Events, States, Subscription, SubscriptionError, TypedEventSource,
    Undecoded,
};
pub use protocol::event::{LastEventId, ServerSentEvent, Text};
pub use protocol::retry::Retry;
pub use protocol::state::{Cause, CloseReason, ConnectionState, Pause, Response, Transport};
#[cfg(feature = "browser")]
#[doc(hidden)]
pub use transport::live_callbacks;
