//! Takes the reports of transports.

use super::running::Running;
use crate::protocol::connection::AttemptId;
use crate::transport::Report;

impl Running {
    pub(super) fn report(&self, id: AttemptId, report: Report) {
        match report {
            Report::Opened => {
                #[cfg(feature = "fetch")]
                {
                    let mut core = self.core.borrow_mut();
                    core.allowed = core.allowed.max(1);
                }
                self.with_connection(|connection, now| connection.handle_open(id, None, now));
            }
            Report::Message(message) => self.message(id, message),
            Report::Interrupted => self.interrupted(id),
            #[cfg(feature = "fetch")]
            Report::Answered(head) => self.answered(id, head),
            #[cfg(feature = "fetch")]
            Report::Chunk(chunk) => self.chunk(id, &chunk),
            #[cfg(feature = "fetch")]
            Report::PutOff => self.put_off(),
            #[cfg(feature = "fetch")]
            Report::Refused(body_text) => self.refused(id, body_text),
            #[cfg(feature = "fetch")]
            Report::Aimed { url, by_header } => self.aimed(id, &url, by_header),
            #[cfg(feature = "fetch")]
            Report::Fatal(cause) => {
                self.with_connection(|connection, now| {
                    connection.handle_failure(id, cause, Some(false), now);
                });
            }
            #[cfg(feature = "fetch")]
            Report::Failed(cause) => self.failed(id, self.hinted(cause)),
            #[cfg(not(feature = "fetch"))]
            Report::Failed(cause) => self.failed(id, cause),
        }
    }
}
