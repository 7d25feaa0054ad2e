//! The state of a connection, with its reasons.

mod cause;

use alloc::string::String;
#[cfg(feature = "std")]
use alloc::vec::Vec;
use core::time::Duration;

use super::retry::MAX_RETRY_AFTER;
pub use cause::{Cause, CloseReason, EndedBy};

/// The way in which the event stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The browser's own [`EventSource`](https://developer.mozilla.org/docs/Web/API/EventSource).
    EventSource,
    /// [`fetch`](https://developer.mozilla.org/docs/Web/API/Fetch_API) and a stream of bytes.
    Fetch,
}

impl Transport {
    /// The name used in JavaScript and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Transport::EventSource => "eventsource",
            Transport::Fetch => "fetch",
        }
    }
}

/// The state of a connection; every change carries its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConnectionState {
    /// An attempt is under way.
    Connecting {
        /// 1 for the first attempt; counts up until a connection has been stable.
        attempt: u32,
    },
    /// The stream is open.
    Open {
        /// The way in which the stream is read.
        transport: Transport,
        /// The last event ID the stream was resumed from, as far as it is known; empty if from none.
        resumed_from: String,
        /// Status and headers of the response; `None` over the browser's EventSource, which hides them.
        response: Option<Response>,
    },
    /// The stream was lost, and the next attempt is planned.
    Reconnecting {
        /// The number of the attempt that comes next.
        attempt: u32,
        /// The time until that attempt; `None` while the browser reconnects by itself.
        wait: Option<Duration>,
        /// Why the stream was lost.
        cause: Cause,
    },
    /// No attempt is made for now.
    Paused {
        /// The reason, which has to go first.
        why: Pause,
    },
    /// The end: no further event, no further attempt.
    Closed {
        /// Why.
        reason: CloseReason,
    },
}

impl ConnectionState {
    /// The name of the state, as JavaScript has it in `status`.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Connecting { .. } => "connecting",
            Self::Open { .. } => "open",
            Self::Reconnecting { .. } => "reconnecting",
            Self::Paused { .. } => "paused",
            Self::Closed { .. } => "closed",
        }
    }
}

/// Why no attempt is made for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pause {
    /// The browser is offline.
    Offline,
    /// The page is hidden, and the stream was asked to pause then.
    Hidden,
}

impl Pause {
    /// The name used in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Hidden => "hidden",
        }
    }
}

/// The head of a response, as far as the rules need it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The value of `Content-Type`, empty if there was none.
    pub content_type: String,
    /// The wait that `Retry-After` asks for, at most [`MAX_RETRY_AFTER`].
    pub retry_after: Option<Duration>,
    /// The headers that the response shows to the page, names in lower case. Only with the feature `std`: elsewhere the program
    /// has the response itself.
    #[cfg(feature = "std")]
    pub headers: Vec<(String, String)>,
    /// Whether a refused request had sent a last event ID: the server may refuse just that.
    pub to_resume: bool,
    /// The beginning of the body, 2 KiB at most, where the response is no event stream: servers say there why.
    /// Empty if it did not come within a second. Only with the feature `std`.
    #[cfg(feature = "std")]
    pub body_text: String,
}

impl Response {
    /// A response with this status and content type.
    pub fn new(status: u16, content_type: impl Into<String>) -> Self {
        Self { status, content_type: content_type.into(), ..Self::default() }
    }

    /// With the wait that `Retry-After` asks for; more than [`MAX_RETRY_AFTER`] counts as that.
    #[must_use]
    pub fn retry_after(mut self, wait: Option<Duration>) -> Self {
        self.retry_after = wait.map(|wait| wait.min(MAX_RETRY_AFTER));
        self
    }

    /// With the headers that the page may see. Only with the feature `std`.
    #[cfg(feature = "std")]
    #[must_use]
    pub fn headers(mut self, headers: Vec<(String, String)>) -> Self {
        self.headers = headers;
        self
    }

    /// Whether this response starts an event stream; if not, why.
    ///
    /// # Errors
    /// [`Cause::Status`] for any status but 200, [`Cause::ContentType`] for another type.
    pub fn check(self) -> Result<Self, Cause> {
        // [spec] Otherwise, if res's status is not 200, or if res's `Content-Type` is not
        // [spec] `text/event-stream`, then fail the connection.
        if self.status != 200 {
            Err(Cause::Status { response: self })
        } else if !Self::is_event_stream(&self.content_type) {
            Err(Cause::ContentType { response: self })
        } else {
            Ok(self)
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn only_status_200_starts_a_stream() {
        for status in [100, 201, 204, 206, 301, 304, 400, 404, 500, 503] {
            let answer = Response::new(status, "text/event-stream").check();
            assert!(matches!(answer, Err(Cause::Status { response }) if response.status == status));
        }
    }
}
