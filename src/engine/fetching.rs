//! The part of the engine that is for fetch alone.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use wasm_bindgen::JsValue;

use super::pace::Pace;
use super::received::{self, Received};
use super::running::{Core, Running};
use crate::batch::Incoming;
use crate::js::global;
use crate::protocol::connection::{AttemptId, Connection, Resume};
use crate::protocol::instant::Instant;
use crate::protocol::parser::Parser;
use crate::protocol::state::{Cause, ConnectionState, Response};
use crate::request::Attempt;
use crate::transport::fetch::{FetchTransport, Outgoing, Reading};
use crate::transport::{Active, Head, page, url};

/// The beginnings of browsers' messages about a request that got no answer, for any reason.
const UNANSWERED: [&str; 3] = ["Failed to fetch", "NetworkError", "Load failed"];

impl Running {
    pub(super) fn open_fetch(&self, id: AttemptId, url: String, resume: &Resume) -> Result<Active, JsValue> {
        let (attempt, gap_headers) = {
            let mut core = self.core.borrow_mut();
            // The parser goes on with the id of the connection before, a fresh one would lose it.
            let parser = Parser::with_last_event_id(core.connection.last_event_id());
            core.incoming = Incoming::new(parser.event_limit(self.options.event_limit));
            core.pace = Pace::new(self.options.delivery);
            core.is_elsewhere = is_elsewhere(&self.options.url);
            core.needed = needed(matches!(resume, Resume::Header(_) | Resume::Get(_)));
            let attempt = Attempt {
                attempt: core.connection.attempt(),
                last_event_id: resume.id().to_owned(),
                cause: core.lost.as_deref().and_then(why).cloned(),
            };
            (attempt, core.resuming.gap_headers())
        };
        let outgoing = Outgoing {
            request: Rc::clone(&self.options.request),
            url,
            with_credentials: self.options.with_credentials,
            parameter: self.options.last_event_id_param.clone().map(|name| (name, self.options.is_auto)),
            last_event_id: match resume {
                Resume::Header(id) | Resume::Get(id) => id.clone(),
                Resume::FromStart | Resume::Query(_) => String::new(),
            },
            by_get: matches!(resume, Resume::Get(_)),
            gap_headers,
        };
        // Without a borrow: `fetch` may be the application's.
        FetchTransport::open(outgoing, attempt, self.options.paced, self.reporter(id)).map(Active::Fetch)
    }

    /// The attempt goes to this URL.
    pub(super) fn aimed(&self, id: AttemptId, url: &str, by_header: bool) {
        let is_near = url::is_loopback(url);
        {
            let mut core = self.core.borrow_mut();
            if !core.connection.is_current(id) {
                return;
            }
            core.is_near = is_near;
            core.is_elsewhere = is_elsewhere(url);
            core.needed = needed(by_header);
        }
        if is_near {
            self.with_connection(Connection::handle_online);
        }
    }

    pub(super) fn note_loss(&self, state: &Arc<ConnectionState>) {
        if why(state).is_some() {
            self.core.borrow_mut().lost = Some(Arc::clone(state));
        }
    }

    pub(super) fn answered(&self, id: AttemptId, head: Head) {
        let Head { status, url, content_type, retry_after, gap, headers } = head;
        let response =
            Response::new(status, content_type).retry_after(wait_asked_for(&retry_after)).headers(headers);
        match response.check() {
            Ok(response) => {
                {
                    let mut core = self.core.borrow_mut();
                    core.origin = url::origin(&url).into();
                    core.allowed = core.allowed.max(core.needed);
                }
                self.with_connection(|connection, now| connection.handle_open(id, Some(response), now));
                let gap = {
                    let mut core = self.core.borrow_mut();
                    let gap = gap.filter(|_| core.connection.is_current(id));
                    core.resuming.gap(gap)
                };
                gap.into_iter().for_each(|gap| self.sink.gap(gap));
            }
            Err(cause) => {
                let reading = {
                    let mut core = self.core.borrow_mut();
                    let reading = core.fetch(id).map(FetchTransport::reading);
                    if reading.is_some() {
                        core.refusal = Some((id, cause));
                    }
                    reading
                };
                reading.iter().for_each(Reading::excerpt);
            }
        }
    }

    /// The cause with a hint at who may have forbidden the request, which browsers do not say.
    pub(super) fn hinted(&self, cause: Cause) -> Cause {
        let Cause::Network { message } = cause else { return cause };
        let (is_elsewhere, needed, allowed) = {
            let core = self.core.borrow();
            (core.is_elsewhere, core.needed, core.allowed)
        };
        let is_unanswered = UNANSWERED.iter().any(|words| message.starts_with(words));
        let hint = match is_elsewhere && is_unanswered && allowed < needed {
            true if allowed > 0 => " (does CORS allow Last-Event-ID?)",
            true => " (do CORS and connect-src allow it?)",
            false => "",
        };
        Cause::Network { message: message + hint }
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

    /// The reason why the response of this attempt is refused, if it is.
    pub(super) fn refusal(&self, id: AttemptId) -> Option<Cause> {
        self.core.borrow_mut().refusal.take_if(|(of, _)| *of == id).map(|(_, cause)| cause)
    }

    /// After a 401, repeats the attempt with new credentials. Says whether it does.
    fn refresh(&self, id: AttemptId, cause: &Cause) -> bool {
        if cause.response().is_none_or(|response| response.status != 401) {
            return false;
        }
        let again = self.core.borrow().fetch(id).and_then(FetchTransport::again);
        let again = again.and_then(|again| again.open(cause.clone(), self.reporter(id)));
        let Some(again) = again else { return false };
        self.hold(id, Active::Fetch(again));
        true
    }

    pub(super) fn chunk(&self, id: AttemptId, chunk: &js_sys::Uint8Array) {
        page::look();
        let now = global::now();
        let parsed = self.core.borrow_mut().parse(id, chunk, now);
        let Some((received, too_large)) = parsed else { return };
        if let Some(cause) = too_large {
            self.due.borrow_mut().push_back(received);
            self.fail_after_due(id, cause);
        } else if !self.hand_over(received) {
            self.arm();
        }
    }

    /// The attempt has failed. Events that came before are handed over first.
    fn fail_after_due(&self, id: AttemptId, cause: Cause) {
        // A subscriber that traps must not keep the failure back: the parser takes nothing any more.
        let failure = cause.clone();
        let otherwise = self.otherwise(move |running| running.fail_after_due(id, failure));
        let is_end = self.hand_over_due();
        drop(otherwise);
        if !is_end {
            self.failed(id, cause);
        }
    }

    /// Reads on, if that was put off and nothing holds it back any more.
    pub(super) fn go_on(&self) {
        let is_waiting = self.core.borrow().pace.is_waiting();
        if !is_waiting && self.is_put_off() && !self.sink.is_held() {
            self.excuse();
            let now = global::now();
            self.core.borrow_mut().asked = now;
            // Without the borrow: the stream may be the application's.
            let read = self.core.borrow().active_fetch().map(FetchTransport::reading);
            if let Some(read) = read {
                read.go_on();
            }
            self.arm();
        }
    }

    /// A stream that is not read is not silent.
    pub(super) fn excuse(&self) {
        if self.is_put_off() {
            let now = global::now();
            let mut core = self.core.borrow_mut();
            if let Some((id, _)) = core.active {
                core.connection.handle_received(id, now);
            }
        }
    }

    fn is_put_off(&self) -> bool {
        self.core.borrow().active_fetch().is_some_and(FetchTransport::is_put_off)
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
    fn parse(
        &mut self,
        id: AttemptId,
        chunk: &js_sys::Uint8Array,
        now: Instant,
    ) -> Option<(Received, Option<Cause>)> {
        if !self.connection.is_current(id) {
            return None;
        }
        self.pace.handle_chunk(chunk.length() as usize, now.since(self.asked));
        let mut received = Received::new(&self.origin, &self.spare, self.resuming.asked());
        let Received { batch, gaps, reused, .. } = &mut received;
        let mut place = 0;
        let Self { incoming, resuming, .. } = self;
        let too_large = batch
            .read(
                chunk.length() as usize,
                |bytes| chunk.copy_to(bytes),
                incoming,
                |event| received::admit(resuming, gaps, place, event).inspect(|_| place += 1),
            )
            .map(|error| Cause::EventTooLarge { limit: error.limit });
        *reused = resuming.take_reused();
        self.connection.handle_received(id, now);
        if let Some(last_event_id) = self.incoming.changed(self.resuming.is_behind())
            && !self.resuming.is_old(last_event_id)
        {
            if **last_event_id != *self.connection.last_event_id() {
                received.batch.end(last_event_id);
            }
            self.connection.handle_last_event_id(id, last_event_id);
        }
        if let Some(time) = self.incoming.reconnection_time() {
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
fn wait_asked_for(value: &str) -> Option<Duration> {
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
        // A time in the past casts to 0: at once.
        (!until.is_nan()).then(|| Duration::from_millis(until as u64))
    }
}

/// Whether a URL is of another origin than the page, if there is a page.
fn is_elsewhere(url: &str) -> bool {
    let page = global::origin();
    !page.is_empty() && page != url::origin(url)
}

/// The permissions that a request needs: see [`Core::needed`](super::running::Core::needed).
fn needed(by_header: bool) -> u8 {
    if by_header { 2 } else { 1 }
}
