//! Connections as event streams want them: many, long, and none that harms the others.

use std::net::SocketAddr;
use std::num::NonZeroUsize;

use axum::Router;
use axum::serve::Listener;
use tokio::net::TcpListener;

use crate::Drain;

mod accept;
mod connection;
mod places;
#[cfg(feature = "tls")]
mod tls;

pub use accept::Accepting;
use places::Places;
#[cfg(feature = "tls")]
pub use tls::TlsAccepting;

/// So many connections at a time, of all listeners together. When there is no room for a newcomer, the connection ends that
/// has been without a request for longest; where all have one, the newcomer's does.
///
/// `axum::serve` has no limit for connections, and none for the time that the head of a request may take. Here:
///
/// - the head of a request has 64 KiB (else 431) and, over HTTP/1.1, a minute;
/// - an event is sent at once, not when a packet is full;
/// - on Linux, a connection ends whose client has taken nothing of what waits for it for a minute;
/// - requests carry `ConnectInfo<SocketAddr>`, as [`Seat`](crate::Seat) wants it.
///
/// ```no_run
/// use axum::Router;
/// use typed_eventsource_axum::{Connections, Drain};
///
/// # async fn run(app: Router, stopped: impl Future<Output = ()>) -> std::io::Result<()> {
/// let connections = Connections::default();
/// let drain = Drain::default();
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// let serving = connections.serve(connections.listen(listener), app, &drain);
/// tokio::join!(serving, drain.clone().after(stopped));
/// # Ok(())
/// # }
/// ```
///
/// Clones are the same room.
#[derive(Clone, Debug)]
pub struct Connections(Places);

/// 960: many systems let a program open 1024 files.
impl Default for Connections {
    fn default() -> Self {
        Self::new(const { NonZeroUsize::new(960).unwrap() })
    }
}

impl Connections {
    /// Room for so many.
    #[must_use]
    pub fn new(most: NonZeroUsize) -> Self {
        Self(Places::new(most))
    }

    /// Accepts connections. When the system lets the program open no more files, one makes room as well.
    #[must_use]
    pub fn listen(&self, listener: TcpListener) -> Accepting {
        Accepting::new(listener, self.0.clone())
    }

    /// Accepts connections over TLS.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn listen_tls(
        &self,
        listener: TcpListener,
        config: std::sync::Arc<tokio_rustls::rustls::ServerConfig>,
    ) -> TlsAccepting {
        TlsAccepting::new(self.listen(listener), config)
    }

    /// Serves who comes until the drain begins; then what is open comes to its end, and so does this. A connection whose
    /// client reads nothing is left behind a second after the drain's time. A listener that wraps [`Accepting`] may speak
    /// something else below HTTP.
    pub async fn serve<L: Listener<Addr = SocketAddr>>(&self, listener: L, app: Router, drain: &Drain) {
        connection::serve(listener, app, &self.0, drain).await;
    }
}
