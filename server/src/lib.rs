//! The server behind the demo page and the browser tests: event streams of several kinds, scripted faults, static files.
//!
//! | route | answers |
//! |---|---|
//! | `GET /healthz` | `ok` |
//! | `GET /stats` | how many streams are open: `{"openStreams", "routes"}` |
//! | `GET /demo.json` | where the controls are: `{"controlPort"}` |
//! | `GET /heart-rate` | an endless stream of numbers: [`heart_rate`] |
//! | `GET /orders/stream` | a stream that ends: [`orders`] |
//! | `/notifications` | what somebody posts reaches everybody: [`notifications`] |
//! | `/jobs` | work that tells how far it has come: [`jobs`] |
//! | `/tokens` | an answer word by word, over GET and POST, also to those only who are logged in: [`tokens`] |
//! | `/mcp` | an answer over several connections, of which a GET resumes a POST: [`mcp`] |
//! | `GET /logs` | an endless stream, fast if need be: [`logs`] |
//! | `GET /readings` | binary data: [`readings`] |
//! | `/lines` | disturbs streams that are open: [`lines`] |
//! | `/scenarios` | streams that behave as a script says, faults included: [`scenarios`] |
//!
//! # What all streams have in common
//!
//! These parameters: `lastEventId`, after which the stream is resumed (the header `Last-Event-ID` wins); `retryMs`, the
//! reconnection time that is sent first; `heartbeatMs`, after which silence is filled with `heartbeat` events, where
//! else comments fill it after 15 s; `everyMs`, the pace; `line`, a name for [`lines`].
//!
//! Ids are whole numbers that count up by one; those of notifications and jobs name their log before that. Who asks for what
//! is no more, or was never there, gets a `gap` event first ([`Gap`]), then the oldest that there is.

use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, header};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};
use typed_eventsource_axum::{Bodies, Connections, Drain, MemoryLog, Refusal, Seat, Streams, Topic};

pub mod heart_rate;
pub mod jobs;
mod limits;
pub mod lines;
pub mod logs;
pub mod mcp;
mod mix;
mod mount;
pub mod notifications;
pub mod orders;
pub mod readings;
mod request;
pub mod scenarios;
mod stream_request;
mod timeline;
mod timestamp;
mod tls;
pub mod tokens;

use jobs::Jobs;
pub use limits::Limits;
use lines::Lines;
pub use mount::{InvalidMount, Mount};
use scenarios::Scenarios;
use timeline::Start;
pub use tls::{Tls, TlsError};
use tokens::Logins;
pub use typed_eventsource_axum::{Gap, Redis};

/// Bytes of all the bodies that are being read, and of the jobs that are remembered.
const BODIES: usize = 32 * 1024 * 1024;
const JOBS: NonZeroUsize = NonZeroUsize::new(1024 * 1024).unwrap();

/// What a server can do without.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Options {
    /// A second listener that serves the same: a page whose connections are all taken reaches the server by it.
    pub controls: Option<TcpListener>,
    /// Serves HTTPS, with HTTP/2, instead of HTTP; on both listeners.
    pub tls: Option<Tls>,
    /// Files to serve.
    pub mounts: Vec<Mount>,
    /// Keeps notifications and jobs in Redis instead of this process.
    pub log: Option<Redis>,
    /// How much the server takes upon itself.
    pub limits: Limits,
}

/// Serves until `stopped` completes; then every stream ends, and so does this.
///
/// The streams end one after the other, as the limits say. A connection that reads nothing is left behind a second after
/// that: it ends with the runtime, or when its client leaves.
///
/// # Errors
///
/// If the second listener has no address.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    stopped: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let Options { controls, tls, mounts, log, limits } = options;
    let control_port = match &controls {
        Some(controls) => Some(controls.local_addr()?.port()),
        None => None,
    };
    let connections = Connections::new(limits.connections);
    let app = Arc::new(App::new(&limits, log.as_ref(), control_port));
    let (drain, router) = (app.drain.clone(), router(app, mounts));
    let listen = async |listener| {
        let router = router.clone();
        match &tls {
            None => connections.serve(connections.listen(listener), router, &drain).await,
            Some(tls) => {
                let accepting = connections.listen_tls(listener, tls.config());
                connections.serve(accepting, router, &drain).await;
            }
        }
    };
    let controls = async {
        if let Some(controls) = controls {
            listen(controls).await;
        }
    };
    tokio::join!(listen(listener), controls, drain.clone().after(stopped));
    Ok(())
}

/// What the routes share.
#[derive(Debug)]
struct App {
    start: Start,
    control_port: Option<u16>,
    /// Ends every stream, also those still to come.
    drain: Drain,
    streams: Streams,
    bodies: Bodies,
    lines: Lines,
    scenarios: Scenarios,
    notifications: Topic<notifications::Event>,
    jobs: Jobs,
    logins: Logins,
}

impl App {
    fn new(limits: &Limits, redis: Option<&Redis>, control_port: Option<u16>) -> Self {
        let way_out = "send less, or start the server with a larger --max-body-bytes";
        let (events, bytes) = (limits.replay_events, limits.replay_bytes);
        let (notifications, started) = match redis {
            None => (
                Topic::variants(MemoryLog::new(events, bytes)),
                Topic::new("job", MemoryLog::new(jobs::REMEMBERED, JOBS)),
            ),
            Some(redis) => (
                Topic::variants(redis.log_of("typed-eventsource:notifications", events, bytes)),
                Topic::new("job", redis.log_of("typed-eventsource:jobs", jobs::REMEMBERED, JOBS)),
            ),
        };
        Self {
            start: Start::now(),
            control_port,
            drain: Drain::new(Duration::from_millis(limits.drain_ms.into())),
            // Each connection may have many.
            streams: Streams::new(limits.streams_per_client, NonZeroUsize::MAX),
            bodies: Bodies::new(limits.body_bytes.get(), BODIES).way_out(way_out),
            lines: Lines::new(limits.lines),
            scenarios: Scenarios::default(),
            notifications,
            jobs: Jobs::new(limits.jobs, started),
            logins: Logins::default(),
        }
    }

    /// A seat for the stream that is asked for.
    fn seat(&self, parts: &Parts) -> Result<Seat, Refusal> {
        let way_out = "start the server with a larger --max-streams-per-client";
        self.streams.seat(parts).map_err(|refusal| refusal.or(way_out))
    }
}

fn router(app: Arc<App>, mounts: Vec<Mount>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/stats", get(stats))
        .route("/demo.json", get(demo))
        .route("/heart-rate", get(heart_rate::stream))
        .route("/orders/stream", get(orders::stream))
        .route("/logs", get(logs::stream))
        .route("/readings", get(readings::stream))
        .merge(tokens::router())
        .merge(mcp::router())
        .merge(notifications::router())
        .merge(jobs::router())
        .nest("/lines", lines::router())
        .nest("/scenarios", scenarios::router())
        .with_state(app)
        .fallback_service(mount::router(mounts))
        .layer(cors())
}

async fn stats(State(app): State<Arc<App>>) -> Json<serde_json::Value> {
    Json(json!({ "openStreams": app.streams.open(), "routes": app.streams.by_route() }))
}

async fn demo(State(app): State<Arc<App>>) -> Json<serde_json::Value> {
    Json(json!({ "controlPort": app.control_port }))
}

/// Every page may read everything: the pages of the browser tests are another origin.
fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_credentials(true)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([
            header::RETRY_AFTER,
            HeaderName::from_static("mercure-last-event-id"),
            header::CONTENT_TYPE,
        ])
}
