//! Routing by event type.
//!
//! User code runs inside `deliver` only, and no borrow is held meanwhile. What is still to be delivered
//! stands in the inbox, its place moved on before each delivery: a subscriber that traps costs nobody
//! else an event, the next chunk goes on where it stopped.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use super::Event;
use super::progress::Progress;
use crate::batch::Batch;
use crate::protocol::parser;
use crate::protocol::state::CloseReason;

/// An event on its way to a subscriber; the strings are shared by all that get it.
pub(super) struct Raw<'a> {
    pub(super) event: parser::Event<'a>,
    event_type: &'a Arc<str>,
    origin: &'a Arc<str>,
}

impl Raw<'_> {
    /// As the user sees it.
    pub(super) fn with<T>(&self, data: T) -> Event<T> {
        Event {
            event_type: Arc::clone(self.event_type),
            data,
            last_event_id: self.event.last_event_id.into(),
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

/// Says whether an event ends the stream.
pub(super) type Until = Box<dyn Fn(&parser::Event<'_>) -> bool>;

pub(super) struct Router {
    routes: RefCell<BTreeMap<Arc<str>, Subscribers>>,
    /// Subscribers to every type, also to types that nobody named.
    everything: RefCell<Subscribers>,
    subscribed: Cell<SubscriberId>,
    inbox: RefCell<VecDeque<Inbound>>,
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
    batch: Rc<Batch>,
    origin: Arc<str>,
    index: usize,
    /// Whether `until` has seen that event.
    asked: bool,
    /// The last subscriber that got the event at `index`.
    last: SubscriberId,
    /// The newest subscriber when that event's turn came: later ones do not get it.
    newest: SubscriberId,
}

/// What is to be done with an event.
enum Step {
    /// To ask whether it ends the stream.
    Ask(Rc<Batch>, usize),
    Deliver(Delivery),
    /// Everybody was given it.
    Finish(Rc<Batch>, usize),
    /// There are no more events, but there may be a newer last event ID.
    End(Rc<Batch>),
}

/// One event for one subscriber.
struct Delivery {
    batch: Rc<Batch>,
    origin: Arc<str>,
    index: usize,
    event_type: Arc<str>,
    id: SubscriberId,
    to: Rc<dyn Deliver>,
}

impl Router {
    pub(super) fn new(heartbeat_event: Option<String>, until: Option<Until>, progress: Rc<Progress>) -> Self {
        Self {
            routes: RefCell::default(),
            everything: RefCell::default(),
            subscribed: Cell::new(0),
            inbox: RefCell::default(),
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
                Subscribers::new()
            });
            subscribers.push((id, Rc::clone(to)));
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
                let Some(subscribers) = routes.get_mut(event_type) else { continue };
                gone.extend(take(subscribers, id));
                if subscribers.is_empty() {
                    routes.remove(event_type);
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
            origin: batch.origin().into(),
            batch: Rc::new(batch),
            index: 0,
            asked: false,
            last: 0,
            newest: self.subscribed.get(),
        };
        self.inbox.borrow_mut().push_back(inbound);
        while let Some(step) = self.next() {
            match step {
                Step::Ask(batch, index) => {
                    if let (Some(until), Some(event)) = (&self.until, batch.get(index))
                        && until(&event)
                    {
                        // It is not processed: whoever goes on from what is finds the end again.
                        return Some(CloseReason::Ended);
                    }
                }
                Step::Deliver(delivery) => {
                    if self.give(&delivery) == Delivered::Overflow {
                        return Some(CloseReason::Overflow);
                    }
                }
                Step::Finish(batch, index) => self.progress.finish(batch.position(index)),
                Step::End(batch) => {
                    if let Some(id) = batch.last_event_id() {
                        self.progress.finish(Some(id));
                    }
                }
            }
        }
        None
    }

    fn give(&self, Delivery { batch, origin, index, event_type, id, to }: &Delivery) -> Delivered {
        let Some(event) = batch.get(*index) else { return Delivered::Well };
        self.calling.set(true);
        let delivered = to.deliver(&Raw { event, event_type, origin }, &self.progress);
        self.calling.set(false);
        // Whoever closes the source has processed the event, unless others were to have it too.
        if self.closed.get() && self.after(event_type, *id, self.subscribed.get()).is_none() {
            self.progress.finish(batch.position(*index));
            self.progress.save();
        }
        delivered
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
        let routes = self.routes.borrow();
        let everything = self.everything.borrow();
        let all = routes.values().flatten().chain(&*everything);
        all.map(|(_, subscriber)| Rc::clone(subscriber)).collect()
    }

    /// The next step, counted as done before it is made.
    fn next(&self) -> Option<Step> {
        let mut inbox = self.inbox.borrow_mut();
        let inbound = inbox.front_mut()?;
        let Some(event) = inbound.batch.get(inbound.index) else {
            let inbound = inbox.pop_front()?;
            return Some(Step::End(inbound.batch));
        };
        self.progress.begin();
        let (batch, index) = (Rc::clone(&inbound.batch), inbound.index);
        let heartbeat = self.heartbeat_event.as_deref() == Some(event.event_type);
        if !heartbeat && self.until.is_some() && !inbound.asked {
            inbound.asked = true;
            return Some(Step::Ask(batch, index));
        }
        if !heartbeat
            && let Some((id, event_type, to)) = self.after(event.event_type, inbound.last, inbound.newest)
        {
            inbound.last = id;
            let origin = Arc::clone(&inbound.origin);
            return Some(Step::Deliver(Delivery { batch, origin, index, event_type, id, to }));
        }
        inbound.index += 1;
        inbound.asked = false;
        inbound.last = 0;
        inbound.newest = self.subscribed.get();
        Some(Step::Finish(batch, index))
    }

    /// The first subscriber to this type after `last` and up to `newest`.
    fn after(
        &self,
        event_type: &str,
        last: SubscriberId,
        newest: SubscriberId,
    ) -> Option<(SubscriberId, Arc<str>, Rc<dyn Deliver>)> {
        let routes = self.routes.borrow();
        let route = routes.get_key_value(event_type);
        let everything = self.everything.borrow();
        let named = route.and_then(|(_, subscribers)| first(subscribers, last, newest));
        let any = first(&everything, last, newest);
        let (id, to) = match (named, any) {
            (Some(named), Some(any)) => {
                if named.0 <= any.0 {
                    named
                } else {
                    any
                }
            }
            (named, any) => named.or(any)?,
        };
        let event_type = route.map_or_else(|| event_type.into(), |(name, _)| Arc::clone(name));
        Some((*id, event_type, Rc::clone(to)))
    }
}

fn first(
    subscribers: &Subscribers,
    last: SubscriberId,
    newest: SubscriberId,
) -> Option<&(SubscriberId, Rc<dyn Deliver>)> {
    // Ids only grow, so each list is in order.
    let from = subscribers.partition_point(|(id, _)| *id <= last);
    subscribers.get(from).filter(|(id, _)| *id <= newest)
}

fn take(subscribers: &mut Subscribers, id: SubscriberId) -> Option<Rc<dyn Deliver>> {
    let place = subscribers.binary_search_by_key(&id, |(id, _)| *id).ok()?;
    Some(subscribers.remove(place).1)
}
