//! The client's side of the seam.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

#[cfg(feature = "fetch")]
use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;

use super::bounded::Trimmed;
use super::error::Failure;
use super::failures::Failures;
use super::listeners::Listeners;
use super::outcome::Outcome;
use super::progress::Progress;
use super::queue::Queue;
use super::router::Router;
use super::snapshot::Stats;
use super::subscriber::Waiting;
use crate::batch::{Batch, Gap};
use crate::engine::{Engine, Sink};
#[cfg(feature = "fetch")]
use crate::protocol::instant::Instant;
use crate::protocol::state::{Cause, CloseReason, ConnectionState, Transport};
#[cfg(feature = "fetch")]
use crate::transport::global;
use crate::transport::turn::Turn;
use crate::transport::{Counted, Otherwise};

/// Says whether a failure is worth another attempt, or nothing: the number of the attempt that failed, and why.
pub(super) type ShouldRetry = Box<dyn Fn(u32, &Cause) -> Option<bool>>;

/// Holds what the engine tells.
pub(super) struct Client {
    me: Weak<Self>,
    pub(super) router: Router,
    pub(super) progress: Rc<Progress>,
    pub(super) failures: Rc<Failures>,
    pub(super) state: RefCell<ConnectionState>,
    pub(super) engine: OnceCell<Weak<Engine>>,
    states: Listeners<ConnectionState>,
    gaps: Listeners<Gap>,
    should_retry: Option<ShouldRetry>,
    stats: Cell<Stats>,
    /// Whether the connection in use has been told of for [`Failure::Reused`].
    told_reused: Cell<bool>,
    /// Whether the application has closed the source, so that a failure cannot be mended.
    pub(super) is_over: Cell<bool>,
    /// Whether it is to be opened again after the delivery.
    reopening: Cell<bool>,
    /// Whether somebody sees to it that a delivery goes on when the task is over.
    guarded: Cell<bool>,
    /// Counts the events that the queues of streams drop.
    pub(super) dropped: Rc<Cell<u64>>,
    /// The events that wait for readers.
    pub(super) waiting: Listeners<Waiting>,
    /// Whether the stream can be held back: it was opened over fetch.
    can_be_held: Cell<bool>,
    /// When readers will have had their turn since more than the limit allows has come.
    turn: RefCell<Option<Turn>>,
    /// When readers may no longer hold the stream back.
    #[cfg(feature = "fetch")]
    timer: RefCell<Option<(Timeout, Instant)>>,
}

impl Client {
    pub(super) fn new(
        router: Router,
        progress: Rc<Progress>,
        failures: Rc<Failures>,
        should_retry: Option<ShouldRetry>,
    ) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            router,
            progress,
            failures,
            state: RefCell::new(ConnectionState::Connecting { attempt: 1 }),
            engine: OnceCell::new(),
            states: Listeners::default(),
            gaps: Listeners::default(),
            should_retry,
            stats: Cell::default(),
            told_reused: Cell::new(false),
            is_over: Cell::new(false),
            reopening: Cell::new(false),
            guarded: Cell::new(false),
            dropped: Rc::default(),
            waiting: Listeners::default(),
            can_be_held: Cell::new(false),
            turn: RefCell::default(),
            #[cfg(feature = "fetch")]
            timer: RefCell::default(),
        })
    }

    /// Those that the client counts.
    pub(super) fn stats(&self) -> Stats {
        Stats { dropped: self.dropped.get(), ..self.stats.get() }
    }

    pub(super) fn add_states(&self, queue: &Rc<Queue<ConnectionState>>) {
        queue.push(self.state.borrow().clone());
        self.add(&self.states, queue);
    }

    pub(super) fn add_gaps(&self, queue: &Rc<Queue<Gap>>) {
        self.add(&self.gaps, queue);
    }

    pub(super) fn add_errors(&self, queue: &Rc<Queue<Failure>>) {
        if self.router.is_closed() {
            queue.end(None);
        } else {
            self.failures.add(queue);
        }
    }

    fn add<T>(&self, listeners: &Listeners<T>, queue: &Rc<Queue<T>>) {
        if self.router.is_closed() {
            queue.end(None);
        } else {
            listeners.add(queue);
        }
    }

    /// Sees to it that the delivery goes on when the task is over, should a subscriber break it off. Only a microtask
    /// can tell that from a delivery that is still under way.
    fn guard(&self) {
        if self.guarded.replace(true) {
            return;
        }
        let (me, counted) = (self.me.clone(), Counted::new());
        let guard = Closure::once_into_js(move || {
            let _counted = counted;
            me.upgrade().iter().for_each(|client| client.recover());
        });
        // A browser without microtasks has no `fetch` and no modules either.
        let _ = queue_microtask(&guard);
    }

    fn recover(&self) {
        self.guarded.set(false);
        if self.router.is_delivering() {
            self.guard();
            if let Some(reason) = self.router.recover() {
                let engine = self.engine.get().and_then(Weak::upgrade);
                engine.iter().for_each(|engine| engine.close(reason.clone()));
            }
            self.go_on();
        }
    }

    /// Opens the source again if a failure has closed it, after a delivery that is under way.
    pub(super) fn reopen(&self) {
        let failed =
            matches!(&*self.state.borrow(), ConnectionState::Closed { reason } if reason.is_failure());
        self.reopening.set(failed && !self.is_over.get());
        self.go_on();
    }

    /// What had to wait for the delivery.
    fn go_on(&self) {
        if self.router.is_delivering() || !self.reopening.take() || self.is_over.get() {
            return;
        }
        if let Some(engine) = self.engine.get().and_then(Weak::upgrade) {
            engine.reopen(&self.router.reopen());
        }
    }

    /// Readers have had their turn: what is still too much is dropped.
    fn review(&self) {
        self.turn.take();
        for queue in self.waiting.all() {
            if self.trim(&queue) {
                let engine = self.engine.get().and_then(Weak::upgrade);
                return engine.iter().for_each(|engine| engine.close(CloseReason::Overflow));
            }
        }
    }

    /// Says whether the source is to be closed.
    fn trim(&self, queue: &Queue<Waiting>) -> bool {
        match queue.trim(self.can_be_held.get()) {
            Trimmed::Overflow => return true,
            Trimmed::Dropped(dropped) => {
                dropped.into_iter().for_each(|waiting| waiting.ticket.settle(Outcome::Unwanted));
            }
        }
        false
    }

    fn count(&self, count: impl FnOnce(&mut Stats)) {
        let mut stats = self.stats.get();
        count(&mut stats);
        self.stats.set(stats);
    }
}

impl Sink for Client {
    fn batch(&self, batch: Batch) -> Option<CloseReason> {
        self.count(|stats| stats.events += batch.len() as u64);
        self.guard();
        let reason = self.router.deliver(batch);
        self.go_on();
        if self.waiting.all().iter().any(|queue| queue.is_over()) {
            let me = self.me.clone();
            let review = move || me.upgrade().iter().for_each(|client| client.review());
            self.turn.borrow_mut().get_or_insert_with(|| Turn::new(review));
        }
        reason
    }

    fn gap(&self, gap: Gap) {
        self.count(|stats| stats.gaps += 1);
        let listeners = self.gaps.all();
        if listeners.is_empty() {
            return self.failures.report(Failure::Gap(gap));
        }
        for queue in listeners {
            queue.push(gap.clone());
        }
    }

    fn reused(&self, last_event_id: &str) {
        self.count(|stats| stats.reused += 1);
        if !self.told_reused.replace(true) {
            self.failures.report(Failure::Reused { last_event_id: last_event_id.to_owned() });
        }
    }

    #[cfg(feature = "fetch")]
    fn is_held(&self) -> bool {
        let now = global::now();
        let hold = |queue: Rc<Queue<Waiting>>| {
            let until = queue.hold(now);
            if queue.lags() {
                self.trim(&queue);
            }
            until
        };
        // All of them: each may have to give up.
        let until = self.waiting.all().into_iter().filter_map(hold).min();
        match until {
            Some(until) => self.wait(until, now),
            None => drop(self.timer.take()),
        }
        until.is_some()
    }

    fn state(&self, state: &ConnectionState) {
        self.state.borrow_mut().clone_from(state);
        if let ConnectionState::Open { transport, .. } = state {
            self.can_be_held.set(*transport == Transport::Fetch);
            self.count(|stats| stats.opened += 1);
            self.told_reused.set(false);
        }
        let listeners = self.states.all();
        for queue in &listeners {
            queue.push(state.clone());
        }
        if let ConnectionState::Closed { reason } = state {
            self.router.close(reason.cause());
            self.states.end();
            // A stream whose queue was full says so itself, and streams of events end with the cause.
            let readers = self.waiting.take();
            let is_told = !listeners.is_empty() || (reason.cause().is_some() && !readers.is_empty());
            if reason.is_failure() && !is_told && *reason != CloseReason::Overflow {
                self.failures.report(Failure::Closed { reason: reason.clone() });
            }
            self.gaps.end();
            // The storage may be the application's, and trap. Its errors come before the end.
            let failures = Rc::clone(&self.failures);
            let otherwise = Otherwise::new(move || failures.end());
            self.progress.save();
            drop(otherwise);
            self.failures.end();
        }
    }

    fn verdict(&self, attempt: u32, cause: &Cause) -> Option<bool> {
        self.should_retry.as_ref().and_then(|should_retry| should_retry(attempt, cause))
    }
}

#[cfg(feature = "fetch")]
impl Client {
    /// Sees to it that the engine goes on when a queue has held it back for long enough.
    fn wait(&self, until: Instant, now: Instant) {
        let mut timer = self.timer.borrow_mut();
        // One that goes off too early is no harm.
        if timer.as_ref().is_some_and(|(_, at)| *at <= until && *at > now) {
            return;
        }
        let millis = until.since(now).as_micros().div_ceil(1000).min(i32::MAX as u128) as u32;
        let (engine, counted) = (self.engine.get().cloned().unwrap_or_default(), Counted::new());
        let timeout = Timeout::new(millis, move || {
            let _counted = counted;
            engine.upgrade().iter().for_each(|engine| engine.go_on());
        });
        *timer = Some((timeout, until));
    }
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = queueMicrotask)]
    fn queue_microtask(task: &JsValue) -> Result<(), JsValue>;
}
