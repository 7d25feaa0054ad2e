//! The streams that are open, counted by client and by route, so many a client.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::http::StatusCode;
use serde::Serialize;

use crate::refusal::Refusal;

/// Room for streams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    by_client: HashMap<IpAddr, usize>,
    by_route: BTreeMap<String, usize>,
}

/// The answer of `GET /stats`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Stats {
    open_streams: usize,
    routes: BTreeMap<String, usize>,
}

impl Seats {
    /// Takes a seat, which the stream keeps until it is dropped.
    pub(crate) fn take(&self, client: IpAddr, route: &str, limit: NonZeroUsize) -> Result<Seat, Refusal> {
        let mut taken = self.lock();
        let open = taken.by_client.entry(client).or_default();
        if *open >= limit.get() {
            let sentence = format!(
                "{limit} streams are open from your address: close one, or start the server with a larger \
                 --max-streams-per-client"
            );
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, sentence).retry_after(1));
        }
        *open += 1;
        *taken.by_route.entry(route.to_owned()).or_default() += 1;
        drop(taken);
        Ok(Seat { seats: self.clone(), client, route: route.to_owned() })
    }

    pub(crate) fn stats(&self) -> Stats {
        let taken = self.lock();
        Stats { open_streams: taken.by_client.values().sum(), routes: taken.by_route.clone() }
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One open stream's. Dropped: given back.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    client: IpAddr,
    route: String,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.lock();
        if let Some(open) = taken.by_client.get_mut(&self.client) {
            *open -= 1;
            if *open == 0 {
                // Who has left is not remembered: addresses are many.
                taken.by_client.remove(&self.client);
            }
        }
        if let Some(open) = taken.by_route.get_mut(&self.route) {
            *open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn each_client_has_so_many_seats_and_gives_them_back() {
        let seats = Seats::default();
        let two = NonZeroUsize::new(2).expect("not zero");
        let [one, other] = [1, 2].map(|last| IpAddr::from(Ipv4Addr::new(127, 0, 0, last)));
        let first = seats.take(one, "/a", two).expect("a seat");
        let _second = seats.take(one, "/b", two).expect("a seat");
        assert!(seats.take(one, "/a", two).is_err());
        let _third = seats.take(other, "/a", two).expect("another client's seat");
        assert_eq!(seats.stats().open_streams, 3);
        assert_eq!(seats.stats().routes, [("/a".into(), 2), ("/b".into(), 1)].into());
        drop(first);
        let fourth = seats.take(one, "/a", two).expect("the seat that was given back");
        drop((fourth, _second, _third));
        assert_eq!(seats.stats().open_streams, 0);
        assert!(seats.lock().by_client.is_empty());
    }
}
