//! Connections that are served: each has so much time, and so many bytes, for the head of a request.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::places::{Places, Served};
use crate::Drain;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use axum::serve::Listener;
use hyper::body::{Body as HttpBody, Frame, Incoming, SizeHint};
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::time::timeout;

/// How long a connection over HTTP/1.1 may be without the whole head of a request, after what was before it.
const HEAD: Duration = Duration::from_secs(60);

/// Bytes of the head of a request; a larger one is answered 431. No more is gathered for a write, either.
const BUFFER: usize = 64 * 1024;

/// What clients may send of bodies over HTTP/2 before anybody reads it: by request, and by connection.
const WINDOWS: [u32; 2] = [64 * 1024, 128 * 1024];

/// Serves whoever comes, until the drain begins; then what is open comes to its end.
pub(super) async fn serve<L: Listener<Addr = SocketAddr>>(
    mut listener: L,
    router: Router,
    places: &Places,
    drain: &Drain,
) {
    let builder = builder();
    let service = TowerToHyperService::new(router);
    let open = GracefulShutdown::new();
    loop {
        let (connection, address) = tokio::select! {
            accepted = listener.accept() => accepted,
            () = drain.begun() => break,
        };
        // Without a place it is closed at once: whoever has one is being served.
        let Some(place) = places.enter() else { continue };
        let (service, client, member) = (service.clone(), address, Arc::clone(&place));
        let service = service_fn(move |request: Request<Incoming>| {
            let served = member.serve();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(client));
            let response = service.call(request);
            async move {
                let response = response.await.unwrap_or_else(|never: Infallible| match never {});
                Ok::<_, Infallible>(response.map(|body| Answer { body, _served: served }))
            }
        });
        let connection = builder.serve_connection(TokioIo::new(connection), service).into_owned();
        let connection = open.watch(connection);
        tokio::spawn(async move {
            tokio::select! {
                // How it ended is the client's to report.
                _ = connection => {}
                () = place.lost() => {}
            }
        });
    }
    drop(listener);
    // A client that reads nothing keeps its connection open.
    let _ = timeout(drain.patience(), open.shutdown()).await;
}

fn builder() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(BUFFER);
    let [request, connection] = WINDOWS;
    builder
        .http2()
        .timer(TokioTimer::new())
        .initial_stream_window_size(request)
        .initial_connection_window_size(connection);
    builder
}

/// The body of a response. Its connection has a request as long as it lives.
struct Answer {
    body: Body,
    _served: Served,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        HttpBody::size_hint(&self.body)
    }
}
