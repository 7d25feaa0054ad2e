//! Who is connected: so many at a time, and who asks for nothing makes room for a newcomer.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// Room for connections, of all listeners together.
#[derive(Clone, Debug)]
pub(crate) struct Crowd {
    limit: NonZeroUsize,
    members: Arc<Mutex<Members>>,
}

#[derive(Debug, Default)]
struct Members {
    /// Counts those that came, and the times that one had nothing more to ask for.
    turns: u64,
    present: BTreeSet<u64>,
    /// Those without a request, in the order in which they will have to go.
    idle: BTreeMap<u64, (u64, CancellationToken)>,
}

/// One connection's. Dropped: given back.
#[derive(Debug)]
pub(crate) struct Place {
    crowd: Crowd,
    id: u64,
    leave: CancellationToken,
    asking: Mutex<Asking>,
}

#[derive(Debug)]
struct Asking {
    requests: usize,
    /// The key among the idle, while there are no requests.
    turn: u64,
}

/// A request that is being served, until its response has ended.
#[derive(Debug)]
pub(crate) struct Served(Arc<Place>);

impl Crowd {
    pub(crate) fn new(limit: NonZeroUsize) -> Self {
        Self { limit, members: Arc::default() }
    }

    /// Takes a place; `None` if all are taken by connections with requests.
    pub(crate) fn enter(&self) -> Option<Arc<Place>> {
        let mut members = self.lock();
        if members.present.len() >= self.limit.get() && !members.make_room() {
            return None;
        }
        let leave = CancellationToken::new();
        let id = members.turn();
        members.present.insert(id);
        members.idle.insert(id, (id, leave.clone()));
        drop(members);
        let asking = Mutex::new(Asking { requests: 0, turn: id });
        Some(Arc::new(Place { crowd: self.clone(), id, leave, asking }))
    }

    /// Ends the connection that has been without a request for longest. Half of a request is none.
    pub(crate) fn make_room(&self) -> bool {
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
        leave.cancel();
        true
    }
}

impl Place {
    /// A request has come.
    pub(crate) fn serve(self: &Arc<Self>) -> Served {
        let mut asking = self.lock();
        if asking.requests == 0 {
            self.crowd.lock().idle.remove(&asking.turn);
        }
        asking.requests += 1;
        drop(asking);
        Served(Arc::clone(self))
    }

    /// Completes when the place is needed for somebody else.
    pub(crate) async fn lost(&self) {
        self.leave.cancelled().await;
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
            let mut members = place.crowd.lock();
            asking.turn = members.turn();
            members.idle.insert(asking.turn, (place.id, place.leave.clone()));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let turn = self.lock().turn;
        let mut members = self.crowd.lock();
        members.idle.remove(&turn);
        members.present.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crowd(limit: usize) -> Crowd {
        Crowd::new(NonZeroUsize::new(limit).expect("not zero"))
    }

    fn enter(crowd: &Crowd) -> Arc<Place> {
        crowd.enter().expect("a place")
    }

    #[test]
    fn who_asks_for_nothing_longest_makes_room() {
        let crowd = crowd(3);
        let [asks, waits, asked] = [(); 3].map(|()| enter(&crowd));
        let request = asks.serve();
        drop(asked.serve());
        let fourth = enter(&crowd);
        assert_eq!([&asks, &waits, &asked].map(|place| place.leave.is_cancelled()), [false, true, false]);
        let requests = [asked.serve(), fourth.serve(), fourth.serve()];
        assert!(crowd.enter().is_none(), "everybody asks");
        drop(requests);
        let _fifth = enter(&crowd);
        assert!(asked.leave.is_cancelled() && !fourth.leave.is_cancelled());
        drop(request);
    }

    #[test]
    fn all_places_are_given_back() {
        let crowd = crowd(2);
        for _ in 0..5 {
            let place = enter(&crowd);
            let other = enter(&crowd);
            let request = place.serve();
            // The connection is over before its response.
            drop(place);
            drop(other);
            drop(request);
        }
        let lost = enter(&crowd);
        assert!(crowd.make_room());
        drop(lost);
        assert!(!crowd.make_room(), "nobody is left");
        let members = crowd.lock();
        assert_eq!((members.present.len(), members.idle.len()), (0, 0));
    }
}
