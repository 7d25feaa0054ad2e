//! The one timer that the connection asks for.

use std::time::Duration;

use gloo_timers::callback::Timeout;

use super::running::Running;
use crate::js::{Counted, global};
use crate::protocol::connection::Connection;
use crate::transport::page;

/// The longest time a browser's timer can take; longer waits are chained.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

impl Running {
    /// Sees to it that the connection hears of the time when it wants to.
    pub(super) fn arm(&self) {
        let due = self.core.borrow().connection.poll_timeout();
        let Some(due) = due else {
            self.timer.take();
            return;
        };
        let now = global::now();
        // A timer that goes off too early is no harm, and setting one for each chunk would be.
        if self.timer.borrow().as_ref().is_some_and(|(_, at)| *at <= due && *at > now) {
            return;
        }
        let wait = due.since(now).min(LONGEST_TIMER);
        // Rounded up: a timer must not go off a fraction of a millisecond before its time.
        let millis = wait.as_micros().div_ceil(1000) as u32;
        let (me, counted) = (self.me.clone(), Counted::new());
        let timer = Timeout::new(millis, move || {
            let _counted = counted;
            if let Some(running) = me.upgrade() {
                running.timer.take();
                running.timeout();
            }
        });
        self.timer.replace(Some((timer, now + wait)));
    }

    fn timeout(&self) {
        // What a page did not hear while it slept or was busy was no silence.
        page::look();
        #[cfg(feature = "fetch")]
        self.excuse();
        let now = global::now();
        let overdue = self.core.borrow().connection.overdue(now);
        match overdue {
            #[cfg(feature = "fetch")]
            Some((id, cause)) => self.failed(id, self.refusal(id).unwrap_or(cause)),
            #[cfg(not(feature = "fetch"))]
            Some((id, cause)) => self.failed(id, cause),
            None => self.with_connection(Connection::handle_timeout),
        }
    }
}
