//! Brings the connection what befalls the page.

use super::running::Running;
use super::seam::{Hidden, Offline};
#[cfg(feature = "fetch")]
use crate::js::global;
use crate::protocol::connection::BACKLOG;
use crate::protocol::instant::Instant;
use crate::transport::page::{self, PageEvent};

impl Running {
    /// Watches the page, and takes note of how it is already.
    pub(super) fn watch(&self) {
        let me = self.me.clone();
        let watch = page::watch(move |what| {
            if let Some(running) = me.upgrade() {
                running.befall(what);
            }
        });
        self.watch.replace(Some(watch));
        if page::is_offline() {
            self.befall(PageEvent::Offline);
        }
        if page::is_hidden() {
            self.befall(PageEvent::Hidden);
        }
    }

    fn befall(&self, what: PageEvent) {
        // Before the borrow: this may call the application's code.
        if self.heeds(what) {
            self.with_connection(|connection, now| match what {
                PageEvent::Offline => connection.handle_offline(now),
                PageEvent::Online => connection.handle_online(now),
                PageEvent::Hidden | PageEvent::Left => connection.handle_hidden(now),
                PageEvent::Visible | PageEvent::Returned => connection.handle_visible(now),
                PageEvent::Woke => connection.handle_wake(now),
                // It was there all the time: what it reads from here on proves the stream alive.
                PageEvent::HeldUp => {
                    let before = now.as_millis() - BACKLOG.as_millis() as f64;
                    connection.handle_wake(Instant::from_millis(before));
                }
            });
        }
        #[cfg(feature = "fetch")]
        if matches!(what, PageEvent::Woke | PageEvent::HeldUp) {
            let now = global::now();
            self.core.borrow_mut().pace.handle_wake(now);
        }
        // The timers of a hidden page are late.
        self.end_wait();
    }

    fn heeds(&self, what: PageEvent) -> bool {
        let pauses = self.options.hidden == Hidden::Pause;
        match what {
            // A server on the same machine is there whatever becomes of the network.
            PageEvent::Offline => self.options.offline == Offline::Wait && !self.core.borrow().is_near,
            PageEvent::Hidden | PageEvent::Visible => pauses,
            // The page may come back to where nobody sees it.
            PageEvent::Returned => !(pauses && page::is_hidden()),
            PageEvent::Online | PageEvent::Left | PageEvent::Woke | PageEvent::HeldUp => true,
        }
    }
}
