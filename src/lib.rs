//! Server-sent events in the browser, typed: routing by event type, decoding with serde, reconnection
//! and state, over the browser's [`EventSource`](https://developer.mozilla.org/docs/Web/API/EventSource)
//! or over `fetch`.
//!
//! ```no_run
//! # #[cfg(feature = "browser")]
//! # mod example {
//! use serde::Deserialize;
//! use typed_eventsource::{Error, Event, TypedEventSource};
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "camelCase")]
//! struct OrderUpdate {
//!     order_id: u32,
//!     status: String,
//! }
//!
//! # fn example() -> Result<(), Error> {
//! let source = TypedEventSource::connect("/orders/stream").open()?;
//! let orders = source.on("orderUpdate", |update: Event<OrderUpdate>| {
//!     // update.data.status, update.last_event_id …
//! });
//! # Ok(())
//! # }
//! # }
//! ```
//!
//! - [`TypedEventSource`] is the client: handlers ([`on`](TypedEventSource::on)), streams
//!   ([`subscribe`](TypedEventSource::subscribe)), one enum for a whole stream
//!   ([`events`](TypedEventSource::events)), and the connection's [state](ConnectionState) with the reason
//!   of each change.
//! - [`protocol`] is what lies below, without a browser: the event stream's parser and encoder, the
//!   state machine, the rules of retrying. It compiles for any target, so that a server can encode the
//!   type that the page decodes.
//!
//! # Features
//! - `browser` (default): the client.
//! - `fetch` (default): the fetch transport. Without it, a source uses the browser's EventSource only.
//! - `std` (with `browser`): the standard library. Without it the protocol needs an allocator only.

#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

#[cfg(feature = "browser")]
mod batch;
#[cfg(feature = "browser")]
mod client;
#[cfg(feature = "browser")]
mod engine;
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

/// The README's examples compile.
#[cfg(all(doctest, feature = "browser"))]
#[doc = include_str!("../README.md")]
struct Readme;
