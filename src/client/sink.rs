//! The client's side of the seam.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::{Rc, Weak};

use gloo_timers::callback::Timeout;
use wasm_bindgen::JsValue;

use super::progress::Progress;
use super::queue::Queue;
use super::router::Router;
use super::subscriber::Waiting;
use super::{Failure, Stats};
use crate::batch::{Batch, Gap};
use crate::engine::{Engine, Sink};
#[cfg(feature = "fetch")]
use crate::protocol::instant::Instant;
use crate::protocol::state::{Cause, CloseReason, ConnectionState};
use crate::transport::Counted;
#[cfg(feature = "fetch")]
use crate::transport::global;

/// Says whether a failure is worth another attempt: the number of the attempt that failed, and why.
pub(super) type ShouldRetry = Box<dyn Fn(u32, &Cause) -> bool>;

/// Holds what the engine tells.
pub(super) struct Client {
    pub(super) router: Router,
    pub(super) progress: Rc<Progress>,
    pub(super) failures: Rc<Failures>,
    pub(super) state: RefCell<ConnectionState>,
    pub(super) engine: OnceCell<Weak<Engine>>,
    states: Listeners<ConnectionState>,
    gaps: Listeners<Gap>,
    should_retry: Option<ShouldRetry>,
    stats: Cell<Stats>,
    /// Counts what the queues of streams drop.
    pub(super) dropped: Rc<Cell<u64>>,
    /// The queues that may hold the stream back, and the timer for when they no longer may.
    pub(super) holding: Listeners<Waiting>,
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
        Rc::new(Self {
            router,
            progress,
            failures,
            state: RefCell::new(ConnectionState::Connecting { attempt: 1 }),
            engine: OnceCell::new(),
            states: Listeners::default(),
            gaps: Listeners::default(),
            should_retry,
            stats: Cell::default(),
            dropped: Rc::default(),
            holding: Listeners::default(),
            #[cfg(feature = "fetch")]
            timer: RefCell::default(),
        })
    }

    /// Those that the client counts.
    pub(super) fn stats(&self) -> Stats {
        Stats { dropped: self.dropped.get(), ..self.stats.get() }
    }

    pub(super) fn add_states(&self, queue: &Rc<Queue<ConnectionState>>) {
        queue.push(None, self.state.borrow().clone());
        self.add(&self.states, queue);
    }

    pub(super) fn add_gaps(&self, queue: &Rc<Queue<Gap>>) {
        self.add(&self.gaps, queue);
    }

    pub(super) fn add_errors(&self, queue: &Rc<Queue<Failure>>) {
        self.add(&self.failures.listeners, queue);
        if !self.router.is_closed() {
            self.failures.tell_early_ones(queue);
        }
    }

    fn add<T>(&self, listeners: &Listeners<T>, queue: &Rc<Queue<T>>) {
        if self.router.is_closed() {
            queue.end();
        } else {
            listeners.add(queue);
        }
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
        self.router.deliver(batch)
    }

    fn gap(&self, gap: Gap) {
        self.count(|stats| stats.gaps += 1);
        let listeners = self.gaps.all();
        if listeners.is_empty() {
            return self.failures.report(Failure::Gap(gap));
        }
        for queue in listeners {
            queue.push(None, gap.clone());
        }
    }

    #[cfg(feature = "fetch")]
    fn is_held(&self) -> bool {
        let now = global::now();
        // All of them: each may have to give up.
        let until = self.holding.all().iter().filter_map(|queue| queue.hold(now)).min();
        match until {
            Some(until) => self.wait(until, now),
            None => drop(self.timer.take()),
        }
        until.is_some()
    }

    fn state(&self, state: &ConnectionState) {
        self.state.borrow_mut().clone_from(state);
        if let ConnectionState::Open { .. } = state {
            self.count(|stats| stats.opened += 1);
        }
        let listeners = self.states.all();
        for queue in &listeners {
            queue.push(None, state.clone());
        }
        if let ConnectionState::Closed { .. } = state {
            self.router.close();
            self.progress.save();
            listeners.iter().for_each(|queue| queue.end());
            self.gaps.all().iter().for_each(|queue| queue.end());
            self.failures.listeners.all().iter().for_each(|queue| queue.end());
        }
    }

    fn verdict(&self, attempt: u32, cause: &Cause) -> Option<bool> {
        self.should_retry.as_ref().map(|should_retry| should_retry(attempt, cause))
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

/// Where everything goes that is no event of a stream.
#[derive(Default)]
pub(super) struct Failures {
    listeners: Listeners<Failure>,
    /// What was found when nobody could listen yet, and the end of the task in which somebody still may.
    early: RefCell<Option<(Failure, Timeout)>>,
}

impl Failures {
    /// To whoever reads [`errors`](super::TypedEventSource::errors), else to the console: nothing is
    /// swallowed.
    pub(super) fn report(&self, failure: Failure) {
        match self.listeners.all().first() {
            Some(queue) => {
                queue.push(None, failure);
            }
            None => write(&failure),
        }
    }

    /// The same, before the source is there: whoever reads the errors from the beginning gets it.
    pub(super) fn report_early(self: &Rc<Self>, failure: Failure) {
        let (me, counted) = (Rc::downgrade(self), Counted::new());
        let timeout = Timeout::new(0, move || {
            let _counted = counted;
            let early = me.upgrade().and_then(|me| me.early.take());
            early.iter().for_each(|(failure, _)| write(failure));
        });
        *self.early.borrow_mut() = Some((failure, timeout));
    }

    fn tell_early_ones(&self, queue: &Queue<Failure>) {
        if let Some((failure, _)) = self.early.take() {
            queue.push(None, failure);
        }
    }
}

impl Drop for Failures {
    fn drop(&mut self) {
        if let Some((failure, _)) = self.early.take() {
            write(&failure);
        }
    }
}

fn write(failure: &Failure) {
    web_sys::console::error_1(&JsValue::from_str(&failure.to_string()));
}

/// The queues of streams that are still held.
pub(super) struct Listeners<T>(RefCell<Vec<Weak<Queue<T>>>>);

impl<T> Default for Listeners<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T> Listeners<T> {
    pub(super) fn add(&self, queue: &Rc<Queue<T>>) {
        let mut queues = self.0.borrow_mut();
        queues.retain(|queue| queue.strong_count() > 0);
        queues.push(Rc::downgrade(queue));
    }

    fn all(&self) -> Vec<Rc<Queue<T>>> {
        self.0.borrow().iter().filter_map(Weak::upgrade).collect()
    }
}
