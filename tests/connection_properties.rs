//! Whatever happens to a connection, in whatever order, some things hold.
#![cfg(not(target_arch = "wasm32"))]

#[path = "connection_properties/input.rs"]
mod input;

use std::time::Duration;

use proptest::prelude::*;
use typed_eventsource::protocol::connection::{
    AttemptId, Command, Config, Connection, LONGEST_SENT_ID, Request, Resume,
};
use typed_eventsource::protocol::instant::Instant;
use typed_eventsource::protocol::retry::FLOOR;
use typed_eventsource::protocol::state::{Cause, CloseReason, ConnectionState, Transport};

use input::{Input, a_config, an_input};

/// What is known of a connection from outside.
struct Observer {
    config: Config,
    connection: Connection,
    now: Instant,
    opened: Vec<(AttemptId, Transport)>,
    live: Option<AttemptId>,
    told: ConnectionState,
    offline: bool,
    hidden: bool,
    refused: bool,
    /// Attempts that the application itself asked for.
    asked: usize,
    reconnection_time: Duration,
    /// The server answered that it does not want to be asked before.
    not_before: Instant,
    /// Nor may it be, after a failure that no wake has followed.
    floor: Instant,
}

impl Observer {
    fn new(config: Config, seed: u64) -> Self {
        let connection = Connection::new(config.clone(), seed);
        Self {
            told: connection.state().clone(),
            config,
            connection,
            now: Instant::default() + Duration::from_secs(1),
            opened: Vec::new(),
            live: None,
            offline: false,
            hidden: false,
            refused: false,
            asked: 0,
            reconnection_time: Duration::ZERO,
            not_before: Instant::default(),
            floor: Instant::default(),
        }
    }

    fn happen(&mut self, input: &Input) -> Result<(), TestCaseError> {
        let attempt = |back: usize| Some(self.opened.get(self.opened.len().checked_sub(back + 1)?)?.0);
        let now = self.now;
        let connection = &mut self.connection;
        match input {
            Input::Start => connection.handle_start(now),
            Input::Open { attempt: back } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                connection.handle_open(id, None, now);
            }
            Input::Received { attempt: back } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                connection.handle_received(id, now);
            }
            Input::LastEventId { attempt: back, id: last_event_id } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                let before = connection.last_event_id().to_owned();
                connection.handle_last_event_id(id, last_event_id);
                let expected = if self.live == Some(id) { last_event_id } else { &before };
                prop_assert_eq!(connection.last_event_id(), expected);
            }
            Input::ReconnectionTime { attempt: back, ms } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                connection.handle_reconnection_time(id, Duration::from_millis(*ms));
                if self.live == Some(id) {
                    self.reconnection_time = Duration::from_millis(*ms);
                }
            }
            Input::Interruption { attempt: back } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                let native = self.opened.contains(&(id, Transport::EventSource));
                if native {
                    connection.handle_interruption(id, now);
                    self.note_failure(id, None);
                }
            }
            Input::Failure { attempt: back, cause, verdict } => {
                let Some(id) = attempt(*back) else { return Ok(()) };
                let native = self.opened.contains(&(id, Transport::EventSource));
                // Only the browser hides why, and it always does.
                let cause = if native { &Cause::Refused } else { cause };
                if native || *cause != Cause::Refused {
                    connection.handle_failure(id, cause.clone(), *verdict, now);
                    self.note_failure(id, Some(cause));
                }
            }
            Input::Offline => {
                self.offline = true;
                connection.handle_offline();
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
                let before = self.opened.len();
                connection.handle_reconnect(now);
                self.drain(true)?;
                self.asked += self.opened.len() - before;
            }
            Input::Close => connection.close(CloseReason::Closed),
            Input::Sleep { ms } => self.now += Duration::from_millis(*ms),
            Input::Timeout => connection.handle_timeout(now),
            Input::Due => {
                if let Some(due) = connection.poll_timeout() {
                    self.now = now.max(due);
                    connection.handle_timeout(self.now);
                    prop_assert!(
                        connection.poll_timeout().is_none_or(|next| next > due),
                        "a timer that fires for ever"
                    );
                }
            }
        }
        self.drain(false)?;
        self.check()
    }

    fn note_failure(&mut self, id: AttemptId, cause: Option<&Cause>) {
        if self.live != Some(id) {
            return;
        }
        if cause != Some(&Cause::EndOfStream) {
            self.floor = self.now + FLOOR;
        }
        self.refused |= cause == Some(&Cause::Refused);
        let asked = cause.and_then(|cause| cause.response()?.retry_after);
        self.not_before =
            asked.map_or(Instant::default(), |after| self.now + after.max(self.reconnection_time));
    }

    fn drain(&mut self, asked: bool) -> Result<(), TestCaseError> {
        let closed = self.told.status() == "closed";
        while let Some(command) = self.connection.poll() {
            prop_assert!(!closed, "{:?} after the end", command);
            match command {
                Command::Open { id, transport, resume } => self.check_open(id, transport, &resume, asked)?,
                Command::Release(id) => prop_assert_eq!(self.live.take(), Some(id)),
                Command::Notify(state) => {
                    let state = (*state).clone();
                    prop_assert_ne!(&state, &self.told, "nothing changed");
                    if let ConnectionState::Reconnecting { wait: Some(wait), cause, .. } = &state {
                        self.check_wait(*wait, cause)?;
                    }
                    self.told = state;
                }
            }
        }
        prop_assert_eq!(&self.told, self.connection.state(), "every change is observable");
        Ok(())
    }

    fn check_open(
        &mut self,
        id: AttemptId,
        transport: Transport,
        resume: &Resume,
        asked: bool,
    ) -> Result<(), TestCaseError> {
        prop_assert_eq!(self.live, None, "a second connection beside the first");
        prop_assert!(self.opened.iter().all(|&(old, _)| old != id));
        if !asked {
            prop_assert!(self.now >= self.not_before, "before the server's Retry-After is over");
            prop_assert!(self.now >= self.floor, "too soon after a failure");
            prop_assert!(!self.offline, "an attempt offline");
            prop_assert!(!self.hidden || self.config.request == Request::Once, "an attempt while hidden");
            prop_assert!(
                self.config.request != Request::Once || self.opened.len() == self.asked,
                "a request was repeated"
            );
        }
        if let Some(explicit) = self.config.transport {
            prop_assert_eq!(transport, explicit);
        } else if self.refused && self.config.fetch {
            prop_assert_eq!(transport, Transport::Fetch, "the browser has given up before");
        }
        match resume {
            Resume::FromStart => {}
            Resume::Header(_) => prop_assert_eq!(transport, Transport::Fetch),
            Resume::Query(_) => prop_assert!(self.config.last_event_id_param),
        }
        let current = self.connection.last_event_id();
        let sent = resume.id();
        prop_assert!(sent.is_empty() || (sent == current && sent.len() <= LONGEST_SENT_ID));
        if transport == Transport::Fetch && current.len() <= LONGEST_SENT_ID {
            prop_assert_eq!(sent, current, "fetch can always say where to resume");
        }
        self.not_before = Instant::default();
        self.floor = Instant::default();
        self.live = Some(id);
        self.opened.push((id, transport));
        Ok(())
    }

    fn check_wait(&self, wait: Duration, cause: &Cause) -> Result<(), TestCaseError> {
        let soon = Duration::from_millis(500).max(self.not_before.since(self.now)) + Duration::from_secs(1);
        match cause {
            Cause::Asked => prop_assert_eq!(wait, Duration::ZERO),
            Cause::Wake | Cause::Offline => prop_assert!(wait <= soon, "{:?}", wait),
            Cause::EndOfStream => {}
            _ => prop_assert!(wait >= FLOOR, "{:?}", wait),
        }
        if let Some(after) = cause.response().and_then(|response| response.retry_after) {
            prop_assert!(wait >= after, "{:?} is less than the server asked", wait);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let state = self.connection.state();
        let due = self.connection.poll_timeout();
        let live = match state {
            ConnectionState::Connecting { .. } => !self.opened.is_empty(),
            ConnectionState::Open { transport, .. } => {
                prop_assert_eq!(Some(*transport), self.opened.last().map(|&(_, transport)| transport));
                true
            }
            ConnectionState::Reconnecting { wait, .. } => {
                prop_assert!(wait.is_none() || due.is_some(), "nothing will wake {:?}", state);
                wait.is_none()
            }
            _ => {
                prop_assert_eq!(due, None);
                false
            }
        };
        prop_assert_eq!(self.live.is_some(), live, "{:?}", state);
        for &(id, _) in &self.opened {
            prop_assert_eq!(self.connection.is_current(id), self.live == Some(id));
        }
        let attempts = self.config.retry.as_ref().and_then(|retry| retry.max_attempts);
        if let (Some(most), ConnectionState::Reconnecting { attempt, .. }) = (attempts, state) {
            prop_assert!(*attempt <= most, "attempt {} of {}", attempt, most);
        }
        Ok(())
    }
}

proptest! {
    // `PROPTEST_CASES` asks for more than 256.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold(
        config in a_config(),
        seed in any::<u64>(),
        before in prop::collection::vec(an_input(), 0..3),
        inputs in prop::collection::vec(an_input(), 1..80),
        after in prop::collection::vec(an_input(), 1..20),
    ) {
        let mut observer = Observer::new(config, seed);
        for input in before.iter().chain([&Input::Start]).chain(&inputs) {
            observer.happen(input)?;
        }
        observer.happen(&Input::Close)?;
        let end = observer.connection.state().clone();
        prop_assert_eq!(end.status(), "closed");
        for input in &after {
            observer.happen(input)?;
            prop_assert_eq!(observer.connection.state(), &end);
        }
    }

    #[test]
    fn a_connection_that_is_left_alone_comes_back(
        config in a_config(),
        seed in any::<u64>(),
        inputs in prop::collection::vec(an_input(), 1..40),
    ) {
        let mut observer = Observer::new(config, seed);
        observer.happen(&Input::Start)?;
        for input in &inputs {
            observer.happen(input)?;
        }
        // Nothing is wrong any more; timers and the browser's own attempts do the rest.
        for input in [Input::Online, Input::Visible] {
            observer.happen(&input)?;
        }
        for _ in 0..3 {
            if !matches!(observer.connection.state().status(), "open" | "closed") {
                observer.happen(if observer.live.is_some() { &Input::Open { attempt: 0 } } else { &Input::Due })?;
            }
        }
        prop_assert!(matches!(observer.connection.state().status(), "open" | "closed"));
    }
}
