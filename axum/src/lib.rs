//! Server-sent events from [axum], typed: an answer that is a stream of items, where to resume, topics whose log is
//! bounded, and an end that does not bring all clients back in one instant.
//!
//! ```no_run
//! use axum::extract::State;
//! use axum::{Router, routing::get};
//! use serde::Serialize;
//! use typed_eventsource_axum::{LastEventId, MemoryLog, Sse, Topic};
//!
//! /// The contract: the variant is the event type. A client may use the same enum.
//! #[derive(Serialize)]
//! #[serde(rename_all = "camelCase")]
//! enum Orders {
//!     HeartRate(u32),
//!     OrderUpdate { id: u32, status: String },
//! }
//!
//! /// Begins with what comes from now on, or with what the client has missed.
//! async fn stream(State(orders): State<Topic<Orders>>, last: LastEventId) -> Sse {
//!     orders.stream(last).into()
//! }
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let orders = Topic::variants(MemoryLog::default());
//!     let app = Router::new().route("/orders/stream", get(stream)).with_state(orders.clone());
//!     // Anywhere in the program:
//!     orders.publish(&Orders::HeartRate(72)).await?;
//!     let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
//!     axum::serve(listener, app).await?;
//!     Ok(())
//! }
//! ```
//!
//! - [`Sse`] is the answer: from a stream of plain values, of [`Item`]s with an event type and an ID, or of an enum.
//! - [`LastEventId`] extracts where a client wants to resume.
//! - [`Topic`] is what many listen to, and [`Topics`] has one for each principal. What was published is kept in a [`Log`].
//! - [`Drain`] ends all streams, one after the other, when the server stops.
//! - [`Streams`] and [`Bodies`] bound what clients take of the server; what goes beyond is a [`Refusal`]. `Connections`
//!   (feature `serve`) does the same below axum, over TLS with the feature `tls`.
//!
//! The bytes obey the [HTML standard][spec]. The crate `typed-eventsource` has the client.
//!
//! [axum]: https://docs.rs/axum
//! [spec]: https://html.spec.whatwg.org/multipage/server-sent-events.html

mod bodies;
mod drain;
mod error;
mod item;
mod keep_alive;
mod last_event_id;
mod log;
mod next;
mod refusal;
#[cfg(feature = "serve")]
mod serve;
mod sse;
mod streams;
mod topic;
mod topics;
mod writes;

/// The README's program.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use bodies::{Bodies, ReadBody};
pub use drain::Drain;
pub use error::SseError;
pub use item::{IntoItem, Item};
pub use keep_alive::KeepAlive;
pub use last_event_id::{InvalidLastEventId, LastEventId};
pub use log::{Appended, Aside, Entry, Gap, Log, LogError, Logged, MemoryLog};
#[cfg(feature = "redis")]
pub use log::{Redis, RedisLog};
pub use refusal::Refusal;
#[cfg(feature = "tls")]
pub use serve::TlsAccepting;
#[cfg(feature = "serve")]
pub use serve::{Accepting, Connections};
pub use sse::{HEADERS, Sse};
pub use streams::{Seat, Streams};
pub use topic::{PublishError, Topic, TopicStream};
pub use topics::Topics;
pub use typed_eventsource::protocol::encode::EncodeError;
/// An event ID: a number, or text of one line.
pub use typed_eventsource::protocol::event::LastEventId as EventId;
/// Data that is sent as it is, not as JSON.
pub use typed_eventsource::protocol::event::Text;
