//! The reports of a transport in Rust's own values, so that their readers need not touch JavaScript.

use std::rc::Rc;
use std::sync::Arc;

use crate::protocol::state::Cause;

/// Something that happened to a transport.
pub(crate) enum Report {
    /// The stream is open; the browser's EventSource does not say more.
    Opened,
    /// One event, over the browser's EventSource.
    Message(Message),
    /// The browser's EventSource lost the stream and reconnects by itself.
    Interrupted,
    /// The head of a response.
    #[cfg(feature = "fetch")]
    Answered(Head),
    /// Bytes of the stream.
    #[cfg(feature = "fetch")]
    Chunk(js_sys::Uint8Array),
    /// The next read waits for the word to go on.
    #[cfg(feature = "fetch")]
    PutOff,
    /// The beginning of the body that a response has in place of an event stream, when it was asked for.
    #[cfg(feature = "fetch")]
    Refused(String),
    /// The application was asked for the URL of the request, and it is this one.
    #[cfg(feature = "fetch")]
    Aimed {
        url: String,
        /// Whether the header carries a last event ID.
        by_header: bool,
    },
    /// The connection is over, and another one must not be tried.
    #[cfg(feature = "fetch")]
    Fatal(Cause),
    /// The connection is over.
    Failed(Cause),
}

/// An event over the browser's EventSource.
pub(crate) struct Message {
    pub(crate) event_type: Rc<str>,
    pub(crate) data: String,
    /// The same one for as long as it does not change.
    pub(crate) last_event_id: Arc<str>,
    pub(crate) origin: Arc<str>,
}

/// The head of a response, wholly read.
#[cfg(feature = "fetch")]
pub(crate) struct Head {
    pub(crate) status: u16,
    /// The final one; empty where the response does not say.
    pub(crate) url: String,
    /// The values of `Content-Type` and `Retry-After`, empty where they are missing.
    pub(crate) content_type: String,
    pub(crate) retry_after: String,
    /// The value of the first header present of those that tell of a gap.
    pub(crate) gap: Option<String>,
    /// All that the response shows to the page.
    pub(crate) headers: Vec<(String, String)>,
}
