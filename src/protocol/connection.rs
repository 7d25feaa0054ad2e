//! The state machine of a connection: the only place that decides to connect, wait, resume or give up.
//!
//! It has no clock, no timers and no sockets. Every `handle_*` takes the time as an [`Instant`] on
//! a clock of the caller's that never goes back. After each `handle_*`, drain [`Connection::poll`] and
//! carry out its commands in order, then call [`Connection::handle_timeout`] at the time
//! [`Connection::poll_timeout`] names.
//!
//! Beyond the standard: random waits that grow, a connect timeout, revival of what the browser's own
//! EventSource has given up, and a move from that to fetch, which sees why.

mod command;
mod config;
mod failure;
mod page;
mod reopen;
mod route;

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::time::Duration;

use super::instant::{Instant, Micros, micros};
use super::retry::{Random, Retry};
use super::state::{Cause, CloseReason, ConnectionState, Pause, Response, Transport};

pub use command::{AttemptId, Command, Resume};
use config::Rules;
pub use config::{Config, Request};
#[cfg(feature = "browser")]
pub(crate) use page::BACKLOG;
pub use page::PROOF;

/// How often in a row the browser's EventSource may give up before that is taken for an answer.
pub const REFUSALS: u32 = 5;

/// The longest last event ID that is sent back; servers refuse larger headers.
pub const LONGEST_SENT_ID: usize = 4096;

/// What goes on below the public state. Each of these ends by itself at the connection's [`due`](Connection::due).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not started, paused or closed.
    Still,
    /// An attempt waits for its answer.
    Connecting,
    /// Events may come.
    Open,
    /// The page woke up: something has to come now.
    OnTrial,
    /// The browser's EventSource lost the stream and reconnects by itself.
    BrowserReconnecting,
    /// The next attempt is planned.
    Waiting,
}

/// The attempt in use.
#[derive(Debug)]
struct Attempt {
    id: AttemptId,
    transport: Transport,
    /// The last event ID that was sent.
    resumed_from: String,
    /// Whether it was sent as a query parameter.
    by_query: bool,
}

/// A connection to an event stream, reestablished as often as it takes.
#[derive(Debug)]
pub struct Connection {
    config: Rules,
    retry: Retry,
    connect_timeout: Micros,
    idle: Micros,
    random: Random,
    state: Arc<ConnectionState>,
    phase: Phase,
    /// When the phase is over, whatever comes or does not.
    due: Instant,
    /// Since when the stream is open, while it is.
    opened: Instant,
    commands: Vec<Command>,
    attempts: u64,
    current: Option<Attempt>,
    /// Failures in a row, none of them after a stable stream.
    failures: u32,
    /// Times in a row that the browser's EventSource gave up.
    refusals: u32,
    /// Until when it counts as the second time that the browser's EventSource loses the stream.
    shaky_until: Instant,
    /// Without a transport asked for: whether fetch has taken over.
    moved_to_fetch: bool,
    last_event_id: String,
    /// Whether the current attempt has received an id, which a browser that reconnects by itself sends.
    received_id: bool,
    reconnection_time: Option<Micros>,
    /// The end of a wait that `Retry-After` asked for: neither a wake nor the end of a pause shortens it.
    not_before: Instant,
    offline: bool,
    hidden: bool,
}

impl Connection {
    /// A connection that is not started yet; its state is `Connecting` already. `seed` feeds the random
    /// part of the waits.
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            config: Rules {
                transport: config.transport,
                event_source: config.event_source,
                fetch: config.fetch,
                cross_origin: config.cross_origin,
                own_retry: config.retry.is_some(),
                last_event_id_param: config.last_event_id_param,
                request: config.request,
                resume_by_get: config.resume_by_get,
                until: config.until,
            },
            retry: config.retry.unwrap_or_default(),
            connect_timeout: config.connect_timeout.map_or(Micros::MAX, micros),
            idle: config.idle.map_or(Micros::MAX, micros),
            random: Random::new(seed),
            state: Arc::new(ConnectionState::Connecting { attempt: 1 }),
            phase: Phase::Still,
            due: Instant::NEVER,
            opened: Instant::NEVER,
            commands: Vec::new(),
            attempts: 0,
            current: None,
            failures: 0,
            refusals: 0,
            shaky_until: Instant::default(),
            moved_to_fetch: false,
            last_event_id: config.last_event_id,
            received_id: false,
            reconnection_time: None,
            not_before: Instant::default(),
            offline: false,
            hidden: false,
        }
    }

    /// The state as of the last `handle_*`.
    pub fn state(&self) -> &ConnectionState {
        &self.state
    }

    /// The last event ID received, which the next attempt resumes from.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// Whether this attempt is the one in use. What any other still reports is not heard.
    pub fn is_current(&self, id: AttemptId) -> bool {
        self.current_if(id).is_some()
    }

    /// The next thing to do.
    pub fn poll(&mut self) -> Option<Command> {
        // There are never more than a handful.
        (!self.commands.is_empty()).then(|| self.commands.remove(0))
    }

    /// When [`handle_timeout`](Self::handle_timeout) has to be called.
    pub fn poll_timeout(&self) -> Option<Instant> {
        // A wait may be so long that it ends with the clock: it is one all the same.
        (self.due != Instant::NEVER || self.phase == Phase::Waiting).then_some(self.due)
    }

    /// Makes the first attempt, or pauses if there is a reason to.
    pub fn handle_start(&mut self, now: Instant) {
        if self.is_started() {
            return;
        }
        match self.held_back() {
            Some(Pause::Hidden) => self.pause(Pause::Hidden, now),
            // The browser may be wrong about its network.
            _ => self.connect(now),
        }
    }

    /// The attempt was answered, and is an event stream. `response` is `None` where the browser hides it.
    pub fn handle_open(&mut self, id: AttemptId, response: Option<Response>, now: Instant) {
        let Some(attempt) = self.current_if(id) else { return };
        let resumed_from = match self.phase {
            Phase::Open | Phase::OnTrial => return,
            // A browser that reconnects by itself sends the id it was given by the server, and no other.
            Phase::BrowserReconnecting if self.received_id => &self.last_event_id,
            _ => &attempt.resumed_from,
        };
        let (transport, resumed_from) = (attempt.transport, resumed_from.clone());
        self.refusals = 0;
        self.opened = now;
        self.enter(Phase::Open, now.after(self.idle));
        self.change(ConnectionState::Open { transport, resumed_from, response });
    }

    /// Something came: bytes over fetch, an event over the browser's EventSource.
    pub fn handle_received(&mut self, id: AttemptId, now: Instant) {
        if self.is_current(id) && self.is_open() && !self.is_backlog(now) {
            self.enter(Phase::Open, now.after(self.idle));
        }
    }

    /// The last event ID has changed.
    pub fn handle_last_event_id(&mut self, id: AttemptId, last_event_id: &str) {
        if self.is_current(id) {
            self.received_id = true;
            last_event_id.clone_into(&mut self.last_event_id);
        }
    }

    /// The server set the reconnection time.
    pub fn handle_reconnection_time(&mut self, id: AttemptId, time: Duration) {
        if self.is_current(id) {
            self.reconnection_time = Some(micros(time));
        }
    }

    /// The browser's EventSource lost the stream and is about to reconnect by itself.
    pub fn handle_interruption(&mut self, id: AttemptId, now: Instant) {
        let Some(attempt) = self.current_if(id) else { return };
        // The browser would repeat the parameter of the first attempt, however old its id has become.
        let stale = attempt.by_query;
        let again = self.phase == Phase::BrowserReconnecting || now < self.shaky_until;
        let to_fetch = self.may_move_to_fetch() && again;
        // The browser does not know the waits, or would try in vain, or too late.
        let ours = self.config.own_retry || self.held_back().is_some() || self.phase == Phase::OnTrial;
        let cause = Cause::Network { message: String::new() };
        self.shaky_until = now.after(self.retry.stable);
        self.moved_to_fetch |= to_fetch;
        if to_fetch || stale || self.last_event_id.len() > LONGEST_SENT_ID || (ours && self.is_resumable()) {
            return self.fail(cause, None, now);
        }
        self.count_failure(now);
        if self.out_of_attempts() {
            return self.close(CloseReason::AttemptsExhausted(cause));
        }
        // The browser keeps to itself when it tries again. Beyond this time it hangs.
        self.enter(Phase::BrowserReconnecting, now.after(self.connect_timeout));
        self.change(ConnectionState::Reconnecting { attempt: self.attempt(), wait: None, cause });
    }

    /// The attempt failed, or the stream was lost. `verdict` is the application's word on whether
    /// another attempt may be made, if it has one.
    pub fn handle_failure(&mut self, id: AttemptId, cause: Cause, verdict: Option<bool>, now: Instant) {
        if self.is_current(id) {
            self.fail(cause, verdict, now);
        }
    }

    /// The number of the attempt in use, or of the next one where none is; as the state counts them.
    pub fn attempt(&self) -> u32 {
        self.failures.saturating_add(1)
    }

    /// Whether another attempt follows a failure like this one, unless the application has a word on it.
    pub fn is_retryable(&self, cause: &Cause) -> bool {
        match self.request() {
            Request::Get => cause.is_retryable(),
            Request::Idempotent => cause.is_retryable() && !matches!(cause, Cause::EndOfStream),
            Request::Once => cause.is_refusal(),
        }
    }

    /// The failure that [`handle_timeout`](Self::handle_timeout) would find, if it would find one: whoever has
    /// a verdict on it reports it as a failure instead.
    pub fn overdue(&self, now: Instant) -> Option<(AttemptId, Cause)> {
        let id = self.current.as_ref()?.id;
        let cause = match self.phase {
            Phase::OnTrial => Cause::Wake,
            Phase::Open => Cause::Idle { after: Duration::from_micros(self.idle) },
            _ => Cause::Timeout { after: Duration::from_micros(self.connect_timeout) },
        };
        self.is_due(now).then_some((id, cause))
    }

    /// The time that [`poll_timeout`](Self::poll_timeout) named has come; too early is no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        match self.overdue(now) {
            Some((_, cause)) => self.fail(cause, None, now),
            None if self.is_due(now) => self.connect(now),
            None => {}
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.poll_timeout().is_some_and(|due| now >= due)
    }

    /// The application wants a new connection, now.
    pub fn handle_reconnect(&mut self, now: Instant) {
        if self.is_closed() || !self.is_started() {
            return;
        }
        self.release();
        self.failures = 0;
        self.refusals = 0;
        self.change(ConnectionState::Reconnecting {
            attempt: 1,
            wait: Some(Duration::ZERO),
            cause: Cause::Asked,
        });
        self.connect(now);
    }

    /// The end. Nothing that comes later changes it, but for [`handle_reopen`](Self::handle_reopen) after a failure.
    pub fn close(&mut self, reason: CloseReason) {
        if !self.is_closed() {
            self.release();
            self.enter(Phase::Still, Instant::NEVER);
            self.change(ConnectionState::Closed { reason });
        }
    }

    fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::OnTrial)
    }

    fn is_closed(&self) -> bool {
        matches!(*self.state, ConnectionState::Closed { .. })
    }

    /// Before that, the state is `Connecting`, without an attempt.
    fn is_started(&self) -> bool {
        self.attempts > 0 || !matches!(*self.state, ConnectionState::Connecting { .. })
    }

    /// The connection in use, if `id` is its own: an old one has no say.
    fn current_if(&self, id: AttemptId) -> Option<&Attempt> {
        self.current.as_ref().filter(|current| current.id == id)
    }

    fn enter(&mut self, phase: Phase, due: Instant) {
        self.phase = phase;
        self.due = due;
    }

    fn change(&mut self, state: ConnectionState) {
        self.state = Arc::new(state);
        self.commands.push(Command::Notify(Arc::clone(&self.state)));
    }

    fn release(&mut self) {
        if let Some(attempt) = self.current.take() {
            self.commands.push(Command::Release(attempt.id));
        }
    }

    fn connect(&mut self, now: Instant) {
        let transport = self.transport();
        let resume = self.resume(transport);
        self.attempts += 1;
        let id = AttemptId(self.attempts);
        let (resumed_from, by_query) = (resume.id().to_owned(), matches!(resume, Resume::Query(_)));
        self.current = Some(Attempt { id, transport, resumed_from, by_query });
        self.received_id = false;
        self.not_before = Instant::default();
        self.enter(Phase::Connecting, now.after(self.connect_timeout));
        // Everything begins in the state of the first attempt.
        if self.attempts > 1 || !matches!(*self.state, ConnectionState::Connecting { .. }) {
            self.change(ConnectionState::Connecting { attempt: self.attempt() });
        }
        self.commands.push(Command::Open { id, transport, resume });
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
