//! The server behind the demo page and the browser tests: two small event streams, scripted faults, static files.
//!
//! | route | answers |
//! |---|---|
//! | `GET /healthz` | `ok` |
//! | `GET /stats` | how many streams are open |
//! | `GET /heart-rate` | an endless stream: [`heart_rate`] |
//! | `GET /orders/stream` | a stream that can be resumed and ends: [`orders`] |
//! | `/scenarios` | streams that behave as a script says, faults included: [`scenarios`] |

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::get;
use axum::serve::ListenerExt;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

mod event_stream;
pub mod heart_rate;
mod keep_alive;
mod mount;
pub mod orders;
mod request;
pub mod scenarios;

use event_stream::Streams;
pub use mount::{InvalidMount, Mount};
use scenarios::Scenarios;

/// How long a stopping server waits for connections that do not end by themselves.
const GRACE: Duration = Duration::from_secs(2);

/// Serves until `stopped` completes; then every stream ends, and so does this.
///
/// # Errors
///
/// If the listener fails.
pub async fn serve(
    listener: TcpListener,
    mounts: Vec<Mount>,
    stopped: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let app = Arc::new(App::default());
    let stopping = app.streams.stopping();
    // Events are small and each is to arrive at once, not when a packet is full.
    let listener = listener.tap_io(|connection| {
        let _ = connection.set_nodelay(true);
    });
    let server = axum::serve(listener, router(app.clone(), mounts))
        .with_graceful_shutdown(stopping.cancelled_owned())
        .into_future();
    let mut server = pin!(server);
    tokio::select! {
        result = &mut server => return result,
        () = stopped => app.streams.stop(),
    }
    // A client that reads nothing keeps its connection open: it gets no more than the grace.
    timeout(GRACE, server).await.unwrap_or(Ok(()))
}

/// What the routes share.
#[derive(Debug, Default)]
struct App {
    streams: Streams,
    scenarios: Scenarios,
}

/// A request that is not served: the status, and a sentence that says why.
type Refusal = (StatusCode, String);

fn router(app: Arc<App>, mounts: Vec<Mount>) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/stats", get(stats))
        .route("/heart-rate", get(heart_rate::stream))
        .route("/orders/stream", get(orders::stream))
        .nest("/scenarios", scenarios::router())
        .with_state(app)
        .fallback_service(mount::router(mounts))
        .layer(cors())
}

async fn stats(State(app): State<Arc<App>>) -> Json<serde_json::Value> {
    Json(serde_json::json!({ "openStreams": app.streams.open() }))
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
