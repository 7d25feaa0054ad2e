//! Brings the connection news, and carries out its commands.

use std::sync::Arc;

use super::running::Running;
use crate::js::global;
use crate::protocol::connection::{AttemptId, Command, Connection};
use crate::protocol::instant::Instant;
use crate::protocol::state::{Cause, CloseReason, ConnectionState};
use crate::transport::Active;

impl Running {
    pub(super) fn with_connection(&self, handle: impl FnOnce(&mut Connection, Instant)) {
        let now = global::now();
        {
            let mut core = self.core.borrow_mut();
            // Before anything that may replace the connection: the next one resumes from there.
            core.note_last_event_id();
            handle(&mut core.connection, now);
        }
        self.drive();
    }

    /// Drains the connection's commands.
    fn drive(&self) {
        loop {
            let command = self.core.borrow_mut().connection.poll();
            match command {
                Some(Command::Open { id, transport, resume }) => {
                    self.core.borrow_mut().attempts += 1;
                    match self.open(id, transport, &resume) {
                        Ok(active) => self.hold(id, active),
                        Err(error) => self.failed(id, Cause::Network { message: global::message(&error) }),
                    }
                }
                Some(Command::Release(_)) => {
                    let _wait = self.wait.take();
                    // Dropped after the borrow: that may run code of the application's.
                    let _active = self.core.borrow_mut().active.take();
                }
                Some(Command::Notify(state)) => {
                    #[cfg(feature = "fetch")]
                    self.note_loss(&state);
                    match &*state {
                        ConnectionState::Open { transport, resumed_from, .. } => {
                            self.core.borrow_mut().resuming.handle_open(*transport, resumed_from);
                        }
                        ConnectionState::Closed { .. } => {
                            self.watch.take();
                        }
                        _ => {}
                    }
                    self.untold.borrow_mut().push_back(state);
                    self.tell_states();
                }
                None => break,
            }
        }
        self.arm();
    }

    /// Tells events that came before first.
    fn tell_states(&self) {
        // A subscriber that traps must keep back neither states nor other commands of the connection.
        let otherwise = (!self.gathered.borrow().is_empty()).then(|| {
            self.otherwise(|running| {
                running.tell_states();
                running.drive();
            })
        });
        self.flush();
        drop(otherwise);
        while let Some(state) = self.next_untold() {
            self.sink.state(&state);
        }
    }

    fn next_untold(&self) -> Option<Arc<ConnectionState>> {
        self.untold.borrow_mut().pop_front()
    }

    /// Keeps the transport, unless the application's own `fetch` has ended the attempt from within.
    pub(super) fn hold(&self, id: AttemptId, active: Active) {
        // Dropping these runs code of the application: so it comes after the borrow.
        let unwanted = {
            let mut core = self.core.borrow_mut();
            if core.connection.is_current(id) {
                core.active.replace((id, active))
            } else {
                Some((id, active))
            }
        };
        drop(unwanted);
        self.listen_to_all(id);
    }

    /// Events that have not been handed over by then never are.
    pub(super) fn close(&self, reason: CloseReason) {
        let gathered = self.gathered.take();
        let due = self.due.take();
        self.with_connection(|connection, _| connection.close(reason));
        drop((gathered, due));
    }

    pub(super) fn failed(&self, id: AttemptId, cause: Cause) {
        let verdict = self.verdict(id, &cause);
        self.with_connection(|connection, now| connection.handle_failure(id, cause, verdict, now));
    }

    pub(super) fn interrupted(&self, id: AttemptId) {
        let cause = Cause::Network { message: String::new() };
        let verdict = self.verdict(id, &cause);
        self.with_connection(|connection, now| match verdict {
            Some(false) => connection.handle_failure(id, cause, verdict, now),
            _ => connection.handle_interruption(id, now),
        });
    }

    /// Asks the application about a failure of the connection in use.
    fn verdict(&self, id: AttemptId, cause: &Cause) -> Option<bool> {
        let attempt = {
            let core = self.core.borrow();
            core.connection.is_current(id).then(|| core.connection.attempt())
        };
        let attempt = attempt?;
        // If that traps, it is decided without it.
        let failure = cause.clone();
        let _otherwise = self.otherwise(move |running| {
            running.with_connection(|connection, now| connection.handle_failure(id, failure, None, now));
        });
        self.sink.verdict(attempt, cause)
    }
}
