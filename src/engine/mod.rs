//! Carries out the connection's decisions, and brings it the browser's reports.
//!
//! The engine calls its [`Sink`] only from the top of a task of the browser's, or from inside a call of
//! its owner's; never while it holds a borrow, so that whatever a subscriber does there (subscribe,
//! close, trap) finds the engine in order. The same holds for every call of JavaScript that may be the application's.
//!
//! Imports go one way: `pace` ← `seam`, `resuming` ← `received` ← `running`, which is the engine's whole state ← what it
//! does, none of which imports another: `drive`, `open`, `report`, `native`, `fetching`, `hand_over`, `waiting`, `timer`
//! and `page` ← this module.

mod drive;
#[cfg(feature = "fetch")]
mod fetching;
mod hand_over;
mod native;
mod open;
mod pace;
mod page;
mod received;
mod report;
mod resuming;
mod running;
mod seam;
mod timer;
mod waiting;

use std::rc::Rc;

use self::running::Running;
use crate::protocol::connection::{Config, Connection};
use crate::protocol::state::CloseReason;

pub use self::pace::Delivery;
pub(crate) use self::resuming::Rules;
pub use self::seam::{Hidden, Offline};
pub(crate) use self::seam::{Options, Sink};

/// A running connection; closed when it is dropped.
pub(crate) struct Engine(Rc<Running>);

impl Engine {
    /// An engine that has not started yet.
    pub(crate) fn new(options: Options, rules: Rules, config: Config, sink: Rc<dyn Sink>) -> Self {
        Self(Running::new(options, rules, config, sink))
    }

    pub(crate) fn start(&self) {
        self.0.watch();
        self.0.with_connection(Connection::handle_start);
    }

    pub(crate) fn reconnect(&self) {
        self.0.with_connection(Connection::handle_reconnect);
    }

    /// Goes on from this last event ID after a failure that has closed it.
    pub(crate) fn reopen(&self, last_event_id: &str) {
        {
            let mut core = self.0.core.borrow_mut();
            core.heard_id = None;
            // Events that nobody got come again.
            core.resuming.forget();
        }
        self.0.with_connection(|connection, now| connection.handle_reopen(last_event_id, now));
        self.0.watch();
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.0.close(reason);
    }

    /// The reason that held the stream back may be over.
    #[cfg(feature = "fetch")]
    pub(crate) fn go_on(&self) {
        self.0.go_on();
    }

    /// The newest last event ID.
    pub(crate) fn last_event_id(&self) -> String {
        let mut core = self.0.core.borrow_mut();
        core.note_last_event_id();
        core.connection.last_event_id().to_owned()
    }

    /// How many attempts were made so far.
    pub(crate) fn attempts(&self) -> u64 {
        self.0.core.borrow().attempts
    }

    /// How many replays were dropped so far.
    pub(crate) fn replays(&self) -> u64 {
        self.0.core.borrow().resuming.dropped()
    }

    /// Over the browser's EventSource, only event types that were named here arrive.
    pub(crate) fn listen(&self, event_type: &str) {
        self.0.listen(event_type);
    }

    pub(crate) fn unlisten(&self, event_type: &str) {
        self.0.unlisten(event_type);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close(CloseReason::Closed);
    }
}
