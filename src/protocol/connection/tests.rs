//! Stories of a connection, told on a clock of their own. [`Page`] does what a browser would, and after
//! every step checks what must hold in all of them.

mod auto;
mod crowd;
mod deadlines;
mod ids;
mod outcomes;
mod page;
mod reopen;
mod resuming;
mod stale;
mod waits;
mod wake;

use super::*;
use crate::protocol::retry;
use crate::protocol::state::{EndedBy, Pause};

const ZERO: Duration = Duration::ZERO;
/// The default of `stable`.
const STABLE: Duration = Duration::from_secs(5);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn network() -> Cause {
    Cause::Network { message: "connection reset".into() }
}

fn status(status: u16) -> Cause {
    Cause::Status { response: Response::new(status, "text/plain") }
}

fn status_after(status: u16, retry_after: Duration) -> Cause {
    Cause::Status { response: Response::new(status, "").retry_after(Some(retry_after)) }
}

fn content_type() -> Cause {
    Cause::ContentType { response: Response::new(200, "text/html") }
}

fn auto() -> Config {
    Config::default()
}

fn fetch() -> Config {
    Config { transport: Some(Transport::Fetch), ..Config::default() }
}

fn event_source() -> Config {
    Config { transport: Some(Transport::EventSource), ..Config::default() }
}

fn request(request: Request) -> Config {
    Config { request, ..fetch() }
}

/// A page with one connection, its clock and its network.
#[derive(Debug)]
struct Page {
    connection: Connection,
    now: Instant,
    started: bool,
    /// All attempts, and whether they are still held.
    opened: Vec<(AttemptId, Transport, Resume)>,
    live: Option<AttemptId>,
    states: Vec<ConnectionState>,
    /// Whether something may follow the end.
    reopening: bool,
}

impl Page {
    /// Not started yet.
    fn new(config: Config) -> Self {
        Self::with_seed(config, 1)
    }

    fn with_seed(config: Config, seed: u64) -> Self {
        Self {
            connection: Connection::new(config, seed),
            // A page's clock does not begin with the connection.
            now: Instant::default() + secs(1000),
            started: false,
            opened: Vec::new(),
            live: None,
            states: vec![ConnectionState::Connecting { attempt: 1 }],
            reopening: false,
        }
    }

    fn started(config: Config) -> Self {
        let mut page = Self::new(config);
        page.start();
        page
    }

    /// Started and answered.
    fn open(config: Config) -> Self {
        let mut page = Self::started(config);
        page.answer();
        page
    }

    /// Does something to the connection, then carries out its commands.
    #[track_caller]
    fn step(&mut self, input: impl FnOnce(&mut Connection, Instant)) {
        let before = self.connection.state().clone();
        let closed = self.status() == "closed";
        input(&mut self.connection, self.now);
        let mut last = before;
        while let Some(command) = self.connection.poll() {
            assert!(!closed || self.reopening, "{command:?} after the end");
            match command {
                Command::Open { id, transport, resume } => {
                    assert_eq!(self.live, None, "a second connection beside the first");
                    assert!(self.opened.iter().all(|(old, ..)| *old != id), "{id:?} is used twice");
                    self.live = Some(id);
                    self.opened.push((id, transport, resume));
                }
                Command::Release(id) => assert_eq!(self.live.take(), Some(id), "released twice"),
                Command::Notify(state) => {
                    let state = (*state).clone();
                    assert_ne!(state, last, "nothing changed");
                    last = state.clone();
                    self.states.push(state);
                }
            }
        }
        assert_eq!(&last, self.connection.state(), "every change is observable");
        self.check();
    }

    #[track_caller]
    fn check(&self) {
        let due = self.connection.poll_timeout();
        let (live, timed) = match self.connection.state() {
            ConnectionState::Connecting { .. } => (self.started, None),
            ConnectionState::Open { .. } => (true, None),
            ConnectionState::Reconnecting { wait: None, .. } => (true, None),
            ConnectionState::Reconnecting { wait: Some(_), .. } => (false, Some(true)),
            // The browser may be wrong about its network: it is not waited for longer than for anything else.
            ConnectionState::Paused { why: Pause::Offline } => (false, Some(true)),
            ConnectionState::Paused { .. } | ConnectionState::Closed { .. } => (false, Some(false)),
        };
        assert_eq!(self.live.is_some(), live, "{:?}", self.state());
        assert_eq!(self.live.is_some_and(|id| self.connection.is_current(id)), live);
        if let Some(timed) = timed {
            assert_eq!(due.is_some(), timed, "{:?}", self.state());
        }
    }

    #[track_caller]
    fn start(&mut self) {
        self.started = true;
        self.step(Connection::handle_start);
    }

    /// The connection in use.
    #[track_caller]
    fn id(&self) -> AttemptId {
        self.live.expect("there is a connection")
    }

    #[track_caller]
    fn transport(&self) -> Transport {
        self.opened.last().expect("there was an attempt").1
    }

    #[track_caller]
    fn resume(&self) -> &Resume {
        &self.opened.last().expect("there was an attempt").2
    }

    /// The attempt in use becomes an event stream.
    #[track_caller]
    fn answer(&mut self) {
        let id = self.id();
        let response =
            (self.transport() == Transport::Fetch).then(|| Response::new(200, "text/event-stream"));
        self.step(|connection, now| connection.handle_open(id, response, now));
        assert_eq!(self.status(), "open");
    }

    #[track_caller]
    fn fail(&mut self, cause: Cause) {
        self.fail_with(cause, None);
    }

    #[track_caller]
    fn fail_with(&mut self, cause: Cause, verdict: Option<bool>) {
        let id = self.id();
        self.step(|connection, now| connection.handle_failure(id, cause, verdict, now));
    }

    /// The browser's EventSource fires `error`, and its ready state is CONNECTING.
    #[track_caller]
    fn interrupt(&mut self) {
        assert_eq!(self.transport(), Transport::EventSource);
        let id = self.id();
        self.step(|connection, now| connection.handle_interruption(id, now));
    }

    #[track_caller]
    fn receive_id(&mut self, last_event_id: &str) {
        let id = self.id();
        self.step(|connection, _| connection.handle_last_event_id(id, last_event_id));
    }

    #[track_caller]
    fn receive_retry(&mut self, time: Duration) {
        let id = self.id();
        self.step(|connection, _| connection.handle_reconnection_time(id, time));
    }

    #[track_caller]
    fn receive(&mut self) {
        let id = self.id();
        self.step(|connection, now| connection.handle_received(id, now));
    }

    #[track_caller]
    fn offline(&mut self) {
        self.step(Connection::handle_offline);
    }

    #[track_caller]
    fn online(&mut self) {
        self.step(Connection::handle_online);
    }

    #[track_caller]
    fn hide(&mut self) {
        self.step(Connection::handle_hidden);
    }

    #[track_caller]
    fn show(&mut self) {
        self.step(Connection::handle_visible);
    }

    #[track_caller]
    fn wake(&mut self) {
        self.step(Connection::handle_wake);
    }

    /// The page wakes up, and its stream stays silent.
    #[track_caller]
    fn wake_to_silence(&mut self) {
        self.wake();
        self.pass(PROOF);
    }

    #[track_caller]
    fn reconnect(&mut self) {
        self.step(Connection::handle_reconnect);
    }

    #[track_caller]
    fn close(&mut self, reason: CloseReason) {
        self.step(|connection, _| connection.close(reason));
    }

    /// Time goes by; timers fire when they are due.
    #[track_caller]
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.connection.poll_timeout().filter(|&due| due <= until) {
            self.now = self.now.max(due);
            self.step(Connection::handle_timeout);
            let next = self.connection.poll_timeout();
            assert!(next.is_none_or(|next| next > due), "a timer that fires for ever");
        }
        self.now = until;
    }

    /// Lets the planned wait pass, and returns it.
    #[track_caller]
    fn wait_it_out(&mut self) -> Duration {
        let wait = self.wait();
        self.pass(wait - Duration::from_micros(1));
        assert_eq!(self.live, None, "too early");
        self.pass(Duration::from_micros(1));
        assert_eq!(self.status(), "connecting");
        wait
    }

    /// The attempt fails, the next one is made.
    #[track_caller]
    fn fail_and_retry(&mut self, cause: Cause) -> Duration {
        self.fail(cause);
        self.wait_it_out()
    }

    /// The planned wait.
    #[track_caller]
    fn wait(&self) -> Duration {
        match self.state() {
            ConnectionState::Reconnecting { wait: Some(wait), .. } => *wait,
            other => panic!("no attempt is planned: {other:?}"),
        }
    }

    /// The cause of the reconnection under way.
    #[track_caller]
    fn cause(&self) -> &Cause {
        match self.state() {
            ConnectionState::Reconnecting { cause, .. } => cause,
            other => panic!("not reconnecting: {other:?}"),
        }
    }

    fn state(&self) -> &ConnectionState {
        self.connection.state()
    }

    fn status(&self) -> &'static str {
        self.state().status()
    }

    #[track_caller]
    fn closed(&self) -> &CloseReason {
        match self.state() {
            ConnectionState::Closed { reason } => reason,
            other => panic!("not closed: {other:?}"),
        }
    }

    fn is_paused(&self, why: Pause) -> bool {
        *self.state() == ConnectionState::Paused { why }
    }

    /// The names of all states so far; the first one is there from the beginning.
    fn story(&self) -> Vec<&'static str> {
        self.states.iter().map(ConnectionState::status).collect()
    }
}
