//! Carries out what the connection decides, and brings it what the browser reports.
//!
//! The engine calls its [`Sink`] only from the top of a task of the browser's, or from inside a call of
//! its owner's; never while it holds a borrow, so that whatever a subscriber does there (subscribe,
//! close, trap) finds the engine in order.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;
use web_sys::MessageEvent;

#[cfg(feature = "fetch")]
use crate::batch::Batch;
use crate::protocol::connection::{AttemptId, Command, Config, Connection, Resume};
use crate::protocol::instant::Instant;
#[cfg(feature = "fetch")]
use crate::protocol::parser::Parser;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, Transport};
use crate::transport::event_source::EventSourceTransport;
#[cfg(feature = "fetch")]
use crate::transport::fetch::FetchTransport;
use crate::transport::{Active, Counted, Report, global, url};

/// The longest time a browser's timer can take; longer waits are chained.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// Where events and changes of state go.
pub(crate) trait Sink {
    /// One event, over the browser's EventSource. Says whether it ends the stream.
    fn message(&self, event: &MessageEvent) -> bool;
    /// The events of one chunk, over fetch. Says whether one of them ends the stream.
    #[cfg(feature = "fetch")]
    fn batch(&self, batch: Batch) -> bool;
    /// The state has changed.
    fn state(&self, state: &ConnectionState);
    /// The application's word on whether a failure is worth another attempt, if it wants to have one.
    fn verdict(&self, _attempt: u32, _cause: &Cause) -> Option<bool> {
        None
    }
    /// Takes note of a response's headers, and gives those that the state shall carry.
    #[cfg(feature = "fetch")]
    fn headers(&self, headers: &web_sys::Headers) -> Vec<(String, String)>;
}

/// What the engine itself has to know, beside the connection's [`Config`].
pub(crate) struct Options {
    /// In full.
    pub(crate) url: String,
    pub(crate) with_credentials: bool,
    pub(crate) last_event_id_param: Option<String>,
    #[cfg(feature = "fetch")]
    pub(crate) event_limit: usize,
}

/// A running connection; closed when it is dropped.
pub(crate) struct Engine(Rc<Running>);

struct Running {
    me: Weak<Running>,
    options: Options,
    sink: Rc<dyn Sink>,
    core: RefCell<Core>,
    timer: RefCell<Option<(Timeout, Instant)>>,
}

struct Core {
    connection: Connection,
    active: Option<(AttemptId, Active)>,
    #[cfg(feature = "fetch")]
    parser: Parser,
    /// The chunk's bytes, kept for their room.
    #[cfg(feature = "fetch")]
    buffer: Vec<u8>,
    /// The final URL's origin.
    #[cfg(feature = "fetch")]
    origin: String,
    types: BTreeSet<Box<str>>,
}

impl Engine {
    /// An engine that has not started yet.
    pub(crate) fn new(options: Options, config: Config, sink: Rc<dyn Sink>) -> Self {
        let seed = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
        let core = Core {
            connection: Connection::new(config, seed),
            active: None,
            #[cfg(feature = "fetch")]
            parser: Parser::default(),
            #[cfg(feature = "fetch")]
            buffer: Vec::new(),
            #[cfg(feature = "fetch")]
            origin: String::new(),
            types: BTreeSet::new(),
        };
        Self(Rc::new_cyclic(|me| Running {
            me: me.clone(),
            options,
            sink,
            core: RefCell::new(core),
            timer: RefCell::new(None),
        }))
    }

    pub(crate) fn start(&self) {
        self.0.with_connection(|connection| connection.handle_start(global::now()));
    }

    pub(crate) fn reconnect(&self) {
        self.0.with_connection(|connection| connection.handle_reconnect(global::now()));
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.0.with_connection(|connection| connection.close(reason));
    }

    /// Over the browser's EventSource, only event types that were named here arrive.
    pub(crate) fn listen(&self, event_type: &str) {
        let mut core = self.0.core.borrow_mut();
        if core.types.insert(event_type.into())
            && let Some((_, Active::EventSource(source))) = &core.active
        {
            // Fails only for what is no EventTarget.
            let _ = source.listen(event_type);
        }
    }

    pub(crate) fn unlisten(&self, event_type: &str) {
        let mut core = self.0.core.borrow_mut();
        if core.types.remove(event_type)
            && let Some((_, Active::EventSource(source))) = &core.active
        {
            source.unlisten(event_type);
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.close(CloseReason::Closed);
    }
}

impl Running {
    fn with_connection(&self, handle: impl FnOnce(&mut Connection)) {
        {
            let mut core = self.core.borrow_mut();
            // Before anything that may replace the connection: the next one resumes from there.
            core.note_last_event_id();
            handle(&mut core.connection);
        }
        self.drive();
    }

    /// Drains the connection's commands.
    fn drive(&self) {
        loop {
            let command = self.core.borrow_mut().connection.poll();
            match command {
                Some(Command::Open { id, transport, resume }) => self.open(id, transport, &resume),
                Some(Command::Release(_)) => {
                    let active = self.core.borrow_mut().active.take();
                    if let Some((_, Active::EventSource(source))) = &active {
                        self.core.borrow().types.iter().for_each(|event_type| source.unlisten(event_type));
                    }
                }
                Some(Command::Notify(state)) => self.sink.state(&state),
                None => break,
            }
        }
        self.arm();
    }

    fn open(&self, id: AttemptId, transport: Transport, resume: &Resume) {
        let url = match (resume, &self.options.last_event_id_param) {
            (Resume::Query(id), Some(name)) => url::with_parameter(&self.options.url, name, id),
            _ => self.options.url.clone(),
        };
        let me = self.me.clone();
        let report = move |report| {
            if let Some(running) = me.upgrade() {
                running.report(id, report);
            }
        };
        match self.open_transport(transport, &url, resume, report) {
            Ok(active) => self.core.borrow_mut().active = Some((id, active)),
            Err(error) => self.failed(id, Cause::Network { message: global::message(&error) }),
        }
    }

    fn open_transport(
        &self,
        transport: Transport,
        url: &str,
        resume: &Resume,
        report: impl Fn(Report) + 'static,
    ) -> Result<Active, JsValue> {
        match transport {
            Transport::EventSource => {
                let core = self.core.borrow();
                let id = core.connection.last_event_id();
                let source = EventSourceTransport::open(url, self.options.with_credentials, id, report)?;
                for event_type in &core.types {
                    source.listen(event_type)?;
                }
                Ok(Active::EventSource(source))
            }
            #[cfg(feature = "fetch")]
            Transport::Fetch => {
                // The parser goes on with the id of the connection before, a fresh one would lose it.
                let mut core = self.core.borrow_mut();
                let parser = Parser::with_last_event_id(core.connection.last_event_id());
                core.parser = parser.event_limit(self.options.event_limit);
                let id = if let Resume::Header(id) = resume { id } else { "" };
                FetchTransport::open(url, self.options.with_credentials, id, report).map(Active::Fetch)
            }
            #[cfg(not(feature = "fetch"))]
            Transport::Fetch => {
                let _ = resume;
                Err(JsValue::from_str(
                    "this build has no fetch transport: turn on the crate's feature \"fetch\"",
                ))
            }
        }
    }

    fn report(&self, id: AttemptId, report: Report) {
        match report {
            Report::Opened => {
                self.with_connection(|connection| connection.handle_open(id, None, global::now()));
            }
            Report::Message(event) => self.message(id, &event),
            Report::Interrupted => self.interrupted(id),
            #[cfg(feature = "fetch")]
            Report::Answered(response) => self.answered(id, &response),
            #[cfg(feature = "fetch")]
            Report::Chunk(chunk) => self.chunk(id, &chunk),
            Report::Failed(cause) => self.failed(id, cause),
        }
    }

    fn message(&self, id: AttemptId, event: &MessageEvent) {
        if !self.core.borrow().connection.is_current(id) {
            return;
        }
        self.core.borrow_mut().connection.handle_received(id, global::now());
        if self.sink.message(event) {
            self.end();
        }
    }

    /// The application has seen the end of the stream in an event.
    fn end(&self) {
        self.with_connection(|connection| connection.close(CloseReason::Ended));
    }

    fn failed(&self, id: AttemptId, cause: Cause) {
        let verdict = self.verdict(id, &cause);
        self.with_connection(|connection| connection.handle_failure(id, cause, verdict, global::now()));
    }

    fn interrupted(&self, id: AttemptId) {
        let cause = Cause::Network { message: String::new() };
        let verdict = self.verdict(id, &cause);
        self.with_connection(|connection| match verdict {
            Some(false) => connection.handle_failure(id, cause, verdict, global::now()),
            _ => connection.handle_interruption(id, global::now()),
        });
    }

    /// Asks the application about a failure of the connection in use.
    fn verdict(&self, id: AttemptId, cause: &Cause) -> Option<bool> {
        let attempt = {
            let core = self.core.borrow();
            core.connection.is_current(id).then(|| core.connection.attempt())
        };
        self.sink.verdict(attempt?, cause)
    }

    fn timeout(&self) {
        let overdue = self.core.borrow().connection.overdue(global::now());
        match overdue {
            Some((id, cause)) => self.failed(id, cause),
            None => self.with_connection(|connection| connection.handle_timeout(global::now())),
        }
    }

    /// Sees to it that the connection hears of the time when it wants to.
    fn arm(&self) {
        let Some(due) = self.core.borrow().connection.poll_timeout() else {
            self.timer.take();
            return;
        };
        let now = global::now();
        // A timer that goes off too early is no harm, and setting one for each chunk would be.
        if self.timer.borrow().as_ref().is_some_and(|(_, at)| *at <= due && *at > now) {
            return;
        }
        let wait = due.since(now).min(LONGEST_TIMER);
        // Rounded up: a timer must not go off a fraction of a millisecond before its time.
        let millis = wait.as_micros().div_ceil(1000) as u32;
        let (me, counted) = (self.me.clone(), Counted::new());
        let timer = Timeout::new(millis, move || {
            let _counted = counted;
            if let Some(running) = me.upgrade() {
                running.timer.take();
                running.timeout();
            }
        });
        *self.timer.borrow_mut() = Some((timer, now + wait));
    }
}

#[cfg(feature = "fetch")]
impl Running {
    fn answered(&self, id: AttemptId, response: &web_sys::Response) {
        use crate::protocol::state::Response;

        let headers = response.headers();
        let header = |name| headers.get(name).ok().flatten().unwrap_or_default();
        let head = Response::new(response.status(), header("content-type"))
            .retry_after(retry_after(&header("retry-after")))
            .headers(self.sink.headers(&headers));
        match head.check() {
            Ok(head) => {
                self.core.borrow_mut().origin = url::origin(&response.url());
                self.with_connection(|connection| connection.handle_open(id, Some(head), global::now()));
            }
            Err(cause) => self.failed(id, cause),
        }
    }

    fn chunk(&self, id: AttemptId, chunk: &js_sys::Uint8Array) {
        let Some((batch, too_large)) = self.core.borrow_mut().parse(id, chunk) else { return };
        if batch.len() > 0 && self.sink.batch(batch) {
            return self.end();
        }
        match too_large {
            Some(cause) => self.failed(id, cause),
            None => self.arm(),
        }
    }
}

impl Core {
    /// The browser's EventSource is asked for the last event ID when it matters, not for every event.
    fn note_last_event_id(&mut self) {
        if let Some((id, Active::EventSource(source))) = &self.active
            && let Some(last_event_id) = source.last_event_id()
        {
            self.connection.handle_last_event_id(*id, &last_event_id);
        }
    }
}

#[cfg(feature = "fetch")]
impl Core {
    /// The events of a chunk, and the failure that ended them. The connection learns what they say.
    fn parse(&mut self, id: AttemptId, chunk: &js_sys::Uint8Array) -> Option<(Batch, Option<Cause>)> {
        if !self.connection.is_current(id) {
            return None;
        }
        self.buffer.resize(chunk.length() as usize, 0);
        chunk.copy_to(&mut self.buffer);
        let mut batch = Batch::new(self.origin.clone());
        let mut too_large = None;
        let mut events = self.parser.feed(&self.buffer);
        while let Some(event) = events.next() {
            match event {
                Ok(event) => batch.push(event),
                Err(error) => too_large = Some(Cause::EventTooLarge { limit: error.limit }),
            }
        }
        drop(events);
        self.connection.handle_received(id, global::now());
        self.connection.handle_last_event_id(id, self.parser.last_event_id());
        if let Some(time) = self.parser.reconnection_time() {
            self.connection.handle_reconnection_time(id, time);
        }
        Some((batch, too_large))
    }
}

/// `Retry-After` is a number of seconds or a date.
#[cfg(feature = "fetch")]
fn retry_after(value: &str) -> Option<Duration> {
    let value = value.trim();
    if value.is_empty() {
        None
    } else if value.bytes().all(|byte| byte.is_ascii_digit()) {
        Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)))
    } else {
        // NaN, for what is no date, casts to 0 like a date in the past: at once.
        let until = js_sys::Date::parse(value) - js_sys::Date::now();
        (!until.is_nan()).then(|| Duration::from_millis(until as u64))
    }
}
