//! What follows a failure: another attempt, when, or the end.

use super::{Connection, Phase, REFUSALS, Request};
use crate::protocol::instant::{Instant, Micros, duration, micros};
use crate::protocol::retry::Circumstances;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, EndedBy};

impl Connection {
    /// A stream that had been stable ends the row of failures before it.
    pub(super) fn end_row_of_failures(&mut self, now: Instant) {
        if self.is_open() && now.micros_since(self.opened) >= self.retry.stable {
            self.failures = 0;
        }
    }

    pub(super) fn count_failure(&mut self, now: Instant) {
        self.end_row_of_failures(now);
        self.failures = self.failures.saturating_add(1);
    }

    pub(super) fn out_of_attempts(&self) -> bool {
        self.failures >= self.retry.max_attempts
    }

    pub(super) fn fail(&mut self, mut cause: Cause, verdict: Option<bool>, now: Instant) {
        if let (Cause::Status { response }, Some(attempt)) = (&mut cause, &self.current) {
            response.to_resume = !attempt.resumed_from.is_empty();
        }
        self.release();
        let request = self.request();
        match &cause {
            // [spec] … HTTP 204 No Content … can be used to tell the client to stop reconnecting.
            Cause::Status { response } if response.status == 204 => {
                return self.close(CloseReason::NoContent);
            }
            // The answer is over. It is asked for again only if the application says so.
            Cause::EndOfStream
                if request == Request::Once || (request == Request::Idempotent && verdict != Some(true)) =>
            {
                // With the event that ends the stream, the connection would be closed already.
                return self.close(if self.config.until {
                    CloseReason::Fatal(Cause::Truncated)
                } else {
                    CloseReason::Ended { by: EndedBy::Response }
                });
            }
            _ => {}
        }
        // What is not known to be refused may have been carried out, whatever the application says.
        let may_repeat = request != Request::Once || matches!(cause, Cause::Status { .. });
        if !(may_repeat && verdict.unwrap_or(self.is_retryable(&cause))) {
            return self.close(CloseReason::Fatal(cause));
        }
        if matches!(cause, Cause::Refused | Cause::Timeout { .. }) {
            // From here on the waits are ours, and resuming wants the header.
            self.moved_to_fetch |= self.may_move_to_fetch();
        }
        if matches!(cause, Cause::Refused) {
            self.refusals += 1;
            if !self.may_move_to_fetch() && self.refusals > REFUSALS {
                return self.close(CloseReason::Refused);
            }
        }
        // What is an answer says itself when to come again.
        if cause.response().is_none() && self.phase == Phase::OnTrial {
            return self.wake_to_loss(cause, now);
        }
        self.count_failure(now);
        if self.out_of_attempts() {
            return self.close(CloseReason::AttemptsExhausted(cause));
        }
        let retry_after = cause.response().and_then(|response| response.retry_after).map(micros);
        let circumstances = Circumstances {
            reconnection_time: self.reconnection_time,
            retry_after,
            failures: self.failures - 1,
            failed: !matches!(cause, Cause::EndOfStream),
        };
        let wait = self.retry.wait(circumstances, self.random.next());
        self.not_before = if retry_after.is_some() { now.after(wait) } else { Instant::default() };
        self.wait(wait, cause, now);
    }

    pub(super) fn wait(&mut self, wait: Micros, cause: Cause, now: Instant) {
        if let Some(why) = self.held_back() {
            return self.pause(why, now);
        }
        self.enter(Phase::Waiting, now.after(wait));
        let (attempt, wait) = (self.attempt(), Some(duration(wait)));
        self.change(ConnectionState::Reconnecting { attempt, wait, cause });
    }
}
