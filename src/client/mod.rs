//! What a Rust application holds: a source, its subscriptions and their streams.

mod bounded;
mod builder;
mod cursor;
mod error;
mod event;
#[cfg(feature = "js-values")]
mod js_values;
mod overflow;
mod persist;
mod progress;
mod queue;
mod router;
mod sink;
mod snapshot;
mod source;
mod subscriber;

pub use builder::Builder;
pub use error::{Error, Failure, SubscriptionError, Undecoded};
pub use event::Event;
#[cfg(feature = "js-values")]
pub use js_values::JsValueError;
pub use overflow::{Key, Overflow};
pub use persist::Storage;
pub use queue::{Errors, Events, Gaps, States};
pub use snapshot::{Cursor, Stats};
pub use source::{Subscription, TypedEventSource};
