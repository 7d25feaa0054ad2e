//! Hands over the received events, part by part.

use super::received::{Part, Received};
use super::running::Running;
use crate::js::Otherwise;

impl Running {
    /// Says whether that was the end.
    pub(super) fn hand_over(&self, received: Received) -> bool {
        // A subscriber that traps must not keep back the parts after it.
        let otherwise = (!received.gaps.is_empty()).then(|| {
            self.otherwise(|running| {
                running.hand_over_due();
            })
        });
        self.due.borrow_mut().push_back(received);
        let is_end = self.hand_over_due();
        drop(otherwise);
        is_end
    }

    /// Runs if a subscriber traps.
    pub(super) fn otherwise(&self, act: impl FnOnce(&Self) + 'static) -> Otherwise {
        let me = self.me.clone();
        Otherwise::new(move || {
            if let Some(running) = me.upgrade() {
                act(&running);
            }
        })
    }

    /// Says whether that was the end.
    pub(super) fn hand_over_due(&self) -> bool {
        // Without a borrow: subscribers may close the source.
        while let Some(part) = self.next_part() {
            match part {
                Part::Gap(gap) => self.sink.gap(gap),
                Part::Reused(id) => self.sink.reused(&id),
                Part::Events(batch) => {
                    if let Some(reason) = self.sink.batch(batch) {
                        self.close(reason);
                        return true;
                    }
                }
            }
        }
        false
    }

    fn next_part(&self) -> Option<Part> {
        let mut due = self.due.borrow_mut();
        loop {
            match due.front_mut()?.next() {
                Some(part) => return Some(part),
                None => due.pop_front(),
            };
        }
    }
}
