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
//! Ids are whole numbers that count up by one. Who asks for what is no more, or was never there, gets a `gap` event
//! first ([`Gap`]), then the oldest that there is.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, header};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

mod block;
mod connections;
mod crowd;
mod event_stream;
mod feed;
pub mod heart_rate;
pub mod jobs;
mod keep_alive;
mod limits;
pub mod lines;
pub mod logs;
pub mod mcp;
mod mix;
mod mount;
pub mod notifications;
pub mod orders;
pub mod readings;
mod refusal;
mod request;
mod resume;
pub mod scenarios;
mod seats;
mod serving;
mod stream_request;
mod timeline;
mod timestamp;
mod tls;
pub mod tokens;

use connections::Connections;
use crowd::Crowd;
use feed::Feed;
use jobs::Jobs;
pub use limits::Limits;
use lines::Lines;
pub use mount::{InvalidMount, Mount};
use notifications::Notification;
use refusal::Refusal;
use scenarios::Scenarios;
use seats::{Seats, Stats};
use timeline::Start;
use tls::TlsListener;
pub use tls::{Tls, TlsError};
use tokens::Logins;
pub use typed_eventsource_axum::Gap;

/// How long a stopping server waits for connections that do not end by themselves.
const GRACE: Duration = Duration::from_secs(2);

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
    /// How much the server takes upon itself.
    pub limits: Limits,
}

/// Serves until `stopped` completes; then every stream ends, and so does this.
///
/// A connection that reads nothing is left behind after two seconds: it ends with the runtime, or when its client
/// leaves.
///
/// # Errors
///
/// If the second listener has no address.
pub async fn serve(
    listener: TcpListener,
    options: Options,
    stopped: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let Options { controls, tls, mounts, limits } = options;
    let control_port = match &controls {
        Some(controls) => Some(controls.local_addr()?.port()),
        None => None,
    };
    let crowd = Crowd::new(limits.connections);
    let app = Arc::new(App::new(limits, control_port));
    let router = router(Arc::clone(&app), mounts);
    let listen =
        |listener| listen(listener, tls.clone(), router.clone(), crowd.clone(), app.stopping.clone());
    let controls = async {
        if let Some(controls) = controls {
            listen(controls).await;
        }
    };
    let mut servers = pin!(async { tokio::join!(listen(listener), controls) });
    tokio::select! {
        _ = &mut servers => return Ok(()),
        () = stopped => app.stopping.cancel(),
    }
    // A client that reads nothing keeps its connection open: it gets no more than the grace.
    let _ = timeout(GRACE, servers).await;
    Ok(())
}

async fn listen(
    listener: TcpListener,
    tls: Option<Tls>,
    router: Router,
    crowd: Crowd,
    stopping: CancellationToken,
) {
    let connections = Connections::new(listener, crowd.clone());
    match tls {
        None => serving::serve(connections, router, crowd, stopping).await,
        Some(tls) => serving::serve(TlsListener::new(connections, &tls), router, crowd, stopping).await,
    }
}

/// What the routes share.
#[derive(Debug)]
struct App {
    start: Start,
    control_port: Option<u16>,
    limits: Limits,
    /// Ends every stream, also those still to come.
    stopping: CancellationToken,
    seats: Seats,
    lines: Lines,
    scenarios: Scenarios,
    notifications: Arc<Feed<Arc<Notification>>>,
    jobs: Jobs,
    logins: Logins,
}

impl App {
    fn new(limits: Limits, control_port: Option<u16>) -> Self {
        Self {
            start: Start::now(),
            control_port,
            stopping: CancellationToken::new(),
            seats: Seats::default(),
            lines: Lines::new(limits.lines),
            scenarios: Scenarios::default(),
            notifications: Arc::new(Feed::new(limits.replay_events, limits.replay_bytes)),
            jobs: Jobs::new(limits.jobs),
            logins: Logins::default(),
            limits,
        }
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

async fn stats(State(app): State<Arc<App>>) -> Json<Stats> {
    Json(app.seats.stats())
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
