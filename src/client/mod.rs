//! What a Rust application holds: a source, its subscriptions and their streams.

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
pub use subscription::Subscription;
