//! Makes an attempt.

use wasm_bindgen::JsValue;

use super::running::Running;
use crate::protocol::connection::{AttemptId, Resume};
use crate::protocol::state::Transport;
use crate::transport::{Active, Report, url};

impl Running {
    pub(super) fn open(
        &self,
        id: AttemptId,
        transport: Transport,
        resume: &Resume,
    ) -> Result<Active, JsValue> {
        let url = &self.options.url;
        let url = match (resume, &self.options.last_event_id_param) {
            (Resume::Query(id), Some(name)) => url::with_parameter(url, name, id),
            // An id that the application has put there is an old one by now.
            #[cfg(feature = "fetch")]
            (Resume::Header(_) | Resume::Get(_), Some(name)) => url::without_parameter(url, name),
            _ => url.clone(),
        };
        match transport {
            Transport::EventSource => self.open_event_source(id, &url),
            #[cfg(feature = "fetch")]
            Transport::Fetch => self.open_fetch(id, url, resume),
            #[cfg(not(feature = "fetch"))]
            Transport::Fetch => Err(JsValue::from_str(
                "this build has no fetch transport: turn on the crate's feature \"fetch\"",
            )),
        }
    }

    /// Takes the reports of this attempt's transport.
    pub(super) fn reporter(&self, id: AttemptId) -> impl Fn(Report) + 'static {
        let me = self.me.clone();
        move |report| {
            if let Some(running) = me.upgrade() {
                running.report(id, report);
            }
        }
    }
}
