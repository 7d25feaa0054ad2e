//! What the engine does over fetch alone.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wasm_bindgen::JsValue;

use super::pace::Pace;
use super::received::{self, Received};
use super::{Core, Engine, Running};
use crate::protocol::connection::{AttemptId, Resume};
use crate::protocol::parser::Parser;
use crate::protocol::state::{Cause, ConnectionState, Response};
use crate::request::Attempt;
use crate::transport::fetch::{FetchTransport, Outgoing};
use crate::transport::{Active, global, url};

impl Running {
    pub(super) fn open_fetch(&self, id: AttemptId, url: String, resume: &Resume) -> Result<Active, JsValue> {
        let attempt = {
            let mut core = self.core.borrow_mut();
            // The parser goes on with the id of the connection before, a fresh one would lose it.
            let parser = Parser::with_last_event_id(core.connection.last_event_id());
            core.parser = parser.event_limit(self.options.event_limit);
            core.pace = Pace::new(self.options.delivery);
            Attempt {
                attempt: core.connection.attempt(),
                last_event_id: resume.id().to_owned(),
                cause: core.lost.as_deref().and_then(why).cloned(),
            }
        };
        let outgoing = Outgoing {
            request: Rc::clone(&self.options.request),
            url,
            with_credentials: self.options.with_credentials,
            last_event_id: if let Resume::Header(id) = resume { id.clone() } else { String::new() },
        };
        // Without a borrow: `fetch` may be the application's.
        FetchTransport::open(outgoing, attempt, self.options.paced, self.reporter(id)).map(Active::Fetch)
    }

    pub(super) fn note_loss(&self, state: &Arc<ConnectionState>) {
        if why(state).is_some() {
            self.core.borrow_mut().lost = Some(Arc::clone(state));
        }
    }

    pub(super) fn answered(&self, id: AttemptId, response: &web_sys::Response) {
        let headers = response.headers();
        let header = |name| headers.get(name).ok().flatten().unwrap_or_default();
        let head = Response::new(response.status(), header("content-type"))
            .retry_after(retry_after(&header("retry-after")))
            .headers(self.sink.headers(&headers));
        match head.check() {
            Ok(head) => {
                self.core.borrow_mut().origin = url::origin(&response.url()).into();
                self.with_connection(|connection| connection.handle_open(id, Some(head), global::now()));
                let gap = {
                    let mut core = self.core.borrow_mut();
                    let current = core.connection.is_current(id);
                    let got = core
                        .resuming
                        .gap_headers()
                        .iter()
                        .find_map(|name| headers.get(name).ok()?)
                        .filter(|_| current);
                    core.resuming.gap(got)
                };
                gap.into_iter().for_each(|gap| self.sink.gap(gap));
            }
            Err(cause) => {
                let mut core = self.core.borrow_mut();
                if let Some(fetch) = core.fetch(id) {
                    fetch.excerpt();
                    core.refusal = Some((id, cause));
                }
            }
        }
    }

    /// The body of a refused response has come, as far as it is wanted.
    pub(super) fn refused(&self, id: AttemptId, body_text: String) {
        let Some(mut cause) = self.refusal(id) else { return };
        if let Cause::Status { response } | Cause::ContentType { response } = &mut cause {
            response.body_text = body_text;
        }
        if !self.refresh(id, &cause) {
            self.failed(id, cause);
        }
    }

    /// What the response of this attempt is refused for, if it is.
    pub(super) fn refusal(&self, id: AttemptId) -> Option<Cause> {
        self.core.borrow_mut().refusal.take_if(|(of, _)| *of == id).map(|(_, cause)| cause)
    }

    /// After a 401, repeats the attempt with new credentials. Says whether it does.
    fn refresh(&self, id: AttemptId, cause: &Cause) -> bool {
        if cause.response().is_none_or(|response| response.status != 401) {
            return false;
        }
        let again = {
            let core = self.core.borrow();
            core.fetch(id).and_then(|fetch| fetch.refreshed(cause, self.reporter(id)))
        };
        let Some(again) = again else { return false };
        self.hold(id, Active::Fetch(again));
        true
    }

    pub(super) fn chunk(&self, id: AttemptId, chunk: &js_sys::Uint8Array) {
        let parsed = self.core.borrow_mut().parse(id, chunk);
        let Some((received, too_large)) = parsed else { return };
        if self.hand_over(received) {
            return;
        }
        match too_large {
            Some(cause) => self.failed(id, cause),
            None => self.arm(),
        }
    }

    /// Reads on, if that was put off and nothing holds it back any more.
    pub(super) fn go_on(&self) {
        let is_waiting = self.core.borrow().pace.is_waiting();
        if !is_waiting && self.is_put_off() && !self.sink.is_held() {
            self.excuse();
            self.core.borrow_mut().asked = global::now();
            // Without the borrow: the stream may be the application's.
            let read = self.core.borrow().active_fetch().map(FetchTransport::reading);
            if let Some(read) = read {
                read.go_on();
            }
            self.arm();
        }
    }

    /// What is not read is not silent.
    pub(super) fn excuse(&self) {
        if self.is_put_off() {
            let mut core = self.core.borrow_mut();
            if let Some((id, _)) = core.active {
                core.connection.handle_received(id, global::now());
            }
        }
    }

    fn is_put_off(&self) -> bool {
        self.core.borrow().active_fetch().is_some_and(FetchTransport::is_put_off)
    }
}

impl Engine {
    /// What held the stream back may be over.
    pub(crate) fn go_on(&self) {
        self.0.go_on();
    }
}

impl Core {
    fn active_fetch(&self) -> Option<&FetchTransport> {
        match &self.active {
            Some((_, Active::Fetch(fetch))) => Some(fetch),
            _ => None,
        }
    }

    /// The attempt's transport, if it is the one in use.
    fn fetch(&self, id: AttemptId) -> Option<&FetchTransport> {
        match &self.active {
            Some((current, Active::Fetch(fetch))) if *current == id => Some(fetch),
            _ => None,
        }
    }

    /// The events of a chunk, and the failure that ended them. The connection learns what they say.
    fn parse(&mut self, id: AttemptId, chunk: &js_sys::Uint8Array) -> Option<(Received, Option<Cause>)> {
        if !self.connection.is_current(id) {
            return None;
        }
        let now = global::now();
        self.pace.handle_chunk(chunk.length() as usize, now.since(self.asked));
        let mut received = Received::new(&self.origin, &self.spare);
        let Received { batch, gaps } = &mut received;
        let Self { parser, resuming, .. } = self;
        let too_large = batch
            .read(
                chunk.length() as usize,
                |bytes| chunk.copy_to(bytes),
                parser,
                |event| received::admit(resuming, gaps, event),
            )
            .map(|error| Cause::EventTooLarge { limit: error.limit });
        self.connection.handle_received(id, now);
        let last_event_id = self.parser.last_event_id();
        if !self.resuming.is_old(&last_event_id) {
            if last_event_id != self.connection.last_event_id() {
                received.batch.end(&last_event_id);
            }
            self.connection.handle_last_event_id(id, &last_event_id);
        }
        if let Some(time) = self.parser.reconnection_time() {
            self.connection.handle_reconnection_time(id, time);
        }
        Some((received, too_large))
    }
}

/// Why a stream was lost.
fn why(state: &ConnectionState) -> Option<&Cause> {
    match state {
        ConnectionState::Reconnecting { cause, .. } => Some(cause),
        _ => None,
    }
}

/// `Retry-After` is a number of seconds or a date.
fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if value.is_empty() {
        None
    } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
    } else {
        // It begins with the day of the week. Browsers take nearly anything for a date.
        let day = value.get(..3)?.to_ascii_lowercase();
        if !["mon", "tue", "wed", "thu", "fri", "sat", "sun"].contains(&&*day) {
            return None;
        }
        let until = js_sys::Date::parse(value) - js_sys::Date::now();
        // What is past casts to 0: at once.
        (!until.is_nan()).then(|| Duration::from_millis(until as u64))
    }
}
