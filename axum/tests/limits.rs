//! What clients take of a server has bounds, and what goes beyond is told.

#![cfg(feature = "serve")]

use std::num::NonZeroUsize;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRef, State};
use axum::routing::{get, post};
use futures_util::{StreamExt, stream};
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use typed_eventsource_axum::{
    Bodies, Connections, Drain, Item, MemoryLog, Refusal, Seat, Sse, Streams, Topic,
};

/// Longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Clone)]
struct App {
    streams: Streams,
    bodies: Bodies,
    topic: Topic<String>,
    drain: Drain,
}

impl FromRef<App> for Streams {
    fn from_ref(app: &App) -> Self {
        app.streams.clone()
    }
}

/// One event, and then nothing.
async fn listen(State(app): State<App>, seat: Seat) -> Sse {
    Sse::new(stream::iter([Item::new(1)]).chain(stream::pending())).seat(seat).drain(&app.drain)
}

async fn publish(State(app): State<App>, body: Body) -> Result<String, Refusal> {
    Ok(app.topic.publish(&app.bodies.json(body, "\"a\"").await?).await?)
}

struct Server {
    url: String,
    app: App,
    serving: JoinHandle<()>,
}

fn count(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("not zero")
}

async fn serve(connections: Connections, log: MemoryLog) -> Server {
    let app = App {
        streams: Streams::new(count(2), count(100)),
        bodies: Bodies::new(1000, 10_000),
        topic: Topic::new("text", log),
        drain: Drain::new(Duration::ZERO),
    };
    let router = Router::new().route("/listen", get(listen)).route("/publish", post(publish));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (router, drain) = (router.with_state(app.clone()), app.drain.clone());
    let serving = tokio::spawn(async move {
        connections.serve(connections.listen(listener), router, &drain).await;
    });
    Server { url, app, serving }
}

async fn ask(client: &Client, server: &Server) -> Response {
    let request = client.get(format!("{}/listen", server.url)).send();
    timeout(PATIENCE, request).await.expect("no hanging").expect("a response")
}

async fn eventually(is_so: impl Fn() -> bool) {
    let asked = timeout(PATIENCE, async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    });
    asked.await.expect("what the test waits for");
}

#[tokio::test]
async fn a_client_has_so_many_streams_until_the_server_stops() {
    let server = serve(Connections::default(), MemoryLog::default()).await;
    let client = Client::new();
    let (first, second) = (ask(&client, &server).await, ask(&client, &server).await);
    assert_eq!((first.status(), second.status()), (reqwest::StatusCode::OK, reqwest::StatusCode::OK));
    assert_eq!(server.app.streams.by_route(), [("/listen".to_owned(), 2)].into());
    let refused = ask(&client, &server).await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"1".parse().expect("1"))
    );
    let sentence = refused.text().await.expect("a body");
    assert_eq!(sentence, "2 streams are open from your address: close one");
    drop(first);
    eventually(|| server.app.streams.open() == 1).await;
    let third = ask(&client, &server).await;
    assert_eq!(third.status(), 200);
    server.app.drain.begin();
    for stream in [second, third] {
        let text = timeout(PATIENCE, stream.text()).await.expect("an end").expect("a clean end");
        assert!(text.contains("data: 1\n\n") && text.ends_with("retry: 0\n\n"), "{text}");
    }
    timeout(PATIENCE, server.serving).await.expect("an end").expect("no panic");
    assert_eq!(server.app.streams.open(), 0);
}

#[tokio::test]
async fn a_body_and_an_event_have_their_limits() {
    let server = serve(Connections::default(), MemoryLog::new(count(10), count(500))).await;
    let post = async |bytes: usize| {
        let body = format!("\"{}\"", "x".repeat(bytes - 2));
        let request = Client::new().post(format!("{}/publish", server.url)).body(body).send();
        let response = timeout(PATIENCE, request).await.expect("no hanging").expect("a response");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    assert_eq!(post(100).await.0, 200);
    let (status, sentence) = post(1001).await;
    assert_eq!((status, &sentence[..]), (413, "the body is larger than 1000 bytes: send less"));
    let (status, sentence) = post(1000).await;
    assert_eq!(status, 413);
    assert!(sentence.ends_with("and the log keeps 500: publish less, or make the log larger"), "{sentence}");
}

#[tokio::test]
async fn a_connection_without_a_request_makes_room() {
    let server = serve(Connections::new(count(2)), MemoryLog::default()).await;
    let address = server.url.strip_prefix("http://").expect("an address");
    let mut idle = tokio::net::TcpStream::connect(address).await.expect("a connection");
    let streams = [ask(&Client::new(), &server).await, ask(&Client::new(), &server).await];
    assert!(streams.iter().all(|stream| stream.status() == 200));
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut idle, &mut byte);
    // How a connection ends whose place is needed is the system's to say.
    assert!(matches!(timeout(PATIENCE, read).await.expect("an end"), Ok(0) | Err(_)));
    // All places are taken by those who have a request.
    assert!(Client::new().get(&server.url).send().await.is_err());
}
