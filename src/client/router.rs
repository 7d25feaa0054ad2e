//! Routing by event type.
//!
//! User code runs inside `deliver` only, and no borrow is held meanwhile. What is still to be delivered
//! stands in the inbox, its place moved on before each delivery: a subscriber that traps costs nobody
//! else an event, the next chunk goes on where it stopped.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::ops::ControlFlow;
use std::rc::Rc;
use std::sync::Arc;

use super::Event;
use super::progress::Progress;
use crate::batch::{Batch, Member};
use crate::protocol::parser;
use crate::protocol::state::CloseReason;

/// An event on its way to a subscriber; the strings are shared by all that get it.
pub(super) struct Raw<'a> {
    pub(super) event: parser::Event<'a>,
    event_type: &'a Arc<str>,
    last_event_id: &'a Arc<str>,
    origin: &'a Arc<str>,
}

impl Raw<'_> {
    /// As the user sees it.
    pub(super) fn with<T>(&self, data: T) -> Event<T> {
        Event {
            event_type: Arc::clone(self.event_type),
            data,
            last_event_id: Arc::clone(self.last_event_id),
            origin: Arc::clone(self.origin),
        }
    }
}

/// What a subscriber does with an event.
pub(super) trait Deliver {
    /// Whoever keeps the event takes a ticket.
    fn deliver(&self, raw: &Raw<'_>, progress: &Rc<Progress>) -> Delivered;
    /// No event comes any more.
    fn end(&self) {}
}

/// Whether an event found its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delivered {
    Well,
    /// There is none, and the source is to be closed.
    Overflow,
}

/// Tells subscribers apart; they get an event in the order in which they subscribed.
pub(super) type SubscriberId = u64;

type Subscribers = Vec<(SubscriberId, Rc<dyn Deliver>)>;

/// The subscribers to one event type.
type Route = RefCell<Subscribers>;

/// Says whether an event ends the stream.
pub(super) type Until = Box<dyn Fn(&parser::Event<'_>) -> bool>;

pub(super) struct Router {
    routes: RefCell<BTreeMap<Arc<str>, Rc<Route>>>,
    /// How often a route came or went.
    rerouted: Cell<u64>,
    /// Subscribers to every type, also to types that nobody named.
    everything: RefCell<Subscribers>,
    subscribed: Cell<SubscriberId>,
    inbox: RefCell<VecDeque<Rc<Inbound>>>,
    /// That of the event delivered last: many have no id of their own.
    last_event_id: RefCell<Arc<str>>,
    closed: Cell<bool>,
    /// Events of this type are for nobody: they only prove the stream alive.
    heartbeat_event: Option<String>,
    until: Option<Until>,
    progress: Rc<Progress>,
    /// Whether a subscriber is being called: it has trapped if that is found before the next call.
    calling: Cell<bool>,
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

/// What an event type of a batch means here, as of so many changes of the routes.
struct Resolved {
    rerouted: u64,
    event_type: Arc<str>,
    route: Option<Rc<Route>>,
    is_heartbeat: bool,
}

/// Whose turn it is.
struct Next {
    id: SubscriberId,
    to: Rc<dyn Deliver>,
    /// Whether nobody comes after.
    is_last: bool,
}

impl Router {
    pub(super) fn new(heartbeat_event: Option<String>, until: Option<Until>, progress: Rc<Progress>) -> Self {
        Self {
            routes: RefCell::default(),
            rerouted: Cell::new(0),
            everything: RefCell::default(),
            subscribed: Cell::new(0),
            inbox: RefCell::default(),
            last_event_id: RefCell::new("".into()),
            closed: Cell::new(false),
            heartbeat_event,
            until,
            progress,
            calling: Cell::new(false),
        }
    }

    /// Adds a subscriber to these event types; says which of them nobody had subscribed to before.
    pub(super) fn add(&self, types: &[Arc<str>], to: &Rc<dyn Deliver>) -> (SubscriberId, Vec<Arc<str>>) {
        let id = self.subscribed.get() + 1;
        self.subscribed.set(id);
        let mut routes = self.routes.borrow_mut();
        let mut new = Vec::new();
        for event_type in types {
            let subscribers = routes.entry(Arc::clone(event_type)).or_insert_with(|| {
                new.push(Arc::clone(event_type));
                Rc::default()
            });
            subscribers.borrow_mut().push((id, Rc::clone(to)));
        }
        if !new.is_empty() {
            self.reroute();
        }
        (id, new)
    }

    /// Lets a subscriber have every other event too.
    pub(super) fn add_to_everything(&self, id: SubscriberId, to: &Rc<dyn Deliver>) {
        self.everything.borrow_mut().push((id, Rc::clone(to)));
    }

    /// Takes a subscriber away; says to which of its types nobody subscribes any more.
    pub(super) fn remove(&self, id: SubscriberId, types: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut gone = Vec::new();
        let mut unused = Vec::new();
        {
            let mut routes = self.routes.borrow_mut();
            for event_type in types {
                let Some(subscribers) = routes.get(event_type) else { continue };
                gone.extend(take(&mut subscribers.borrow_mut(), id));
                if subscribers.borrow().is_empty() {
                    routes.remove(event_type);
                    self.reroute();
                    unused.push(Arc::clone(event_type));
                }
            }
            gone.extend(take(&mut self.everything.borrow_mut(), id));
        }
        // Dropped here, outside the borrows: a handler's captures may hold subscriptions.
        drop(gone);
        unused
    }

    /// Queues a batch and delivers what is queued. Says why the source is to be closed, if an event is the reason: what
    /// comes after that one is not delivered.
    pub(super) fn deliver(&self, batch: Batch) -> Option<CloseReason> {
        if self.closed.get() {
            return None;
        }
        if self.calling.replace(false) {
            self.progress.fail();
        }
        let inbound = Inbound {
            batch,
            index: Cell::new(0),
            asked: Cell::new(false),
            last: Cell::new(0),
            newest: Cell::new(self.subscribed.get()),
        };
        self.inbox.borrow_mut().push_back(Rc::new(inbound));
        loop {
            let front = self.inbox.borrow().front().map(Rc::clone);
            let inbound = front?;
            if let ControlFlow::Break(reason) = self.deliver_batch(&inbound) {
                return reason;
            }
            let is_front = self.inbox.borrow().front().is_some_and(|front| Rc::ptr_eq(front, &inbound));
            if is_front {
                self.inbox.borrow_mut().pop_front();
                // There are no more events, but there may be a newer last event ID.
                if let Some(id) = inbound.batch.last_event_id() {
                    self.progress.finish(Some(id));
                }
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
            // Whoever hears of an event that was passed over may close the source too.
            if self.closed.get() {
                return ControlFlow::Break(None);
            }
            let index = inbound.index.get();
            let resolved = self.resolved(&mut types, batch, member);
            if !resolved.is_heartbeat && (self.until.is_some() || self.is_wanted(resolved)) {
                let last_event_id = match &shared {
                    Some((of, id)) if of.shares_id(member) => id,
                    _ => &shared.insert((member, self.shared(&member.last_event_id()))).1,
                };
                self.deliver_member(inbound, member, resolved, last_event_id)?;
                // A chunk that came from within a subscriber has brought the batch to its end.
                if inbound.index.get() != index {
                    continue;
                }
            }
            // Counted as done before anybody hears of it.
            inbound.index.set(index + 1);
            inbound.asked.set(false);
            inbound.last.set(0);
            inbound.newest.set(self.subscribed.get());
            if member.is_behind() || newest.is_some_and(|newest| newest.shares_id(member)) {
                self.progress.finish(None);
            } else {
                self.progress.finish(Some(&member.last_event_id()));
                newest = Some(member);
            }
        }
        ControlFlow::Continue(())
    }

    /// Gives an event to all that have not got it yet. Breaks off as `deliver_batch` does.
    fn deliver_member(
        &self,
        inbound: &Inbound,
        member: Member<'_>,
        resolved: &Resolved,
        last_event_id: &Arc<str>,
    ) -> ControlFlow<Option<CloseReason>> {
        let index = inbound.index.get();
        let data = member.data();
        let event_type = &resolved.event_type;
        let has_own_id = member.has_own_id();
        let event = parser::Event { event_type, data: &data, last_event_id, has_own_id };
        if let Some(until) = &self.until
            && !inbound.asked.replace(true)
        {
            // The event that ends it is not processed: whoever goes on from what is finds the end again.
            if until(&event) {
                return ControlFlow::Break(Some(CloseReason::Ended));
            }
            if self.closed.get() {
                return ControlFlow::Break(None);
            }
        }
        let raw = Raw { event, event_type, last_event_id, origin: inbound.batch.origin() };
        while let Some(Next { id, to, is_last }) =
            self.after(resolved, inbound.last.get(), inbound.newest.get())
        {
            inbound.last.set(id);
            self.calling.set(true);
            let delivered = to.deliver(&raw, &self.progress);
            self.calling.set(false);
            let reason = (delivered == Delivered::Overflow).then_some(CloseReason::Overflow);
            if self.closed.get() {
                // Whoever closes the source has processed the event, unless others were to have it too.
                if self.after(resolved, id, self.subscribed.get()).is_none() {
                    self.progress.finish(Some(&**last_event_id).filter(|_| !member.is_behind()));
                    self.progress.save();
                }
                return ControlFlow::Break(reason);
            }
            if reason.is_some() {
                return ControlFlow::Break(reason);
            }
            // Whoever subscribes meanwhile does not get this one.
            if is_last || inbound.index.get() != index {
                break;
            }
        }
        ControlFlow::Continue(())
    }

    /// Nothing is delivered after this, streams end.
    pub(super) fn close(&self) {
        if !self.closed.replace(true) {
            let undelivered = self.inbox.take();
            let subscribers = self.subscribers();
            drop(undelivered);
            subscribers.iter().for_each(|subscriber| subscriber.end());
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.get()
    }

    fn subscribers(&self) -> Vec<Rc<dyn Deliver>> {
        let of = |(_, subscriber): &(SubscriberId, Rc<dyn Deliver>)| Rc::clone(subscriber);
        let mut all = Vec::new();
        for route in self.routes.borrow().values() {
            all.extend(route.borrow().iter().map(of));
        }
        all.extend(self.everything.borrow().iter().map(of));
        all
    }

    fn reroute(&self) {
        self.rerouted.set(self.rerouted.get() + 1);
    }

    /// What the event's type means now. `types` keeps that for the batch.
    fn resolved<'t>(&self, types: &'t mut Vec<Resolved>, batch: &Batch, member: Member<'_>) -> &'t Resolved {
        let number = member.type_number();
        while types.len() <= number {
            types.push(self.resolve(&batch.event_type(types.len())));
        }
        let resolved = &mut types[number];
        if resolved.rerouted != self.rerouted.get() {
            *resolved = self.resolve(&resolved.event_type);
        }
        resolved
    }

    fn resolve(&self, event_type: &str) -> Resolved {
        let routes = self.routes.borrow();
        let (event_type, route) = match routes.get_key_value(event_type) {
            Some((event_type, route)) => (Arc::clone(event_type), Some(Rc::clone(route))),
            None => (event_type.into(), None),
        };
        let is_heartbeat = self.heartbeat_event.as_deref() == Some(&*event_type);
        Resolved { rerouted: self.rerouted.get(), event_type, route, is_heartbeat }
    }

    fn is_wanted(&self, resolved: &Resolved) -> bool {
        resolved.route.is_some() || !self.everything.borrow().is_empty()
    }

    /// The id as a string that events share.
    fn shared(&self, last_event_id: &str) -> Arc<str> {
        let mut newest = self.last_event_id.borrow_mut();
        if **newest != *last_event_id {
            *newest = last_event_id.into();
        }
        Arc::clone(&newest)
    }

    /// The first subscriber to this type after `last` and up to `newest`.
    #[inline]
    fn after(&self, resolved: &Resolved, last: SubscriberId, newest: SubscriberId) -> Option<Next> {
        let again;
        let resolved = if resolved.rerouted == self.rerouted.get() {
            resolved
        } else {
            again = self.resolve(&resolved.event_type);
            &again
        };
        let named = resolved.route.as_ref().and_then(|route| first(&route.borrow(), last, newest));
        if self.everything.borrow().is_empty() {
            return named;
        }
        let any = first(&self.everything.borrow(), last, newest);
        match (named, any) {
            (Some(named), Some(any)) => {
                let next = if named.id <= any.id { named } else { any };
                Some(Next { is_last: false, ..next })
            }
            (named, any) => named.or(any),
        }
    }
}

fn first(subscribers: &Subscribers, last: SubscriberId, newest: SubscriberId) -> Option<Next> {
    // Ids only grow, so each list is in order. Mostly nobody has got the event yet.
    let from = match subscribers.first() {
        Some((id, _)) if *id > last => 0,
        _ => subscribers.partition_point(|(id, _)| *id <= last),
    };
    let mut left = subscribers.get(from..)?.iter().take_while(|(id, _)| *id <= newest);
    let (id, to) = left.next()?;
    Some(Next { id: *id, to: Rc::clone(to), is_last: left.next().is_none() })
}

fn take(subscribers: &mut Subscribers, id: SubscriberId) -> Option<Rc<dyn Deliver>> {
    let place = subscribers.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    Some(subscribers.remove(place).1)
}
