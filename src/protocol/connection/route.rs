//! Over which transport an attempt is made, and how the server is told where to resume.

use alloc::borrow::ToOwned as _;

use super::{Connection, LONGEST_SENT_ID, Request, Resume};
use crate::protocol::state::Transport;

impl Connection {
    pub(super) fn transport(&self) -> Transport {
        match self.config.transport {
            Some(transport) => transport,
            None if !self.config.event_source || self.moved_to_fetch => Transport::Fetch,
            None if self.config.fetch && self.asks_for_fetch() => Transport::Fetch,
            None => Transport::EventSource,
        }
    }

    /// Whether the browser's EventSource cannot do what is asked for: it knows no waits but its own, and hides the server's
    /// `retry:`; and a new one can be told where to resume by a query parameter alone, which most servers do not read. To
    /// another origin that is taken all the same, if it is allowed: the header would cost a preflight.
    pub(super) fn asks_for_fetch(&self) -> bool {
        let takes_parameter = self.config.cross_origin && self.config.last_event_id_param;
        self.config.own_retry || (self.id_to_send().is_some() && !takes_parameter)
    }

    pub(super) fn may_move_to_fetch(&self) -> bool {
        self.config.transport.is_none() && self.config.fetch
    }

    /// Whether a new EventSource of the browser can be told where to go on, or there is nothing to tell.
    pub(super) fn is_resumable(&self) -> bool {
        self.config.last_event_id_param || self.id_to_send().is_none()
    }

    /// What kind of request the next attempt would be: of that it depends whether there may be one.
    pub(super) fn request(&self) -> Request {
        match self.config.request {
            _ if self.config.resume_by_get && self.id_to_send().is_some() => Request::Get,
            request => request,
        }
    }

    pub(super) fn id_to_send(&self) -> Option<&str> {
        // [spec] If the EventSource object's last event ID string is not the empty string …
        Some(&*self.last_event_id).filter(|id| !id.is_empty() && id.len() <= LONGEST_SENT_ID)
    }

    pub(super) fn resume(&self, transport: Transport) -> Resume {
        let Some(id) = self.id_to_send() else { return Resume::FromStart };
        if self.config.resume_by_get {
            return Resume::Get(id.to_owned());
        }
        // Unlike the browser's EventSource, fetch asks a preflight for a `Last-Event-ID` that goes to
        // another origin, and many servers do not answer one. Nobody who left the choice to us can know.
        let header_costs_preflight = self.config.cross_origin && self.config.transport.is_none();
        match transport {
            Transport::Fetch if !(header_costs_preflight && self.config.last_event_id_param) => {
                Resume::Header(id.to_owned())
            }
            _ if self.config.last_event_id_param => Resume::Query(id.to_owned()),
            _ => Resume::FromStart,
        }
    }
}
