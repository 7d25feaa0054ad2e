//! The connections that clients open.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::serve::Listener;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use super::places::Places;

/// How long a client may take nothing of what waits for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long to wait for a file to be given back when the system lets the program open no more.
const BREATH: Duration = Duration::from_millis(20);

/// Accepts connections that hold nothing back, and that end when their clients take nothing for too long.
#[derive(Debug)]
pub struct Accepting {
    listener: TcpListener,
    places: Places,
    patience: Duration,
}

impl Accepting {
    pub(super) fn new(listener: TcpListener, places: Places) -> Self {
        Self { listener, places, patience: PATIENCE }
    }
}

impl Listener for Accepting {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        let (connection, address) = loop {
            match self.listener.accept().await {
                Ok(accepted) => break accepted,
                // The client has left before its turn came.
                Err(error) if is_the_clients(error.kind()) => {}
                // Files have run out, before the places did.
                Err(_) => {
                    self.places.make_room();
                    sleep(BREATH).await;
                }
            }
        };
        // Events are small and each is to arrive at once, not when a packet is full.
        let _ = connection.set_nodelay(true);
        end_after(self.patience, &connection);
        (connection, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

fn is_the_clients(error: io::ErrorKind) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error, ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Ends the connection when its client acknowledges nothing, or has no room, for so long: nobody is asked to write to a
/// connection that is full, so that nobody else would notice.
#[cfg(target_os = "linux")]
fn end_after(patience: Duration, connection: &TcpStream) {
    let _ = SockRef::from(connection).set_tcp_user_timeout(Some(patience));
}

/// Other systems decide for themselves.
#[cfg(not(target_os = "linux"))]
fn end_after(_: Duration, _: &TcpStream) {}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use tokio::io::AsyncWriteExt;
    use tokio::time::timeout;

    use super::*;

    async fn connections() -> Accepting {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Accepting::new(listener, Places::new(std::num::NonZeroUsize::MIN))
    }

    async fn connect(connections: &mut Accepting) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect(connections.local_addr().expect("an address")).await;
        (client.expect("a connection"), connections.accept().await.0)
    }

    #[tokio::test]
    async fn a_client_has_a_minute() {
        let (_client, connection) = connect(&mut connections().await).await;
        let patience = SockRef::from(&connection).tcp_user_timeout().expect("an option");
        assert_eq!(patience, Some(Duration::from_secs(60)));
    }

    #[tokio::test]
    async fn the_connection_of_a_client_that_takes_nothing_ends() {
        let mut connections = Accepting { patience: Duration::from_millis(300), ..connections().await };
        let (_client, mut connection) = connect(&mut connections).await;
        let chunk = vec![0; 1 << 20];
        let error = timeout(Duration::from_secs(300), async {
            loop {
                if let Err(error) = connection.write_all(&chunk).await {
                    return error;
                }
            }
        })
        .await
        .expect("an end");
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
