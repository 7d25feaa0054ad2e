//! The body of an attempt: pulled from a producer, flushed write by write, ended by a stopping server.

use std::io;
use std::pin::pin;

use async_stream::stream;
use axum::body::{Body, Bytes};
use tokio_stream::{Stream, StreamExt};
use typed_eventsource_axum::{Drain, Seat};

/// A body that pulls each write from the producer when the client can take it, until the server stops.
///
/// The producer lives in the body, and the body as long as its connection: when the client leaves, both are dropped,
/// and the seat is given back.
pub(super) fn body(
    seat: Seat,
    drain: Drain,
    writes: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
) -> Body {
    Body::from_stream(stream! {
        let _seat = seat;
        let mut writes = pin!(writes);
        let mut stopping = pin!(drain.begun());
        loop {
            let write = tokio::select! {
                biased;
                () = &mut stopping => None,
                write = writes.next() => write,
            };
            let Some(write) = write else { break };
            yield write;
            // The connection flushes when its body is pending: without this, it would gather what is ready.
            tokio::task::yield_now().await;
        }
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::task::{Context, Poll, Waker};

    use typed_eventsource_axum::Streams;

    use super::*;

    #[tokio::test]
    async fn a_body_lets_the_connection_flush_after_each_write() {
        let writes = tokio_stream::iter(["a", "b"].map(|write| Ok(Bytes::from(write))));
        let seat = Streams::default().admit(Ipv4Addr::LOCALHOST.into(), "/").expect("a seat");
        let mut frames = pin!(body(seat, Drain::default(), writes).into_data_stream());
        let mut context = Context::from_waker(Waker::noop());
        let mut polls = Vec::new();
        loop {
            match frames.as_mut().poll_next(&mut context) {
                Poll::Ready(None) => break,
                Poll::Ready(Some(write)) => polls.push(Some(write.expect("no error"))),
                Poll::Pending => polls.push(None),
            }
            assert!(polls.len() < 10, "an end: {polls:?}");
        }
        assert_eq!(polls, [Some("a".into()), None, Some("b".into()), None]);
    }
}
