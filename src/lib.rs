//! Server-sent events in the browser, typed: routing by event type, decoding with serde, reconnection
//! and state, over the browser's [`EventSource`](https://developer.mozilla.org/docs/Web/API/EventSource)
//! or over `fetch`.
//!
#![cfg_attr(feature = "browser", doc = "```no_run")]
#![cfg_attr(not(feature = "browser"), doc = "```ignore")]
//! use futures_util::StreamExt;
//! use serde::{Deserialize, Serialize};
//! use typed_eventsource::{Error, Event, TypedEventSource};
//!
//! // The contract: the variant is the event type, its content the data.
//! #[derive(Deserialize, Serialize)]
//! #[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
//! enum Orders {
//!     HeartRate(u32),
//!     OrderUpdate { order_id: u32, status: String },
//! }
//!
//! async fn watch() -> Result<(), Error> {
//!     let source = TypedEventSource::connect("/orders/stream").open()?;
//!
//!     // One event type, and a handler: until the subscription is dropped.
//!     let _beats = source.on("heartRate", |event: Event<u32>| {
//!         // event.data, event.last_event_id …
//!     });
//!
//!     // Or all of them, as a stream of the enum.
//!     let mut events = source.events::<Orders>()?;
//!     while let Some(event) = events.next().await {
//!         match event.map(|event| event.data) {
//!             Ok(Orders::HeartRate(rate)) => { /* … */ }
//!             Ok(Orders::OrderUpdate { order_id, status }) => { /* … */ }
//!             Err(error) => { /* data that did not decode, lost events: the stream goes on */ }
//!         }
//!     }
//!     Ok(()) // the source was closed: source.state() says why
//! }
//! ```
//!
//! It stands on [serde](https://serde.rs), and its streams are read with the `StreamExt` of any futures crate:
//! `cargo add typed-eventsource futures-util && cargo add serde --features derive`.
//!
//! Dropping the source closes it. So keep it beside the state that it feeds: in the component, or in the
//! task as above.
//!
//! - [`TypedEventSource`] is the client: handlers ([`on`](TypedEventSource::on)), streams
//!   ([`subscribe`](TypedEventSource::subscribe)), one enum for a whole stream
//!   ([`events`](TypedEventSource::events)), and the connection's [state](ConnectionState) with the reason
//!   of each change. [`Builder`] has the options.
//! - Nothing gets lost in silence. Events that come again after a resume are [dropped](Builder::drop_replays). If events are
//!   missing after a resume, [`gaps`](TypedEventSource::gaps) tells. If a reader is too slow, [`Overflow`] decides what
//!   happens, and an item of its stream tells it. [`cursor`](TypedEventSource::cursor) says how far the events are
//!   processed, and [`persist`](Builder::persist) stores that for the next page.
//! - [`protocol`] lies below, without a browser: the event stream's parser and encoder, the
//!   state machine, the rules of retrying. It compiles for any target, so that a server can
//!   [encode](protocol::encode) the type that the page decodes.
//!
//! The client runs in pages and workers, on `wasm32-unknown-unknown`. It compiles for every other target too,
//! where [`open`](Builder::open) answers [`Error::NoBrowser`]: code that a server renders with needs no `cfg`.
//!
//! # Features
//!
//! | feature | default | content | with |
//! |---|---|---|---|
//! | `browser` | yes | the client | `std` |
//! | `fetch` | yes | the fetch transport; without it a source uses the browser's EventSource only | `browser` |
//! | `js-values` | no | events, states and errors as JavaScript values ([`Event::to_js`], [`ConnectionState::to_js`]), and options from there ([`Builder::js_options`]), for apps that export something | `browser` |
//! | `stream` | no | [`protocol::stream`]: the events of a response as a `Stream`, over the body that any HTTP client gives | |
//! | `schemars` | no | a JSON Schema of [`Text`], for enums that have one | |
//! | `std` | with `browser` | the standard library; without it the protocol needs an allocator only | |
//!
//! A server takes the protocol alone: `default-features = false`, and `std` where it has that. A client that is no
//! browser adds `stream`: `examples/native` in the repository follows a stream on the terminal.
//!
//! # Frameworks
//!
//! The client is bound to none, and needs none of their executors: whatever polls a stream will do, such as
//! `wasm_bindgen_futures::spawn_local`.
//!
//! Adapters give a component the state, the latest event or a value that it makes of the events. They are crates of their
//! own, in the folder `adapters` of the repository: `typed-eventsource-leptos`, `typed-eventsource-yew` and
//! `typed-eventsource-dioxus`.
//!
//! For TypeScript the repository has an npm package. It wraps [`protocol`] in a wasm module of its own, the crate
//! in `npm/engine`, so that no feature of this one serves it.

#![cfg_attr(docsrs, feature(doc_cfg))]
// The docs are written for all features; with fewer, some links have no target.
#![cfg_attr(not(all(feature = "js-values", feature = "stream")), allow(rustdoc::broken_intra_doc_links))]
#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

#[cfg(feature = "browser")]
mod batch;
#[cfg(feature = "browser")]
mod client;
#[cfg(feature = "browser")]
mod engine;
#[cfg(feature = "browser")]
mod js;
pub mod protocol;
#[cfg(feature = "browser")]
mod request;
#[cfg(feature = "browser")]
mod transport;

#[cfg(feature = "browser")]
pub use batch::Gap;
#[cfg(feature = "js-values")]
pub use client::JsValueError;
#[cfg(feature = "browser")]
pub use client::{
    Builder, Cursor, Error, Errors, Event, Events, Failure, Gaps, Key, Overflow, States, Stats, Storage,
    Subscription, SubscriptionError, TypedEventSource, Undecodable, Undecoded,
};
#[cfg(feature = "browser")]
pub use engine::{Delivery, Hidden, Offline};
#[cfg(feature = "browser")]
#[doc(hidden)]
pub use js::live_callbacks;
pub use protocol::event::{LastEventId, ServerSentEvent, Text};
pub use protocol::retry::Retry;
pub use protocol::state::{Cause, CloseReason, ConnectionState, EndedBy, Pause, Response, Transport};
#[cfg(feature = "browser")]
pub use request::{Attempt, Body, Headers, Mode, Redirect, Refresh, Url};

/// The README's examples compile.
#[cfg(all(doctest, feature = "browser"))]
#[doc = include_str!("../README.md")]
struct Readme;
