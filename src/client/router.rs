//! Hands events over to their subscribers, in order.
//!
//! User code runs inside a delivery only, and no borrow is held meanwhile. Events that are still to be delivered are in the
//! inbox, whose place moves on before each call. Deliveries do not nest: events that a subscriber causes wait there.
//! A subscriber that traps breaks the delivery off; [`Router::recover`] goes on with it when the task is over, so that
//! it costs nobody else an event.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::outcome::Outcome;
use super::progress::Progress;
use super::routes::{Next, Resolved, Routes, SubscriberId};
use super::subscriber::{Delivered, Raw};
use crate::batch::{Batch, Member};
use crate::protocol::parser;
use crate::protocol::state::{Cause, CloseReason, EndedBy};

/// Says whether an event ends the stream.
pub(super) type Until = Box<dyn Fn(&parser::Event<'_>) -> bool>;

pub(super) struct Router {
    pub(super) routes: Routes,
    inbox: RefCell<VecDeque<Rc<Inbound>>>,
    /// The last event ID up to which the cursor knows of.
    last_event_id: RefCell<Arc<str>>,
    /// What that was before the event that was the last one.
    before: RefCell<Arc<str>>,
    closed: Cell<bool>,
    until: Option<Until>,
    progress: Rc<Progress>,
    stage: Cell<Stage>,
}

/// The stage of a delivery. If it is not [`Idle`](Stage::Idle) when a task is over, a subscriber has trapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Idle,
    Delivering,
    /// A subscriber has been called for the event.
    Calling,
}

/// A batch, and how far it is delivered.
struct Inbound {
    batch: Batch,
    index: Cell<usize>,
    /// Whether `until` has seen that event.
    asked: Cell<bool>,
    /// The last subscriber that got the event at `index`.
    last: Cell<SubscriberId>,
    /// The newest subscriber when that event's turn came: later ones do not get it.
    newest: Cell<SubscriberId>,
}

/// How the turn of an event went.
enum Turn {
    /// Everybody has had it.
    Over,
    /// It is the last one: the source is closed.
    Last,
    /// Nobody has had it, nor does anybody get a later one.
    None(Option<CloseReason>),
}

impl Router {
    pub(super) fn new(routes: Routes, until: Option<Until>, progress: Rc<Progress>) -> Self {
        Self {
            routes,
            inbox: RefCell::default(),
            last_event_id: RefCell::new(progress.processed().into()),
            before: RefCell::new("".into()),
            closed: Cell::new(false),
            until,
            progress,
            stage: Cell::default(),
        }
    }

    /// Queues a batch and delivers what is queued, unless that is under way. Says why the source is to be closed, if an
    /// event is the reason: what comes after that one is not delivered.
    pub(super) fn deliver(&self, batch: Batch) -> Option<CloseReason> {
        if self.closed.get() {
            return None;
        }
        let inbound = Inbound {
            batch,
            index: Cell::new(0),
            asked: Cell::new(false),
            last: Cell::new(0),
            newest: Cell::new(self.routes.newest()),
        };
        self.inbox.borrow_mut().push_back(Rc::new(inbound));
        if self.stage.get() == Stage::Idle { self.go_on() } else { None }
    }

    /// Whether a delivery is under way, or was broken off.
    pub(super) fn is_delivering(&self) -> bool {
        self.stage.get() != Stage::Idle
    }

    /// Goes on with a delivery that was broken off by a trap; answers as [`deliver`](Self::deliver) does.
    pub(super) fn recover(&self) -> Option<CloseReason> {
        if self.stage.get() == Stage::Calling {
            self.progress.note(Outcome::Failed);
        }
        self.go_on()
    }

    fn go_on(&self) -> Option<CloseReason> {
        self.stage.set(Stage::Delivering);
        let reason = self.deliver_queued();
        self.stage.set(Stage::Idle);
        reason
    }

    fn deliver_queued(&self) -> Option<CloseReason> {
        loop {
            let front = self.inbox.borrow().front().map(Rc::clone);
            let inbound = front?;
            if let ControlFlow::Break(reason) = self.deliver_batch(&inbound) {
                return reason;
            }
            self.inbox.borrow_mut().pop_front();
            // There are no more events, but there may be a newer last event ID.
            if let Some(id) = inbound.batch.last_event_id() {
                self.finish(id);
            }
        }
    }

    /// Goes on with a batch. Breaks off if the source is closed or to be closed, and says why if that is to be done.
    fn deliver_batch(&self, inbound: &Inbound) -> ControlFlow<Option<CloseReason>> {
        let batch = &inbound.batch;
        let mut types = Vec::new();
        // Whose last event ID the processed one is.
        let mut newest: Option<Member<'_>> = None;
        // The last event ID as events share it, and an event that has it: many have no id of their own.
        let mut shared: Option<(Member<'_>, Arc<str>)> = None;
        while let Some(member) = batch.get(inbound.index.get()) {
            // A subscriber that hears of a skipped event may close the source, too.
            if self.closed.get() {
                return ControlFlow::Break(None);
            }
            let resolved = self.resolved(&mut types, batch, member);
            let mut turn = Turn::Over;
            if !resolved.is_heartbeat && (self.until.is_some() || self.routes.is_wanted(resolved)) {
                let last_event_id = match &shared {
                    Some((of, id)) if of.shares_id(member) => id,
                    _ => &shared.insert((member, member.shared_id())).1,
                };
                turn = self.deliver_member(inbound, member, resolved, last_event_id);
                if let Turn::None(reason) = turn {
                    return ControlFlow::Break(reason);
                }
            }
            if let Turn::Last = turn {
                self.before.replace(Arc::clone(&self.last_event_id.borrow()));
            }
            // Counted before anybody hears of it.
            inbound.index.set(inbound.index.get() + 1);
            inbound.asked.set(false);
            inbound.last.set(0);
            inbound.newest.set(self.routes.newest());
            if member.is_behind() || newest.is_some_and(|newest| newest.shares_id(member)) {
                self.progress.finish(None);
            } else {
                self.finish(&member.shared_id());
                newest = Some(member);
            }
            if let Turn::Last = turn {
                // The source may have stored before what it has when it was closed.
                self.progress.save();
                return ControlFlow::Break(None);
            }
        }
        ControlFlow::Continue(())
    }

    /// Gives an event to all that have not got it yet.
    fn deliver_member(
        &self,
        inbound: &Inbound,
        member: Member<'_>,
        resolved: &Resolved,
        last_event_id: &Arc<str>,
    ) -> Turn {
        let data = member.data();
        let event_type = &resolved.event_type;
        let has_own_id = member.has_own_id();
        let event = parser::Event { event_type, data: &data, last_event_id, has_own_id };
        if let Some(until) = &self.until
            && !inbound.asked.replace(true)
        {
            // The event that ends it is not processed: a source that goes on from the cursor finds the end again.
            if until(&event) {
                return Turn::None(Some(CloseReason::Ended { by: EndedBy::Until }));
            }
            if self.closed.get() {
                return Turn::None(None);
            }
        }
        let raw = Raw { event, event_type, last_event_id, origin: inbound.batch.origin() };
        let newest = inbound.newest.get();
        while let Some(Next { id, to, is_last }) = self.routes.after(resolved, inbound.last.get(), newest) {
            inbound.last.set(id);
            self.stage.set(Stage::Calling);
            let delivered = to.deliver(&raw, &self.progress);
            self.stage.set(Stage::Delivering);
            if let Delivered::Settled(outcome) = delivered {
                self.progress.note(outcome);
            }
            if self.closed.get() {
                if self.routes.after(resolved, id, newest).is_some() {
                    self.progress.note(Outcome::CutOff);
                }
                return Turn::Last;
            }
            // A subscriber that comes during the delivery does not get this event.
            if is_last {
                break;
            }
        }
        Turn::Over
    }

    /// Delivers nothing more, and tells all subscribers. Events that are not delivered yet hold the cursor for ever.
    /// `failure`: the cause, if the source is closed by one.
    pub(super) fn close(&self, failure: Option<&Cause>) {
        if !self.closed.replace(true) {
            let undelivered = self.inbox.take();
            let subscribers = self.routes.all();
            drop(undelivered);
            subscribers.iter().for_each(|subscriber| subscriber.end(failure));
        }
    }

    /// Delivers again. Gives the last event ID from which nothing is missing: an event that somebody was cut off from comes
    /// again.
    pub(super) fn reopen(&self) -> Arc<str> {
        self.closed.set(false);
        let before = Arc::clone(&self.before.borrow());
        if self.progress.reopen(&before) {
            self.last_event_id.replace(before);
        }
        Arc::clone(&self.last_event_id.borrow())
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    /// The subscribers of this type now. `types` keeps them for the batch.
    fn resolved<'t>(&self, types: &'t mut Vec<Resolved>, batch: &Batch, member: Member<'_>) -> &'t Resolved {
        let number = member.type_number();
        while types.len() <= number {
            types.push(self.routes.resolve(&batch.event_type(types.len())));
        }
        let resolved = &mut types[number];
        if !self.routes.is_current(resolved) {
            *resolved = self.routes.resolve(&resolved.event_type);
        }
        resolved
    }

    /// The current event, which is not behind, was given to everybody. An id may be long: the one that was there before
    /// is not compared.
    fn finish(&self, last_event_id: &Arc<str>) {
        let before = self.last_event_id.replace(Arc::clone(last_event_id));
        self.progress.finish((!Arc::ptr_eq(&before, last_event_id)).then_some(last_event_id));
    }
}
