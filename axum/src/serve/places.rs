//! Who is connected: so many at a time, and who asks for nothing makes room for a newcomer.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Room for connections, of all listeners together.
#[derive(Clone, Debug)]
pub(super) struct Places {
    limit: NonZeroUsize,
    members: Arc<Mutex<Members>>,
}

#[derive(Debug, Default)]
struct Members {
    /// Counts those that came, and the times that one had nothing more to ask for.
    turns: u64,
    present: BTreeSet<u64>,
    /// Those without a request, in the order in which they will have to go.
    idle: BTreeMap<u64, (u64, Leave)>,
}

/// One connection's. Dropped: given back.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    id: u64,
    leave: Leave,
    asking: Mutex<Asking>,
}

/// Tells a connection that its place is needed.
#[derive(Clone, Debug, Default)]
struct Leave(Arc<watch::Sender<bool>>);

impl Leave {
    fn tell(&self) {
        self.0.send_replace(true);
    }

    async fn told(&self) {
        // The sender lives as long as this.
        let _ = self.0.subscribe().wait_for(|told| *told).await;
    }
}

#[derive(Debug)]
struct Asking {
    requests: usize,
    /// The key among the idle, while there are no requests.
    turn: u64,
}

/// A request that is being served, until its response has ended.
#[derive(Debug)]
pub(super) struct Served(Arc<Place>);

impl Places {
    pub(super) fn new(limit: NonZeroUsize) -> Self {
        Self { limit, members: Arc::default() }
    }

    /// Takes a place; `None` if all are taken by connections with requests.
    pub(super) fn enter(&self) -> Option<Arc<Place>> {
        let mut members = self.lock();
        if members.present.len() >= self.limit.get() && !members.make_room() {
            return None;
        }
        let leave = Leave::default();
        let id = members.turn();
        members.present.insert(id);
        members.idle.insert(id, (id, leave.clone()));
        drop(members);
        let asking = Mutex::new(Asking { requests: 0, turn: id });
        Some(Arc::new(Place { places: self.clone(), id, leave, asking }))
    }

    /// Ends the connection that has been without a request for longest. Half of a request is none.
    pub(super) fn make_room(&self) -> bool {
        self.lock().make_room()
    }

    fn lock(&self) -> MutexGuard<'_, Members> {
        self.members.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Members {
    fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn make_room(&mut self) -> bool {
        let Some((_, (id, leave))) = self.idle.pop_first() else { return false };
        self.present.remove(&id);
        leave.tell();
        true
    }
}

impl Place {
    /// A request has come.
    pub(super) fn serve(self: &Arc<Self>) -> Served {
        let mut asking = self.lock();
        if asking.requests == 0 {
            self.places.lock().idle.remove(&asking.turn);
        }
        asking.requests += 1;
        drop(asking);
        Served(Arc::clone(self))
    }

    /// Completes when the place is needed for somebody else.
    pub(super) async fn lost(&self) {
        self.leave.told().await;
    }

    fn lock(&self) -> MutexGuard<'_, Asking> {
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let place = &self.0;
        let mut asking = place.lock();
        asking.requests -= 1;
        if asking.requests == 0 {
            let mut members = place.places.lock();
            asking.turn = members.turn();
            members.idle.insert(asking.turn, (place.id, place.leave.clone()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let turn = self.lock().turn;
        let mut members = self.places.lock();
        members.idle.remove(&turn);
        members.present.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Leave {
        fn is_told(&self) -> bool {
            *self.0.borrow()
        }
    }

    fn places(limit: usize) -> Places {
        Places::new(NonZeroUsize::new(limit).expect("not zero"))
    }

    fn enter(places: &Places) -> Arc<Place> {
        places.enter().expect("a place")
    }

    #[test]
    fn who_asks_for_nothing_longest_makes_room() {
        let places = places(3);
        let [asks, waits, asked] = [(); 3].map(|()| enter(&places));
        let request = asks.serve();
        drop(asked.serve());
        let fourth = enter(&places);
        assert_eq!([&asks, &waits, &asked].map(|place| place.leave.is_told()), [false, true, false]);
        let requests = [asked.serve(), fourth.serve(), fourth.serve()];
        assert!(places.enter().is_none(), "everybody asks");
        drop(requests);
        let _fifth = enter(&places);
        assert!(asked.leave.is_told() && !fourth.leave.is_told());
        drop(request);
    }

    #[test]
    fn all_places_are_given_back() {
        let places = places(2);
        for _ in 0..5 {
            let place = enter(&places);
            let other = enter(&places);
            let request = place.serve();
            // The connection is over before its response.
            drop(place);
            drop(other);
            drop(request);
        }
        let lost = enter(&places);
        assert!(places.make_room());
        drop(lost);
        assert!(!places.make_room(), "nobody is left");
        let members = places.lock();
        assert_eq!((members.present.len(), members.idle.len()), (0, 0));
    }
}
