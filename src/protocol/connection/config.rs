use alloc::string::String;
use core::time::Duration;

use crate::protocol::retry::Retry;
use crate::protocol::state::Transport;

/// What a connection has to know from the start.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// The transport asked for; `None` begins with the browser's EventSource where it can express the
    /// request, and moves to fetch where that serves better. It begins with fetch where [`retry`](Self::retry) is given,
    /// and to the own origin where there is an id to resume from.
    pub transport: Option<Transport>,
    /// Whether the browser's EventSource exists and can express the request.
    pub event_source: bool,
    /// Whether the fetch transport exists.
    pub fetch: bool,
    /// Whether the URL is of another origin than the page.
    pub cross_origin: bool,
    /// How reconnection is paced; `None` is the default, and leaves the browser's own reconnection be. With waits of its own
    /// and no transport asked for, a connection goes over fetch: the browser hides `retry:` and ids without an event.
    pub retry: Option<Retry>,
    /// How long an attempt may take to be answered. Default 30 s.
    pub connect_timeout: Option<Duration>,
    /// How long an open stream may be silent. Default: for ever.
    pub idle: Option<Duration>,
    /// The last event ID to begin with.
    pub last_event_id: String,
    /// Whether a query parameter may carry the last event ID where no header can.
    pub last_event_id_param: bool,
    /// What may be repeated.
    pub request: Request,
    /// Whether a GET takes the place of the request once there is a last event ID to send.
    pub resume_by_get: bool,
    /// Whether an event ends the stream. A stream that is not reestablished and ends before it is cut short.
    pub until: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self::from_last_event_id(String::new())
    }
}

impl Config {
    /// The defaults, but for the last event ID to begin with.
    #[must_use]
    pub fn from_last_event_id(last_event_id: String) -> Self {
        Self {
            transport: None,
            event_source: true,
            fetch: true,
            cross_origin: false,
            retry: None,
            connect_timeout: Some(Duration::from_secs(30)),
            idle: None,
            last_event_id,
            last_event_id_param: true,
            request: Request::Get,
            resume_by_get: false,
            until: false,
        }
    }
}

/// What a connection looks up again and again.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) transport: Option<Transport>,
    pub(super) event_source: bool,
    pub(super) fetch: bool,
    pub(super) cross_origin: bool,
    /// Whether waits were asked for that the browser does not know.
    pub(super) own_retry: bool,
    pub(super) last_event_id_param: bool,
    pub(super) request: Request,
    pub(super) resume_by_get: bool,
    pub(super) until: bool,
}

/// What kind of request the stream answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request {
    /// A GET: may be repeated, and a stream that ends is taken up again.
    Get,
    /// Another method, said to be safe to repeat after a failure; after the end of its stream only if the application
    /// says so.
    Idempotent,
    /// Another method: repeated only where the server has refused it, or if the application asks for it.
    Once,
}
