//! What a Rust application holds: a source, its subscriptions and their streams.

mod builder;
mod error;
mod event;
#[cfg(feature = "js-values")]
mod js_values;
mod queue;
mod router;
mod sink;
mod source;
mod subscriber;

pub use builder::Builder;
pub use error::{Error, SubscriptionError, Undecoded};
pub use event::Event;
#[cfg(feature = "js-values")]
pub use js_values::JsValueError;
pub use queue::{Errors, Events, States};
pub use source::{Subscription, TypedEventSource};
