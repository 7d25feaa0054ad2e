//! HTTPS with a certificate of its own making, which is how a browser speaks HTTP/2 to it.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{self, ServerConfig};

/// The names under which the server is reached.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What a browser may speak, what it should prefer first.
const PROTOCOLS: [&str; 2] = ["h2", "http/1.1"];

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

    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
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
