//! Carries out what the connection decides, and brings it what the browser reports.
//!
//! The engine calls its [`Sink`] only from the top of a task of the browser's, or from inside a call of
//! its owner's; never while it holds a borrow, so that whatever a subscriber does there (subscribe,
//! close, trap) finds the engine in order.

#[cfg(feature = "fetch")]
mod fetching;
mod pace;
mod page;
mod received;
mod resuming;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
#[cfg(feature = "fetch")]
use std::sync::Arc;
use std::time::Duration;

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;

#[cfg(feature = "fetch")]
use self::pace::Pace;
use self::pace::{Gathered, Wait};
use self::resuming::Resuming;
pub(crate) use self::resuming::Rules;
use crate::batch::{Batch, Gap, Spare};
use crate::protocol::connection::{AttemptId, Command, Config, Connection, Resume};
use crate::protocol::instant::Instant;
#[cfg(feature = "fetch")]
use crate::protocol::parser::Parser;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, Transport};
#[cfg(feature = "fetch")]
use crate::request::Request;
use crate::transport::event_source::{EventSourceTransport, Message};
use crate::transport::page::Watch;
use crate::transport::{Active, Counted, Report, global, url};

pub use pace::Delivery;
pub use page::Hidden;

/// The longest time a browser's timer can take; longer waits are chained.
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// Where events and changes of state go.
pub(crate) trait Sink {
    /// The events of one chunk, or one event over the browser's EventSource. Says why one of them ends the stream, if
    /// one does.
    fn batch(&self, batch: Batch) -> Option<CloseReason>;
    /// The server could not resume.
    fn gap(&self, gap: Gap);
    /// An event has come after a resume whose id is known, with other content.
    #[allow(dead_code, reason = "until replays are told apart by their content")]
    fn reused(&self, _last_event_id: &str) {}
    /// Whether nothing more shall be read for now; [`Engine::go_on`] has to be called when that is over.
    #[cfg(feature = "fetch")]
    fn is_held(&self) -> bool {
        false
    }
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
    pub(crate) hidden: Hidden,
    pub(crate) delivery: Delivery,
    #[cfg(feature = "fetch")]
    pub(crate) event_limit: usize,
    /// Whether the sink may [hold](Sink::is_held) the stream back, or its delivery does.
    #[cfg(feature = "fetch")]
    pub(crate) paced: bool,
    #[cfg(feature = "fetch")]
    pub(crate) request: Rc<Request>,
}

/// A running connection; closed when it is dropped.
pub(crate) struct Engine(Rc<Running>);

struct Running {
    me: Weak<Running>,
    options: Options,
    sink: Rc<dyn Sink>,
    core: RefCell<Core>,
    timer: RefCell<Option<(Timeout, Instant)>>,
    /// While the next read, or the next event over the browser's EventSource, has to wait.
    wait: RefCell<Option<Wait>>,
    gathered: RefCell<Gathered>,
    /// From the start until the end.
    watch: RefCell<Option<Watch>>,
}

struct Core {
    connection: Connection,
    resuming: Resuming,
    attempts: u64,
    /// The last event ID of the newest event over the browser's EventSource, of the attempt in use.
    heard_id: Option<String>,
    active: Option<(AttemptId, Active)>,
    #[cfg(feature = "fetch")]
    parser: Parser,
    #[cfg(feature = "fetch")]
    pace: Pace,
    /// When the chunk was asked for.
    #[cfg(feature = "fetch")]
    asked: Instant,
    spare: Spare,
    /// The final URL's origin.
    #[cfg(feature = "fetch")]
    origin: Arc<str>,
    /// The newest state that says why a stream was lost.
    #[cfg(feature = "fetch")]
    lost: Option<Arc<ConnectionState>>,
    /// What a response is refused for, the body of which is being read.
    #[cfg(feature = "fetch")]
    refusal: Option<(AttemptId, Cause)>,
    types: BTreeSet<Box<str>>,
}

impl Engine {
    /// An engine that has not started yet.
    pub(crate) fn new(options: Options, rules: Rules, config: Config, sink: Rc<dyn Sink>) -> Self {
        let seed = (js_sys::Math::random() * (1u64 << 53) as f64) as u64;
        let core = Core {
            connection: Connection::new(config, seed),
            resuming: Resuming::new(rules),
            attempts: 0,
            heard_id: None,
            active: None,
            #[cfg(feature = "fetch")]
            parser: Parser::default(),
            spare: Spare::default(),
            #[cfg(feature = "fetch")]
            pace: Pace::default(),
            #[cfg(feature = "fetch")]
            asked: global::now(),
            #[cfg(feature = "fetch")]
            origin: "".into(),
            #[cfg(feature = "fetch")]
            lost: None,
            #[cfg(feature = "fetch")]
            refusal: None,
            types: BTreeSet::new(),
        };
        Self(Rc::new_cyclic(|me| Running {
            me: me.clone(),
            options,
            sink,
            core: RefCell::new(core),
            timer: RefCell::new(None),
            wait: RefCell::new(None),
            gathered: RefCell::default(),
            watch: RefCell::new(None),
        }))
    }

    pub(crate) fn start(&self) {
        self.0.watch();
        self.0.with_connection(|connection| connection.handle_start(global::now()));
    }

    pub(crate) fn reconnect(&self) {
        self.0.with_connection(|connection| connection.handle_reconnect(global::now()));
    }

    pub(crate) fn close(&self, reason: CloseReason) {
        self.0.gathered.take();
        self.0.with_connection(|connection| connection.close(reason));
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
                Some(Command::Open { id, transport, resume }) => {
                    self.core.borrow_mut().attempts += 1;
                    self.open(id, transport, &resume);
                }
                Some(Command::Release(_)) => {
                    self.wait.take();
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
                    // What came before is told before.
                    self.flush();
                    self.sink.state(&state);
                }
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
        let opened = match transport {
            Transport::EventSource => self.open_event_source(id, &url),
            #[cfg(feature = "fetch")]
            Transport::Fetch => self.open_fetch(id, url, resume),
            #[cfg(not(feature = "fetch"))]
            Transport::Fetch => Err(JsValue::from_str(
                "this build has no fetch transport: turn on the crate's feature \"fetch\"",
            )),
        };
        match opened {
            Ok(active) => self.hold(id, active),
            Err(error) => self.failed(id, Cause::Network { message: global::message(&error) }),
        }
    }

    /// Keeps the transport, unless the application's own `fetch` has ended the attempt from within.
    fn hold(&self, id: AttemptId, active: Active) {
        // What is let go of runs code of the application's: after the borrow.
        let _unwanted = {
            let mut core = self.core.borrow_mut();
            if core.connection.is_current(id) {
                core.active.replace((id, active))
            } else {
                Some((id, active))
            }
        };
    }

    fn reporter(&self, id: AttemptId) -> impl Fn(Report) + 'static {
        let me = self.me.clone();
        move |report| {
            if let Some(running) = me.upgrade() {
                running.report(id, report);
            }
        }
    }

    fn open_event_source(&self, id: AttemptId, url: &str) -> Result<Active, JsValue> {
        let mut core = self.core.borrow_mut();
        core.heard_id = None;
        let last_event_id = core.connection.last_event_id();
        let with_credentials = self.options.with_credentials;
        let source = EventSourceTransport::open(url, with_credentials, last_event_id, self.reporter(id))?;
        for event_type in &core.types {
            source.listen(event_type)?;
        }
        Ok(Active::EventSource(source))
    }

    fn report(&self, id: AttemptId, report: Report) {
        match report {
            Report::Opened => {
                self.with_connection(|connection| connection.handle_open(id, None, global::now()));
            }
            Report::Message(message) => self.message(id, message),
            Report::Interrupted => self.interrupted(id),
            #[cfg(feature = "fetch")]
            Report::Answered(response) => self.answered(id, &response),
            #[cfg(feature = "fetch")]
            Report::Chunk(chunk) => self.chunk(id, &chunk),
            #[cfg(feature = "fetch")]
            Report::PutOff => self.put_off(),
            #[cfg(feature = "fetch")]
            Report::Refused(body_text) => self.refused(id, body_text),
            Report::Failed(cause) => self.failed(id, cause),
        }
    }

    fn message(&self, id: AttemptId, message: Message) {
        let received = {
            let mut core = self.core.borrow_mut();
            if !core.connection.is_current(id) {
                return;
            }
            // When something came is of interest only to who waits for it, and costs a call for each event.
            if core.connection.poll_timeout().is_some() {
                core.connection.handle_received(id, global::now());
            }
            core.read(message)
        };
        self.gather(received);
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
        let attempt = attempt?;
        // If that traps, nothing below would run: this goes off then, and decides without it.
        let (me, failure, counted) = (self.me.clone(), cause.clone(), Counted::new());
        let _otherwise = Timeout::new(0, move || {
            let _counted = counted;
            if let Some(running) = me.upgrade() {
                running.with_connection(|connection| {
                    connection.handle_failure(id, failure, None, global::now());
                });
            }
        });
        self.sink.verdict(attempt, cause)
    }

    fn timeout(&self) {
        #[cfg(feature = "fetch")]
        self.excuse();
        let overdue = self.core.borrow().connection.overdue(global::now());
        match overdue {
            #[cfg(feature = "fetch")]
            Some((id, cause)) => self.failed(id, self.refusal(id).unwrap_or(cause)),
            #[cfg(not(feature = "fetch"))]
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

impl Core {
    /// The connection learns of a last event ID over the browser's EventSource when it matters, not with each event.
    fn note_last_event_id(&mut self) {
        if let Some((id, Active::EventSource(_))) = &self.active
            && let Some(last_event_id) = &self.heard_id
            && !self.resuming.is_old(last_event_id)
        {
            self.connection.handle_last_event_id(*id, last_event_id);
        }
    }
}
