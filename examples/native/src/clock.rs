use std::future::pending;

use tokio::time::{Instant as Moment, sleep};
use typed_eventsource::protocol::instant::Instant;

/// The protocol's clock: it counts from its start, and never goes back.
#[derive(Clone, Copy)]
pub(crate) struct Clock(Moment);

impl Clock {
    pub(crate) fn start() -> Self {
        Self(Moment::now())
    }

    pub(crate) fn now(self) -> Instant {
        Instant::default() + self.0.elapsed()
    }

    /// Until then; for ever, if it is never.
    pub(crate) async fn sleep_until(self, due: Option<Instant>) {
        match due {
            Some(due) => sleep(due.since(self.now())).await,
            None => pending().await,
        }
    }
}
