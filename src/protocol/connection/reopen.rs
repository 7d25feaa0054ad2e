//! Beginning again after a failure that was the end.

use alloc::borrow::ToOwned as _;

use super::Connection;
use crate::protocol::instant::Instant;
use crate::protocol::state::ConnectionState;

impl Connection {
    /// Begins again, from this last event ID, what a failure has closed: nothing counts as having failed before. Before the
    /// end, and after any other, it does nothing.
    ///
    /// The connection has not heard of the page meanwhile: tell it again if that is offline or hidden.
    pub fn handle_reopen(&mut self, last_event_id: &str, now: Instant) {
        let ConnectionState::Closed { reason } = &*self.state else { return };
        if !reason.is_failure() {
            return;
        }
        self.failures = 0;
        self.refusals = 0;
        self.shaky_until = Instant::default();
        self.offline = false;
        self.hidden = false;
        last_event_id.clone_into(&mut self.last_event_id);
        self.connect(now);
    }
}
