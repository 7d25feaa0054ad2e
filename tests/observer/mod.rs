//! Looks at a connection from outside while things happen to it, and panics where a rule is broken.

mod input;

use std::time::Duration;

use typed_eventsource::protocol::connection::{
    AttemptId, Command, Config, Connection, LONGEST_SENT_ID, Request, Resume,
};
use typed_eventsource::protocol::instant::Instant;
use typed_eventsource::protocol::retry::{FLOOR, Retry};
use typed_eventsource::protocol::state::{Cause, CloseReason, ConnectionState, Pause, Response, Transport};

pub(crate) use input::Input;

/// What is known of a connection from outside.
pub(crate) struct Observer {
    config: Config,
    connection: Connection,
    now: Instant,
    opened: Vec<(AttemptId, Transport)>,
    live: Option<AttemptId>,
    told: ConnectionState,
    offline: bool,
    /// Since when the connection waits for the network.
    paused: Instant,
    hidden: bool,
    refused: bool,
    /// Whether the server has refused the last attempt, so that any request may be sent again.
    may_repeat: bool,
    reconnection_time: Duration,
    /// The server answered that it does not want to be asked before.
    not_before: Instant,
    /// Nor may it be, after a failure that no wake has followed.
    floor: Instant,
}

impl Observer {
    pub(crate) fn new(config: Config, seed: u64) -> Self {
        let connection = Connection::new(config.clone(), seed);
        Self {
            told: connection.state().clone(),
            config,
            connection,
            now: Instant::default() + Duration::from_secs(1),
            opened: Vec::new(),
            live: None,
            offline: false,
            paused: Instant::default(),
            hidden: false,
            refused: false,
            may_repeat: true,
            reconnection_time: Duration::ZERO,
            not_before: Instant::default(),
            floor: Instant::default(),
        }
    }

    pub(crate) fn state(&self) -> &ConnectionState {
        self.connection.state()
    }

    pub(crate) fn happen(&mut self, input: &Input) {
        let attempt = |back: usize| self.opened.iter().rev().nth(back).copied();
        let now = self.now;
        let connection = &mut self.connection;
        match input {
            Input::Start => connection.handle_start(now),
            Input::Open { attempt: back } => {
                let Some((id, transport)) = attempt(*back) else { return };
                let response = Response::new(200, "text/event-stream");
                connection.handle_open(id, (transport == Transport::Fetch).then_some(response), now);
            }
            Input::Received { attempt: back } => {
                let Some((id, _)) = attempt(*back) else { return };
                connection.handle_received(id, now);
            }
            Input::LastEventId { attempt: back, id: last_event_id } => {
                let Some((id, _)) = attempt(*back) else { return };
                let before = connection.last_event_id().to_owned();
                connection.handle_last_event_id(id, last_event_id);
                let expected = if self.live == Some(id) { last_event_id } else { &before };
                assert_eq!(connection.last_event_id(), expected);
            }
            Input::ReconnectionTime { attempt: back, ms } => {
                let Some((id, _)) = attempt(*back) else { return };
                connection.handle_reconnection_time(id, Duration::from_millis(*ms));
                if self.live == Some(id) {
                    self.reconnection_time = Duration::from_millis(*ms);
                }
            }
            Input::Interruption { attempt: back } => {
                let Some((id, transport)) = attempt(*back) else { return };
                if transport == Transport::EventSource {
                    connection.handle_interruption(id, now);
                    self.note_failure(id, None);
                }
            }
            Input::Failure { attempt: back, cause, verdict } => {
                let Some((id, transport)) = attempt(*back) else { return };
                let native = transport == Transport::EventSource;
                // Only the browser hides why, and it always does.
                let cause = if native { &Cause::Refused } else { cause };
                if native || *cause != Cause::Refused {
                    connection.handle_failure(id, cause.clone(), *verdict, now);
                    self.note_failure(id, Some(cause));
                }
            }
            Input::Offline => {
                self.offline = true;
                connection.handle_offline(now);
            }
            Input::Online => {
                self.offline = false;
                self.floor = Instant::default();
                connection.handle_online(now);
            }
            Input::Hidden => {
                self.hidden = true;
                connection.handle_hidden(now);
            }
            Input::Visible => {
                self.hidden = false;
                self.floor = Instant::default();
                connection.handle_visible(now);
            }
            Input::Wake => {
                self.floor = Instant::default();
                connection.handle_wake(now);
            }
            Input::Reconnect => {
                connection.handle_reconnect(now);
                self.drain(true);
            }
            Input::Close => connection.close(CloseReason::Closed),
            Input::Sleep { ms } => self.now = (now + Duration::from_millis(*ms)).min(end_of_time()),
            Input::Timeout => self.time_out(),
            Input::Due => {
                if let Some(due) = connection.poll_timeout().filter(|&due| due <= end_of_time()) {
                    self.now = now.max(due);
                    self.time_out();
                }
            }
            Input::Overdue { verdict } => {
                if let Some((id, cause)) = connection.overdue(now) {
                    connection.handle_failure(id, cause.clone(), *verdict, now);
                    self.note_failure(id, Some(&cause));
                }
            }
        }
        self.drain(false);
        self.check();
    }

    /// Nothing is wrong any more; timers and the browser's own attempts do the rest.
    pub(crate) fn leave_alone(&mut self) {
        for input in [Input::Start, Input::Online, Input::Visible] {
            self.happen(&input);
        }
        let is_settled = |state: &ConnectionState| matches!(state.status(), "open" | "closed");
        for _ in 0..3 {
            if !is_settled(self.state()) {
                self.happen(if self.live.is_some() { &Input::Open { attempt: 0 } } else { &Input::Due });
            }
        }
        // Somebody may have asked for a wait of centuries.
        let never = self.connection.poll_timeout().is_some_and(|due| due > end_of_time());
        assert!(is_settled(self.state()) || never, "it does not come back: {:?}", self.state());
    }

    /// A timer fires.
    fn time_out(&mut self) {
        let is_due = self.connection.poll_timeout().is_some_and(|due| due <= self.now);
        let overdue = self.connection.overdue(self.now);
        self.connection.handle_timeout(self.now);
        if let Some((id, cause)) = overdue {
            assert!(is_due, "{cause:?} before its time");
            assert_eq!(self.live, Some(id), "{cause:?} of an old attempt");
            self.note_failure(id, Some(&cause));
        }
        let next = self.connection.poll_timeout();
        assert!(!is_due || next.is_none_or(|next| next > self.now), "a timer that fires for ever");
        let is_heard = self.drain(false) > 0;
        assert_eq!(is_heard, is_due, "a timer counts if it is due, and only then");
    }

    fn note_failure(&mut self, id: AttemptId, cause: Option<&Cause>) {
        if self.live != Some(id) {
            return;
        }
        if !matches!(cause, Some(Cause::EndOfStream | Cause::Wake)) {
            self.floor = self.now + FLOOR;
        }
        self.refused |= cause == Some(&Cause::Refused);
        self.may_repeat = matches!(cause, Some(Cause::Status { .. }));
        let asked = cause.and_then(|cause| cause.response()?.retry_after);
        self.not_before =
            asked.map_or(Instant::default(), |after| self.now + after.max(self.reconnection_time));
    }

    /// Carries out the commands, and gives their number. `asked`: the application wants them.
    fn drain(&mut self, asked: bool) -> usize {
        let mut commands = 0;
        while let Some(command) = self.connection.poll() {
            commands += 1;
            assert_ne!(self.told.status(), "closed", "{command:?} after the end");
            match command {
                Command::Open { id, transport, resume } => self.check_open(id, transport, &resume, asked),
                Command::Release(id) => assert_eq!(self.live.take(), Some(id)),
                Command::Notify(state) => {
                    let state = (*state).clone();
                    assert_ne!(state, self.told, "nothing changed");
                    if let ConnectionState::Reconnecting { wait: Some(wait), cause, .. } = &state {
                        self.check_wait(*wait, cause);
                    }
                    if let ConnectionState::Paused { why: Pause::Offline } = &state {
                        self.paused = self.now;
                    }
                    self.told = state;
                }
            }
        }
        assert_eq!(self.told, *self.state(), "every change is observable");
        commands
    }

    fn longest_random_part(&self) -> Duration {
        self.config.retry.clone().unwrap_or_default().last_bound()
    }

    fn check_open(&mut self, id: AttemptId, transport: Transport, resume: &Resume, asked: bool) {
        assert_eq!(self.live, None, "a second connection beside the first");
        assert!(self.opened.iter().all(|&(old, _)| old != id));
        if !asked {
            assert!(self.now >= self.not_before, "before the server's Retry-After is over");
            assert!(self.now >= self.floor, "too soon after a failure");
            assert!(
                !self.offline
                    || self.opened.is_empty()
                    || self.now >= self.paused + self.longest_random_part(),
                "an attempt offline, before the longest wait is over"
            );
            let is_once = self.config.request == Request::Once && !matches!(resume, Resume::Get(_));
            assert!(!self.hidden || is_once, "an attempt while hidden");
            assert!(!is_once || self.may_repeat, "a request was repeated");
        }
        if let Some(explicit) = self.config.transport {
            assert_eq!(transport, explicit);
        } else if self.config.retry.is_some() && self.config.fetch {
            assert_eq!(transport, Transport::Fetch, "the browser knows no waits but its own");
        } else if self.refused && self.config.fetch {
            assert_eq!(transport, Transport::Fetch, "the browser has given up before");
        }
        match resume {
            Resume::FromStart => {}
            Resume::Header(_) => assert!(transport == Transport::Fetch && !self.config.resume_by_get),
            Resume::Get(_) => assert!(transport == Transport::Fetch && self.config.resume_by_get),
            Resume::Query(_) => {
                assert!(self.config.last_event_id_param);
                let by_choice =
                    self.config.transport.is_none() && self.config.fetch && !self.config.cross_origin;
                assert!(!by_choice, "most servers do not read the parameter");
            }
        }
        let current = self.connection.last_event_id();
        let sent = resume.id();
        assert!(sent.is_empty() || (sent == current && sent.len() <= LONGEST_SENT_ID));
        if transport == Transport::Fetch && current.len() <= LONGEST_SENT_ID {
            assert_eq!(sent, current, "fetch can always say where to resume");
        }
        self.not_before = Instant::default();
        self.floor = Instant::default();
        self.may_repeat = false;
        self.live = Some(id);
        self.opened.push((id, transport));
    }

    fn check_wait(&self, wait: Duration, cause: &Cause) {
        let soon = Duration::from_millis(500).max(self.not_before.since(self.now)) + Duration::from_secs(1);
        match cause {
            Cause::Asked => assert_eq!(wait, Duration::ZERO),
            Cause::Wake | Cause::Offline => assert!(wait <= soon, "{wait:?}"),
            Cause::EndOfStream => {}
            _ => assert!(wait >= FLOOR, "{wait:?}"),
        }
        if let Some(after) = cause.response().and_then(|response| response.retry_after) {
            assert!(wait >= after, "{wait:?} is less than the server asked");
        }
    }

    fn check(&self) {
        let state = self.state();
        let due = self.connection.poll_timeout();
        let live = match state {
            ConnectionState::Connecting { .. } => !self.opened.is_empty(),
            ConnectionState::Open { transport, .. } => {
                assert_eq!(Some(*transport), self.opened.last().map(|&(_, transport)| transport));
                true
            }
            ConnectionState::Reconnecting { wait, .. } => {
                assert!(wait.is_none() || due.is_some(), "nothing will wake {state:?}");
                wait.is_none()
            }
            ConnectionState::Paused { why: Pause::Offline } => {
                assert!(due.is_some(), "nothing will wake {state:?}");
                false
            }
            _ => {
                assert_eq!(due, None, "a timer in {state:?}");
                false
            }
        };
        assert_eq!(self.live.is_some(), live, "{state:?}");
        for &(id, _) in &self.opened {
            assert_eq!(self.connection.is_current(id), self.live == Some(id));
        }
        assert_ne!(self.connection.attempt(), 0);
        if let ConnectionState::Connecting { attempt } | ConnectionState::Reconnecting { attempt, .. } = state
        {
            assert_ne!(*attempt, 0, "attempts are counted from 1");
        }
        let attempts = self.config.retry.as_ref().and_then(Retry::attempts);
        if let (Some(most), ConnectionState::Reconnecting { attempt, .. }) = (attempts, state) {
            assert!(*attempt <= most, "attempt {attempt} of {most}");
        }
    }
}

/// The clock stops after 285 years: later than that, times may be the last one there is, and all alike.
fn end_of_time() -> Instant {
    Instant::from_millis(9e12)
}
