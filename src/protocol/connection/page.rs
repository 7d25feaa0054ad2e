//! What befalls the page that the connection belongs to: its network, its sleep, its way out of sight.

use core::time::Duration;

use super::{Connection, Phase, Request};
use crate::protocol::instant::{Instant, Micros};
use crate::protocol::retry;
use crate::protocol::state::{Cause, ConnectionState, Pause};

/// How soon after a wake an open stream has to show that it is alive.
pub const PROOF: Duration = Duration::from_secs(1);

/// What comes sooner than this after a wake may have come before it, and proves nothing.
pub(crate) const BACKLOG: Duration = Duration::from_millis(250);

/// A timer that goes off later than this was held up, as those of a hidden page are, which go off once a second.
const LATE: Micros = 50_000;

/// [`PROOF`], as the connection counts.
const TRIAL: Micros = PROOF.as_micros() as Micros;

impl Connection {
    /// The browser went offline. An open stream is kept, it may be a local one. A planned attempt waits until the browser is
    /// online, or for the longest wait: the browser may be wrong, as it is on isolated networks.
    pub fn handle_offline(&mut self, now: Instant) {
        self.offline = true;
        match self.phase {
            Phase::Waiting => self.pause(Pause::Offline, now),
            Phase::BrowserReconnecting if self.is_resumable() => {
                self.release();
                self.pause(Pause::Offline, now);
            }
            _ => {}
        }
    }

    /// The browser is online again.
    pub fn handle_online(&mut self, now: Instant) {
        self.offline = false;
        self.unpause(Pause::Offline, Cause::Offline, now);
    }

    /// The page is hidden, and the stream is to pause while it is.
    pub fn handle_hidden(&mut self, now: Instant) {
        self.hidden = true;
        if self.is_started() && !self.is_closed() && self.held_back() == Some(Pause::Hidden) {
            self.end_row_of_failures(now);
            self.release();
            self.pause(Pause::Hidden, now);
        }
    }

    /// The page is visible again.
    pub fn handle_visible(&mut self, now: Instant) {
        self.hidden = false;
        self.unpause(Pause::Hidden, Cause::Wake, now);
    }

    /// The page was frozen or asleep: a planned attempt is made soon, and an open stream is replaced unless it shows
    /// [soon](PROOF) that it is alive, or its request must not be repeated. A browser that reconnects by itself is left
    /// alone where only it can tell the server where to resume.
    pub fn handle_wake(&mut self, now: Instant) {
        match self.phase {
            Phase::Waiting => self.wake(Cause::Wake, now),
            _ if self.request() == Request::Once => {}
            // If it slept again meanwhile, it has to begin anew.
            Phase::OnTrial if now < self.due => {}
            // While it slept, nobody could hear: that was no silence.
            Phase::Open | Phase::OnTrial => self.enter(Phase::OnTrial, now.after(TRIAL)),
            Phase::BrowserReconnecting if self.is_resumable() => {
                self.release();
                self.wake(Cause::Wake, now);
            }
            _ => {}
        }
    }

    /// Whether what comes now may have waited since before the wake, so that it proves nothing.
    pub(super) fn is_backlog(&self, now: Instant) -> bool {
        const FRESH: Micros = TRIAL - BACKLOG.as_micros() as Micros;
        self.phase == Phase::OnTrial && now.after(FRESH) < self.due
    }

    /// The stream did not survive: the page slept, the server did not fail.
    pub(super) fn wake_to_loss(&mut self, cause: Cause, now: Instant) {
        self.end_row_of_failures(now);
        if !matches!(cause, Cause::Wake) || now < self.due.after(LATE) {
            return self.wake(cause, now);
        }
        // That was by chance already, and another timer would be as late.
        self.wait(0, cause, now);
        if !matches!(*self.state, ConnectionState::Paused { .. }) {
            self.connect(now);
        }
    }

    /// Why no attempt shall be made for now, if there is a reason.
    pub(super) fn held_back(&self) -> Option<Pause> {
        if self.hidden && self.request() != Request::Once {
            Some(Pause::Hidden)
        } else if self.offline {
            Some(Pause::Offline)
        } else {
            None
        }
    }

    fn is_paused(&self, why: Pause) -> bool {
        matches!(*self.state, ConnectionState::Paused { why: now } if now == why)
    }

    pub(super) fn pause(&mut self, why: Pause, now: Instant) {
        // A pause that goes on is not put off.
        if self.is_paused(why) {
            return;
        }
        match why {
            Pause::Offline => {
                self.enter(Phase::Waiting, now.after(self.longest_wait()).max(self.not_before));
            }
            Pause::Hidden => self.enter(Phase::Still, Instant::NEVER),
        }
        self.change(ConnectionState::Paused { why });
    }

    /// How long an attempt waits at most for a browser that says it is offline.
    fn longest_wait(&self) -> Micros {
        let asked = self.reconnection_time.unwrap_or(self.retry.initial);
        asked.saturating_add(self.retry.max).max(retry::SHORTEST)
    }

    /// Ends the pause that had this reason; another reason may hold on.
    fn unpause(&mut self, why: Pause, cause: Cause, now: Instant) {
        if self.is_paused(why) {
            self.enter(Phase::Still, Instant::NEVER);
            self.wake(cause, now);
        }
    }

    /// Plans the next attempt soon, but not in the same moment as every other page.
    fn wake(&mut self, cause: Cause, now: Instant) {
        let least = match cause {
            Cause::Wake | Cause::Offline => 0,
            // Something did fail.
            _ => retry::SHORTEST,
        };
        let soon = retry::wait_after_wake(self.random.next()).max(least);
        let asked = self.not_before.micros_since(now);
        let wait = soon.max(asked);
        // One that is planned already is not put off. Of one sleep both a page and its worker may tell.
        let is_told = matches!(cause, Cause::Wake)
            && matches!(*self.state, ConnectionState::Reconnecting { cause: Cause::Wake, .. });
        if self.phase != Phase::Waiting || (!is_told && now.after(wait) < self.due) {
            self.wait(wait, cause, now);
        }
    }
}
