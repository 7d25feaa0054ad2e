//! The objects of a Rust application: a source, its subscriptions and their streams.
//!
//! Imports go one way. Each of these files may import those before it, and no other; `tests/layers.rs` holds them to it:
//!
//! - `event`, `error`, `snapshot`: what is told
//! - `bounded`, `overflow`, `queue`, `listeners`, `failures`: what waits until it is read
//! - `outcome`, `cursor`, `persist`, `progress`: how far the events are processed
//! - `subscriber`, `routes`, `router`: an event's way
//! - `sink`, `subscription`, `streams`, `source`, `builder`, `js_values`: what the engine and an application hold

mod bounded;
mod builder;
mod cursor;
mod error;
mod event;
mod failures;
#[cfg(feature = "js-values")]
mod js_values;
mod listeners;
mod outcome;
mod overflow;
mod persist;
mod progress;
mod queue;
mod router;
mod routes;
mod sink;
mod snapshot;
mod source;
mod streams;
mod subscriber;
mod subscription;

pub use builder::Builder;
pub use error::{Error, Failure, SubscriptionError, Undecoded};
pub use event::Event;
#[cfg(feature = "js-values")]
pub use js_values::JsValueError;
pub use overflow::{Key, Overflow};
pub use persist::Storage;
pub use snapshot::{Cursor, Stats};
pub use source::TypedEventSource;
pub use streams::{Errors, Events, Gaps, States};
pub use subscriber::Undecodable;
pub use subscription::Subscription;
