//! HTTPS with a certificate of its own making, which is how a browser speaks HTTP/2 to it.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::net::TcpStream;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};
use tokio_rustls::server::TlsStream;
use typed_eventsource_axum::Accepting;

/// The names under which the server is reached.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What a browser may speak, what it should prefer first.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

/// How long a client may take to agree on keys, and how many may be at it: beyond that the oldest is dropped.
const HANDSHAKE: Duration = Duration::from_secs(10);
const HANDSHAKES: usize = 256;

/// A key, and a certificate that nobody but its maker has signed: a client has to be told to trust it.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ServerConfig>,
    certificate: CertificateDer<'static>,
}

impl Tls {
    /// A new key and a certificate for `localhost`, `127.0.0.1` and `::1`.
    ///
    /// # Errors
    ///
    /// If the system gives no randomness.
    pub fn self_signed() -> Result<Self, TlsError> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(NAMES.map(str::to_owned))
            .map_err(|error| TlsError(error.to_string()))?;
        let certificate = cert.der().clone();
        let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|config| config.with_no_client_auth().with_single_cert(vec![certificate.clone()], key))
            .map_err(|error: rustls::Error| TlsError(error.to_string()))?;
        config.alpn_protocols = PROTOCOLS.map(|name| name.as_bytes().to_vec()).into();
        Ok(Self { config: Arc::new(config), certificate })
    }

    /// The certificate, for clients that are to trust it: DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }
}

/// Why there is no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsError(String);

impl std::fmt::Display for TlsError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no certificate could be made: {}", self.0)
    }
}

impl std::error::Error for TlsError {}

/// Connections on which both sides have agreed on keys.
pub(crate) struct TlsListener {
    connections: Accepting,
    acceptor: TlsAcceptor,
    /// Beside each other: one client that says nothing keeps nobody waiting.
    handshakes: JoinSet<Option<(TlsStream<TcpStream>, SocketAddr)>>,
    /// Those that are not done, the oldest first.
    oldest: VecDeque<AbortHandle>,
}

impl TlsListener {
    pub(crate) fn new(connections: Accepting, tls: &Tls) -> Self {
        let acceptor = TlsAcceptor::from(Arc::clone(&tls.config));
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

impl Listener for TlsListener {
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
