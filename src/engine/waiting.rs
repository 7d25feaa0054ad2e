//! Lets the next read wait, or the next event over the browser's EventSource, as the pace asks for.

#[cfg(feature = "fetch")]
use std::time::Duration;

#[cfg(feature = "fetch")]
use super::pace::Phase;
use super::received::Received;
use super::running::{Running, Wait};
#[cfg(feature = "fetch")]
use crate::js::global;
use crate::transport::later::Later;

/// How many events are gathered at most.
const MANY: usize = 1024;

impl Running {
    /// Calls `then` when the interval is over, unless the connection is let go of before.
    fn wait(&self, then: fn(&Self)) {
        self.begin_wait(self.options.delivery.later(self.ending_wait()), then);
    }

    fn begin_wait(&self, later: Later, then: fn(&Self)) {
        self.wait.replace(Some(Wait { _later: later, then }));
    }

    fn ending_wait(&self) -> impl Fn() + 'static {
        let me = self.me.clone();
        move || {
            if let Some(running) = me.upgrade() {
                running.end_wait();
            }
        }
    }

    /// The wait that is under way is over, if there is one.
    pub(super) fn end_wait(&self) {
        let wait = self.wait.take();
        if let Some(Wait { then, .. }) = wait {
            then(self);
        }
    }

    /// Reads on after a chunk, when it is time to.
    #[cfg(feature = "fetch")]
    pub(super) fn put_off(&self) {
        let now = global::now();
        let waits = self.core.borrow_mut().pace.begin_wait(now);
        if waits { self.wait(Self::drain) } else { self.go_on() }
    }

    /// Reads all that is there: that is over before a timer goes off.
    #[cfg(feature = "fetch")]
    fn drain(&self) {
        let later = Later::after(Duration::ZERO, self.ending_wait());
        self.begin_wait(later, |running| running.enter(Phase::Reading));
        self.enter(Phase::Draining);
        self.go_on();
    }

    #[cfg(feature = "fetch")]
    fn enter(&self, phase: Phase) {
        self.core.borrow_mut().pace.enter(phase);
    }

    /// Hands over an event of the browser's EventSource, together with others where that is asked for. The first after
    /// a silence does not wait.
    pub(super) fn gather(&self, received: Received) {
        if !self.options.delivery.gathers() {
            self.hand_over(received);
            return;
        }
        let is_full = {
            let mut gathered = self.gathered.borrow_mut();
            gathered.push_back(received);
            gathered.len() >= MANY
        };
        if is_full {
            self.flush();
        } else if self.wait.borrow().is_none() {
            self.hand_over_gathered();
        }
    }

    fn hand_over_gathered(&self) {
        if !self.gathered.borrow().is_empty() {
            // This comes first: a subscriber that traps must not keep the rest back.
            self.wait(Self::hand_over_gathered);
            self.flush();
        }
    }

    /// Hands over the gathered events.
    pub(super) fn flush(&self) {
        // Without a borrow: subscribers may close the source.
        while let Some(received) = self.next_gathered() {
            self.hand_over(received);
        }
    }

    fn next_gathered(&self) -> Option<Received> {
        self.gathered.borrow_mut().pop_front()
    }
}
