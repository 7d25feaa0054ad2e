use alloc::string::String;
use alloc::sync::Arc;

use crate::protocol::state::{ConnectionState, Transport};

/// Tells one attempt of a connection from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub(super) u64);

/// How the server is told where to resume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resume {
    /// It is not.
    FromStart,
    /// By the `Last-Event-ID` header.
    Header(String),
    /// By a query parameter: the browser's EventSource cannot be given a header.
    Query(String),
    /// By the `Last-Event-ID` header of a GET, which takes the place of the request: it has no body, nor headers that
    /// are about one.
    Get(String),
}

impl Resume {
    /// The last event ID that is sent; empty if none is.
    pub fn id(&self) -> &str {
        match self {
            Self::FromStart => "",
            Self::Header(id) | Self::Query(id) | Self::Get(id) => id,
        }
    }
}

/// What the caller has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Open a connection, and report on it under this id.
    Open {
        /// Goes with everything that is reported on it.
        id: AttemptId,
        /// What shall carry it.
        transport: Transport,
        /// Where the server shall go on.
        resume: Resume,
    },
    /// Let go of the connection at once: nothing it still reports is heard.
    Release(AttemptId),
    /// The state has changed.
    Notify(Arc<ConnectionState>),
}
