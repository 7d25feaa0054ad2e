//! The subscribers of each event type.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::subscriber::Deliver;

/// Tells subscribers apart; they get an event in the order in which they subscribed.
pub(super) type SubscriberId = u64;

type Subscribers = Vec<(SubscriberId, Rc<dyn Deliver>)>;

/// The subscribers to one event type.
type Route = RefCell<Subscribers>;

pub(super) struct Routes {
    routes: RefCell<BTreeMap<Arc<str>, Rc<Route>>>,
    /// How often a route came or went.
    rerouted: Cell<u64>,
    /// Subscribers to every type, also to types that nobody named.
    everything: RefCell<Subscribers>,
    newest: Cell<SubscriberId>,
    /// The types that the source itself listens to, with or without subscribers.
    always: Vec<String>,
    /// Events of this type are for nobody: they only prove the stream alive.
    heartbeat_event: Option<String>,
}

/// The subscribers to an event type, as of so many changes of the routes.
pub(super) struct Resolved {
    rerouted: u64,
    pub(super) event_type: Arc<str>,
    route: Option<Rc<Route>>,
    pub(super) is_heartbeat: bool,
}

/// Whose turn it is.
pub(super) struct Next {
    pub(super) id: SubscriberId,
    pub(super) to: Rc<dyn Deliver>,
    /// Whether nobody comes after.
    pub(super) is_last: bool,
}

impl Routes {
    pub(super) fn new(always: Vec<String>, heartbeat_event: Option<String>) -> Self {
        Self {
            routes: RefCell::default(),
            rerouted: Cell::new(0),
            everything: RefCell::default(),
            newest: Cell::new(0),
            always,
            heartbeat_event,
        }
    }

    /// Adds a subscriber to these event types; says which of them nobody has listened to before.
    pub(super) fn add(&self, types: &[Arc<str>], to: &Rc<dyn Deliver>) -> (SubscriberId, Vec<Arc<str>>) {
        let id = self.newest.get() + 1;
        self.newest.set(id);
        let mut routes = self.routes.borrow_mut();
        let before = routes.len();
        let mut new = Vec::new();
        for event_type in types {
            let subscribers = routes.entry(Arc::clone(event_type)).or_insert_with(|| {
                new.push(Arc::clone(event_type));
                Rc::default()
            });
            subscribers.borrow_mut().push((id, Rc::clone(to)));
        }
        if routes.len() > before {
            self.reroute();
        }
        new.retain(|event_type| !self.is_always(event_type));
        (id, new)
    }

    /// Lets a subscriber have every other event too.
    pub(super) fn add_to_everything(&self, id: SubscriberId, to: &Rc<dyn Deliver>) {
        self.everything.borrow_mut().push((id, Rc::clone(to)));
    }

    /// Takes a subscriber away; says to which of its types nobody listens any more.
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
                    if !self.is_always(event_type) {
                        unused.push(Arc::clone(event_type));
                    }
                }
            }
            gone.extend(take(&mut self.everything.borrow_mut(), id));
        }
        // Dropped here, outside the borrows: a handler's captures may hold subscriptions.
        drop(gone);
        unused
    }

    pub(super) fn all(&self) -> Vec<Rc<dyn Deliver>> {
        let of = |(_, subscriber): &(SubscriberId, Rc<dyn Deliver>)| Rc::clone(subscriber);
        let mut all = Vec::new();
        for route in self.routes.borrow().values() {
            all.extend(route.borrow().iter().map(of));
        }
        all.extend(self.everything.borrow().iter().map(of));
        all
    }

    pub(super) fn newest(&self) -> SubscriberId {
        self.newest.get()
    }

    pub(super) fn resolve(&self, event_type: &str) -> Resolved {
        let routes = self.routes.borrow();
        let (event_type, route) = match routes.get_key_value(event_type) {
            Some((event_type, route)) => (Arc::clone(event_type), Some(Rc::clone(route))),
            None => (event_type.into(), None),
        };
        let is_heartbeat = self.heartbeat_event.as_deref() == Some(&*event_type);
        Resolved { rerouted: self.rerouted.get(), event_type, route, is_heartbeat }
    }

    /// Whether the routes are still those that the type was resolved with.
    #[inline]
    pub(super) fn is_current(&self, resolved: &Resolved) -> bool {
        resolved.rerouted == self.rerouted.get()
    }

    pub(super) fn is_wanted(&self, resolved: &Resolved) -> bool {
        resolved.route.is_some() || !self.everything.borrow().is_empty()
    }

    /// The first subscriber to this type after `last` and up to `newest`.
    #[inline]
    pub(super) fn after(
        &self,
        resolved: &Resolved,
        last: SubscriberId,
        newest: SubscriberId,
    ) -> Option<Next> {
        let again;
        let resolved = if self.is_current(resolved) {
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

    fn reroute(&self) {
        self.rerouted.set(self.rerouted.get() + 1);
    }

    fn is_always(&self, event_type: &str) -> bool {
        self.always.iter().any(|always| always == event_type)
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
