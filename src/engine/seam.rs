//! The seam between an engine and the client above it.

#[cfg(feature = "fetch")]
use std::rc::Rc;

use super::pace::Delivery;
use crate::batch::{Batch, Gap};
use crate::protocol::state::{Cause, CloseReason, ConnectionState};
#[cfg(feature = "fetch")]
use crate::request::Request;

/// Where events and changes of state go.
pub(crate) trait Sink {
    /// The events of one chunk, or one event over the browser's EventSource. Says why one of them ends the stream, if
    /// one does.
    fn batch(&self, batch: Batch) -> Option<CloseReason>;
    /// The server could not resume. Events that came before have been handed over.
    fn gap(&self, gap: Gap);
    /// A known id has come again with other content after a resume: told once for each connection.
    fn reused(&self, _last_event_id: &str) {}
    /// Whether nothing more shall be read for now; [`Engine::go_on`](super::Engine::go_on) has to be called when that is
    /// over.
    #[cfg(feature = "fetch")]
    fn is_held(&self) -> bool {
        false
    }
    /// The state has changed.
    fn state(&self, state: &ConnectionState);
    /// The application's word on whether a failure is worth another attempt, if it wants to have one.
    fn verdict(&self, _attempt: u32, _cause: &Cause) -> Option<bool> {
        None
    }
}

/// The settings of the engine itself, beside the connection's [`Config`](crate::protocol::connection::Config).
pub(crate) struct Options {
    /// In full; where each attempt has its own, one that stands for it.
    pub(crate) url: String,
    /// Whether no transport was asked for.
    #[cfg(feature = "fetch")]
    pub(crate) is_auto: bool,
    pub(crate) with_credentials: bool,
    pub(crate) last_event_id_param: Option<String>,
    pub(crate) hidden: Hidden,
    pub(crate) offline: Offline,
    pub(crate) delivery: Delivery,
    #[cfg(feature = "fetch")]
    pub(crate) event_limit: usize,
    /// Whether the sink may [hold](Sink::is_held) the stream back, or its delivery does.
    #[cfg(feature = "fetch")]
    pub(crate) paced: bool,
    #[cfg(feature = "fetch")]
    pub(crate) request: Rc<Request>,
}

/// Whether a stream is kept while its page is hidden.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hidden {
    /// It goes on. The default.
    #[default]
    Keep,
    /// It is let go of, and resumed when the page is visible again.
    Pause,
}

/// What the browser's word that it is offline counts for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Offline {
    /// An attempt after a failure waits until the browser is online, or for the longest wait. The default.
    #[default]
    Wait,
    /// Nothing: attempts are made as if it were online.
    Ignore,
}
