//! A server whose streams are cut, resumed and drained.

use std::future::{pending, ready};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::{StreamExt, stream};
use http_body_util::BodyExt;
use reqwest::{Client, Response};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use typed_eventsource_axum::{Drain, LastEventId, MemoryLog, Sse, Topic};

struct Server {
    url: String,
    topic: Topic<u32>,
    drain: Drain,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

async fn listen(
    State(topic): State<Topic<u32>>,
    Extension(drain): Extension<Drain>,
    last: LastEventId,
) -> Sse {
    Sse::from(topic.stream(last)).drain(&drain)
}

async fn panics() -> Sse {
    Sse::new(stream::iter(1..).map(|n: u32| if n == 1 { n } else { panic!("as it shall") }))
}

async fn serve(spread: Duration) -> Server {
    let topic = Topic::new("number", MemoryLog::default());
    let drain = Drain::new(spread);
    let app = Router::new()
        .route("/numbers", get(listen))
        .route("/panics", get(panics))
        .layer(Extension(drain.clone()))
        .with_state(topic.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = drain.clone().after(async {
        let _ = stopped.await;
    });
    let serving = tokio::spawn(axum::serve(listener, app).with_graceful_shutdown(stopped).into_future());
    Server { url, topic, drain, stop, serving }
}

/// A client of an event stream.
struct Reader {
    response: Response,
    read: String,
}

impl Reader {
    async fn open(url: &str, last: Option<&str>) -> Self {
        let mut request = Client::new().get(url);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last);
        }
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), 200);
        Self { response, read: String::new() }
    }

    /// All blocks up to the one that has this text.
    async fn until(&mut self, text: &str) -> String {
        while !self.read.contains(text) {
            let chunk = self.response.chunk().await.expect("no error").expect("no end");
            self.read.push_str(std::str::from_utf8(&chunk).expect("UTF-8"));
        }
        std::mem::take(&mut self.read)
    }
}

#[tokio::test]
async fn a_client_that_was_cut_goes_on_where_it_was() {
    let server = serve(Duration::ZERO).await;
    let url = format!("{}/numbers", server.url);
    let mut reader = Reader::open(&url, None).await;
    reader.until("id: ").await;
    let first = server.topic.publish(&1).await.expect("it is small");
    assert!(reader.until(&first).await.contains("event: number\ndata: 1\n"));
    drop(reader);
    let second = server.topic.publish(&2).await.expect("it is small");
    let mut header = Reader::open(&url, Some(&first)).await;
    assert_eq!(header.until(&second).await, format!(": \n\nevent: number\ndata: 2\nid: {second}\n\n"));
    // A new EventSource cannot set the header.
    let mut query = Reader::open(&format!("{url}?lastEventId={first}"), None).await;
    assert!(query.until(&second).await.contains("data: 2\n"));
    let refused = Client::new().get(format!("{url}?lastEventId=%00")).send().await.expect("a response");
    assert_eq!(refused.status(), 400);
    assert!(refused.text().await.expect("a sentence").contains("send the ID as it came"));
}

#[tokio::test]
async fn a_stream_that_panics_harms_no_other() {
    let server = serve(Duration::ZERO).await;
    // Over one connection, which a panic would end.
    let client = Client::builder().http2_prior_knowledge().build().expect("a client");
    let response = client.get(format!("{}/numbers", server.url)).send().await.expect("a response");
    let mut reader = Reader { response, read: String::new() };
    reader.until("id: ").await;
    let mut panics = client.get(format!("{}/panics", server.url)).send().await.expect("a response");
    let mut sent = Vec::new();
    let broken = loop {
        match panics.chunk().await {
            Ok(chunk) => sent.extend(chunk.expect("no clean end")),
            Err(error) => break error,
        }
    };
    assert!(sent.ends_with(b"data: 1\n\n"), "{broken}");
    let id = server.topic.publish(&1).await.expect("it is small");
    reader.until(&id).await;
}

#[tokio::test]
async fn a_server_that_stops_ends_its_streams_one_after_the_other() {
    const SPREAD: Duration = Duration::from_millis(500);
    let server = serve(SPREAD).await;
    let url = format!("{}/numbers", server.url);
    let mut readers = Vec::new();
    for _ in 0..20 {
        let mut reader = Reader::open(&url, None).await;
        reader.until("id: ").await;
        readers.push(reader);
    }
    server.stop.send(()).expect("it runs");
    let ends = readers.into_iter().map(|mut reader| async move {
        let mut last = Vec::new();
        while let Some(chunk) = reader.response.chunk().await.expect("a clean end") {
            last = chunk.to_vec();
        }
        String::from_utf8(last).expect("UTF-8")
    });
    let mut waits: Vec<_> = futures_util::future::join_all(ends).await;
    server.serving.await.expect("no panic").expect("no error");
    server.drain.drained().await;
    waits.sort();
    waits.dedup();
    assert_eq!(waits.len(), 20, "each has a reconnection time of its own: {waits:?}");
    assert!(waits.iter().all(|wait| wait.starts_with("retry: ")), "{waits:?}");
}

#[tokio::test]
async fn ten_thousand_idle_streams_end_in_their_time() {
    const SPREAD: Duration = Duration::from_secs(1);
    let drain = Drain::new(SPREAD);
    let streams: Vec<_> = (0..10_000)
        .map(|_| {
            let idle = stream::once(pending::<u32>());
            let body = Sse::new(idle).drain(&drain).into_response().into_body();
            tokio::spawn(body.collect())
        })
        .collect();
    let start = Instant::now();
    drain.clone().after(ready(())).await;
    let late = Sse::new(stream::empty::<u32>()).drain(&drain).into_response();
    assert_eq!(
        (late.status().as_u16(), &late.headers()["retry-after"]),
        (503, &"1".parse().expect("a header"))
    );
    drain.drained().await;
    assert!(start.elapsed() < SPREAD + Duration::from_secs(1), "{:?}", start.elapsed());
    for stream in streams {
        let said = stream.await.expect("no panic").expect("no error").to_bytes();
        assert!(said.starts_with(b": \n\nretry: "), "{said:?}");
    }
}
