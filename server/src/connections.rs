//! The connections that clients open, and who is at their other end.

use std::io;
use std::net::{IpAddr, SocketAddr};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

use crate::tls::TlsListener;

/// Accepts connections that hold nothing back.
pub(crate) struct Connections(pub(crate) TcpListener);

impl Listener for Connections {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        // Axum's, which waits when files run out; the listener's own returns an error.
        let (connection, address) = Listener::accept(&mut self.0).await;
        // Events are small and each is to arrive at once, not when a packet is full.
        let _ = connection.set_nodelay(true);
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

/// The address of a client, without its port: all its connections are one client's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client(pub(crate) IpAddr);

impl From<&SocketAddr> for Client {
    fn from(address: &SocketAddr) -> Self {
        // An IPv4 client is the same one when it comes to an IPv6 socket.
        Self(address.ip().to_canonical())
    }
}

impl Connected<IncomingStream<'_, Connections>> for Client {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.remote_addr().into()
    }
}

impl Connected<IncomingStream<'_, TlsListener>> for Client {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().into()
    }
}
