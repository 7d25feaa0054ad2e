//! The browser's side: thin adapters that move values between the browser and the protocol.
//!
//! A transport reports what happens to it and decides nothing. Dropping it lets go of everything at
//! once; what the browser still has to say about it is not heard.

mod census;
pub(crate) mod event_source;
#[cfg(feature = "fetch")]
pub(crate) mod fetch;
pub(crate) mod global;
pub(crate) mod later;
pub(crate) mod page;
pub(crate) mod url;

pub(crate) use census::Counted;
pub use census::live_callbacks;

use crate::protocol::state::Cause;

/// What a transport has to report.
pub(crate) enum Report {
    /// The stream is open; the browser's EventSource does not say more.
    Opened,
    /// One event, over the browser's EventSource.
    Message(event_source::Message),
    /// The browser's EventSource lost the stream and reconnects by itself.
    Interrupted,
    /// The head of a response.
    #[cfg(feature = "fetch")]
    Answered(web_sys::Response),
    /// Bytes of the stream.
    #[cfg(feature = "fetch")]
    Chunk(js_sys::Uint8Array),
    /// The next read waits for the word to go on.
    #[cfg(feature = "fetch")]
    PutOff,
    /// The beginning of the body that a response has in place of an event stream, when it was asked for.
    #[cfg(feature = "fetch")]
    Refused(String),
    /// The connection is over.
    Failed(Cause),
}

/// An open transport of either kind.
pub(crate) enum Active {
    EventSource(event_source::EventSourceTransport),
    #[cfg(feature = "fetch")]
    Fetch(fetch::FetchTransport),
}
