//! The streams that are open: so many for each client, and so many in all.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{ConnectInfo, FromRef, FromRequestParts, MatchedPath};
use axum::http::StatusCode;
use axum::http::request::Parts;

use crate::Refusal;

/// Room for streams. An open stream has a [`Seat`], which is extracted in a handler and kept by
/// [`Sse::seat`](crate::Sse::seat).
///
/// ```
/// use axum::{Router, routing::get};
/// use futures_util::stream;
/// use typed_eventsource_axum::{Seat, Sse, Streams};
///
/// async fn ticks(seat: Seat) -> Sse {
///     Sse::new(stream::iter(1..=3)).seat(seat)
/// }
///
/// # async fn run(listener: tokio::net::TcpListener) -> std::io::Result<()> {
/// let app = Router::new().route("/ticks", get(ticks)).with_state(Streams::default());
/// // The seat is given to the address that connects.
/// axum::serve(listener, app.into_make_service_with_connect_info::<std::net::SocketAddr>()).await
/// # }
/// ```
///
/// A client is an address. Behind a proxy all have the proxy's: [`admit`](Self::admit) takes what the server knows better.
///
/// Clones are the same room.
#[derive(Clone, Debug)]
pub struct Streams(Arc<Room>);

#[derive(Debug)]
struct Room {
    per_client: usize,
    in_all: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    in_all: usize,
    by_client: HashMap<IpAddr, usize>,
    by_route: BTreeMap<String, usize>,
}

/// 512 for each client, 100,000 in all.
impl Default for Streams {
    fn default() -> Self {
        Limits(512, 100_000).into()
    }
}

/// Both limits, before there is room.
struct Limits(usize, usize);

impl Streams {
    /// Room for so many streams of each client, and for so many in all.
    #[must_use]
    pub fn new(per_client: NonZeroUsize, in_all: NonZeroUsize) -> Self {
        Limits(per_client.get(), in_all.get()).into()
    }

    /// Takes a seat for a client. `route` is a name under which it is counted.
    ///
    /// # Errors
    ///
    /// If the client has as many streams as it may have (429), or there are as many in all as there may be (503), both with
    /// `Retry-After`.
    pub fn admit(&self, client: IpAddr, route: &str) -> Result<Seat, Refusal> {
        // An IPv4 client is the same one when it comes to an IPv6 socket.
        let client = client.to_canonical();
        let Room { per_client, in_all, .. } = &*self.0;
        let mut taken = self.lock();
        if taken.in_all >= *in_all {
            let sentence = format!("{in_all} streams are open: try again later");
            return Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence).retry_after(1));
        }
        let open = taken.by_client.get(&client).copied().unwrap_or_default();
        if open >= *per_client {
            let sentence = format!("{per_client} streams are open from your address: close one");
            return Err(Refusal::new(StatusCode::TOO_MANY_REQUESTS, sentence).retry_after(1));
        }
        taken.in_all += 1;
        taken.by_client.insert(client, open + 1);
        *taken.by_route.entry(route.to_owned()).or_default() += 1;
        drop(taken);
        Ok(Seat { streams: self.clone(), client, route: route.to_owned() })
    }

    /// Takes a seat for the address that a request comes from, counted under the path of its route.
    ///
    /// # Errors
    ///
    /// As [`admit`](Self::admit); and if the request has no address (500): serve with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or with `Connections::serve` of this crate.
    pub fn seat(&self, parts: &Parts) -> Result<Seat, Refusal> {
        let ConnectInfo(client) = parts.extensions.get::<ConnectInfo<SocketAddr>>().ok_or_else(|| {
            let sentence = "the connection has no address: the server has to be told of it";
            Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, sentence)
        })?;
        let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
        self.admit(client.ip(), route)
    }

    /// How many are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.lock().in_all
    }

    /// How many are open under each name, of all names that there were.
    #[must_use]
    pub fn by_route(&self) -> BTreeMap<String, usize> {
        self.lock().by_route.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl From<Limits> for Streams {
    fn from(Limits(per_client, in_all): Limits) -> Self {
        Self(Arc::new(Room { per_client, in_all, taken: Mutex::default() }))
    }
}

/// The seat of one open stream. Dropped: given back.
#[derive(Debug)]
#[must_use = "a seat that is dropped is given back: hand it to `Sse::seat`"]
pub struct Seat {
    streams: Streams,
    client: IpAddr,
    route: String,
}

impl<S: Sync> FromRequestParts<S> for Seat
where
    Streams: FromRef<S>,
{
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        Streams::from_ref(state).seat(parts)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.streams.lock();
        taken.in_all -= 1;
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

    fn streams(per_client: usize, in_all: usize) -> Streams {
        Limits(per_client, in_all).into()
    }

    fn address(last: u8) -> IpAddr {
        Ipv4Addr::new(127, 0, 0, last).into()
    }

    #[test]
    fn each_client_has_so_many_seats_and_gives_them_back() {
        let streams = streams(2, 100);
        let first = streams.admit(address(1), "/a").expect("a seat");
        let second = streams.admit(Ipv4Addr::new(127, 0, 0, 1).to_ipv6_mapped().into(), "/b");
        let refusal = streams.admit(address(1), "/a").expect_err("no more");
        assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refusal.to_string(), "2 streams are open from your address: close one");
        let third = streams.admit(address(2), "/a").expect("another client's seat");
        assert_eq!(streams.open(), 3);
        assert_eq!(streams.by_route(), [("/a".into(), 2), ("/b".into(), 1)].into());
        drop(first);
        let fourth = streams.admit(address(1), "/a").expect("the seat that was given back");
        drop((second, third, fourth));
        assert_eq!(streams.open(), 0);
        assert!(streams.lock().by_client.is_empty());
    }

    #[test]
    fn there_are_so_many_in_all() {
        let streams = streams(2, 3);
        let seats: Vec<_> = (1..=3).map(|last| streams.admit(address(last), "")).collect();
        let refusal = streams.admit(address(4), "").expect_err("no more");
        assert_eq!(refusal.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(refusal.to_string(), "3 streams are open: try again later");
        drop(seats);
        let _seat = streams.admit(address(4), "").expect("room again");
    }
}
