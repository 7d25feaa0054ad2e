//! Connections over TLS, without which browsers speak no HTTP/2: over HTTP/1.1 all tabs together have six streams.

use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

use super::Accepting;

/// How long a client may take to agree on keys, and how many may be at it: beyond that the oldest is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HANDSHAKES: usize = 256;

/// Connections on which both sides have agreed on keys. A client that does not within ten seconds is dropped, and so is the
/// one that has been at it for longest where 256 are.
///
/// Browsers take HTTP/2 if `alpn_protocols` of the configuration has `h2` before `http/1.1`.
pub struct TlsAccepting {
    connections: Accepting,
    acceptor: TlsAcceptor,
    /// Beside each other: one client that says nothing keeps nobody waiting.
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
    /// Those that are not done, the oldest first.
    oldest: VecDeque<AbortHandle>,
}

impl TlsAccepting {
    pub(super) fn new(connections: Accepting, config: Arc<ServerConfig>) -> Self {
        let acceptor = TlsAcceptor::from(config);
        Self { connections, acceptor, handshakes: JoinSet::new(), oldest: VecDeque::new() }
    }

    fn begin(&mut self, connection: TcpStream, address: SocketAddr) {
        self.oldest.retain(|handshake| !handshake.is_finished());
        if self.oldest.len() >= HANDSHAKES
            && let Some(oldest) = self.oldest.pop_front()
        {
            // Not the newcomer, who would wait for nothing: who is honest is done in no time.
            oldest.abort();
        }
        let handshake = self.acceptor.accept(connection);
        self.oldest.push_back(self.handshakes.spawn(async move {
            // Who speaks no TLS, or does not trust the certificate, hangs up: that is theirs to report.
            let connection = timeout(HANDSHAKE, handshake).await.ok()?.ok()?;
            Some((connection, address))
        }));
    }
}

impl Listener for TlsAccepting {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            tokio::select! {
                // What is over comes first, or many newcomers would pile it up.
                biased;
                Some(handshake) = self.handshakes.join_next() => {
                    if let Ok(Some(ready)) = handshake { return ready }
                }
                (connection, address) = self.connections.accept() => self.begin(connection, address),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.connections.local_addr()
    }
}

impl fmt::Debug for TlsAccepting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsAccepting").field("connections", &self.connections).finish_non_exhaustive()
    }
}
