//! A server of axum's own `Sse`, which the client is tested against: it says where it listens, and goes on for ever.
//!
//! `GET /events?upto=N&end=K&quiet=MS` sends the events after the last event ID up to N, at most K in one response, and begins
//! after so many milliseconds of keep-alive comments. After the last one comes `done`.

use std::convert::Infallible;
use std::time::Duration;

use async_stream::stream;
use axum::Router;
use axum::extract::Query;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_stream::Stream;

#[derive(Deserialize)]
struct Wanted {
    upto: u64,
    #[serde(default = "all")]
    end: u64,
    #[serde(default)]
    quiet: u64,
}

fn all() -> u64 {
    u64::MAX
}

async fn events(
    Query(Wanted { upto, end, quiet }): Query<Wanted>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok()).unwrap_or(0);
    let events = stream! {
        sleep(Duration::from_millis(quiet)).await;
        for n in (last + 1..=upto).take(usize::try_from(end).unwrap_or(usize::MAX)) {
            let data = json!({ "n": n, "text": "two\nlines, ü, 💡" });
            yield Ok(Event::default().event("tick").id(n.to_string()).json_data(data).unwrap_or_default());
            if n == upto {
                yield Ok(Event::default().event("done").data("null"));
            }
        }
    };
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_millis(500)))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, Router::new().route("/events", get(events))).await
}
