//! The body of an event stream: pulled from a producer, flushed event by event, ended by a stopping server.

use std::io;
use std::pin::pin;
use std::sync::Arc;

use async_stream::stream;
use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio_stream::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;
use typed_eventsource::protocol::event::ServerSentEvent;

use crate::keep_alive::keep_alive;

/// What keeps caches and proxies from holding an event stream back.
pub(crate) const HEADERS: [(HeaderName, HeaderValue); 3] = [
    (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
];

/// The streams that are open, and the signal that ends them all.
#[derive(Debug, Default)]
pub(crate) struct Streams {
    // Each producer holds a clone.
    open: Arc<()>,
    stopping: CancellationToken,
}

impl Streams {
    /// How many producers are alive.
    pub(crate) fn open(&self) -> usize {
        Arc::strong_count(&self.open) - 1
    }

    /// Ends every stream, also those still to come.
    pub(crate) fn stop(&self) {
        self.stopping.cancel();
    }

    /// The signal that [`stop`](Self::stop) gives.
    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// The response that carries a producer's events, and comments while it is idle.
    pub(crate) fn events<T: Serialize>(
        &self,
        events: impl Stream<Item = ServerSentEvent<T>> + Send + 'static,
    ) -> Response {
        let blocks = keep_alive(events.map(|event| event.encode()));
        let writes = blocks.map(|block| block.map(Bytes::from).map_err(io::Error::other));
        (HEADERS, self.body(writes)).into_response()
    }

    /// A body that pulls each write from the producer when the client can take it.
    ///
    /// The producer lives in the body, and the body as long as its connection: when the client leaves, both are dropped.
    pub(crate) fn body(&self, writes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> Body {
        let open = Arc::clone(&self.open);
        let stopping = self.stopping();
        Body::from_stream(stream! {
            let _open = open;
            let mut writes = pin!(writes);
            let mut stopping = pin!(stopping.cancelled());
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
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    #[tokio::test]
    async fn a_body_lets_the_connection_flush_after_each_write() {
        let writes = tokio_stream::iter(["a", "b"].map(|write| Ok(Bytes::from(write))));
        let mut frames = pin!(Streams::default().body(writes).into_data_stream());
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
