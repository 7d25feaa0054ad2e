//! A server of its own for each test, and a client that reads event streams back with the library.

#![allow(dead_code, reason = "every test file uses its share")]

use std::time::Duration;

use http_body_util::BodyDataStream;
use reqwest::{Body, Client, RequestBuilder, Response};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_stream::StreamExt;
use typed_eventsource::protocol::decode;
use typed_eventsource::protocol::stream::{Event, EventStream, StreamError};
use typed_eventsource_server::{Limits, Options, serve};

#[cfg(unix)]
pub(crate) mod program;
#[cfg(unix)]
pub(crate) mod target;

/// Longer than anything here takes; only a failing test waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) client: Client,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| ()).await
    }

    pub(crate) async fn start_limited(limit: impl FnOnce(&mut Limits)) -> Self {
        Self::start_with(|options| limit(&mut options.limits)).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::default();
        change(&mut options);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr().expect("an address"));
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(serve(listener, options, async {
            let _ = stopped.await;
        }));
        Self { address, client: Client::new(), stop, serving }
    }

    /// An open event stream.
    pub(crate) async fn stream(&self, path: &str) -> Reader {
        Reader::new(self.get(path).send().await.expect("a response"))
    }

    /// An event stream that is resumed.
    pub(crate) async fn resumed(&self, path: &str, last_event_id: &str) -> Reader {
        let request = self.get(path).header("Last-Event-ID", last_event_id);
        Reader::new(request.send().await.expect("a response"))
    }

    /// The status, the header Retry-After and the body of a response without a stream.
    pub(crate) async fn answer(&self, request: RequestBuilder) -> (u16, Option<u64>, String) {
        let response = timeout(PATIENCE, request.send()).await.expect("no hanging").expect("a response");
        let retry_after = response.headers().get("retry-after");
        let retry_after = retry_after.map(|value| value.to_str().expect("text").parse().expect("seconds"));
        (response.status().as_u16(), retry_after, response.text().await.expect("a body"))
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.address))
    }

    pub(crate) fn post(&self, path: &str) -> RequestBuilder {
        self.client.post(format!("{}{path}", self.address))
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.expect("a response").json().await.expect("JSON")
    }

    /// Makes a scenario and returns its path.
    pub(crate) async fn scenario(&self, script: Value) -> String {
        let response = self.post("/scenarios").json(&script).send().await.expect("a response");
        assert_eq!(response.status(), 201);
        let made: Value = response.json().await.expect("JSON");
        made["url"].as_str().expect("a url").to_owned()
    }

    /// The attempts at a scenario, once they are as the test waits for.
    pub(crate) async fn attempts(&self, scenario: &str, until: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        eventually(async || {
            let report = self.json(&format!("{scenario}/report")).await;
            let attempts = report["attempts"].as_array().expect("attempts").clone();
            until(&attempts).then_some(attempts)
        })
        .await
    }

    pub(crate) async fn open_streams(&self, expected: u64) {
        eventually(async || (self.json("/stats").await["openStreams"] == expected).then_some(())).await;
    }

    /// Stops the server as a signal does.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("a running server");
        let served = timeout(PATIENCE, self.serving).await.expect("an end");
        served.expect("no panic").expect("no failure");
    }
}

/// Asks until there is an answer.
pub(crate) async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .expect("what the test waits for")
}

/// An event as it was read from the wire.
#[derive(Debug, PartialEq)]
pub(crate) struct Received {
    pub(crate) event_type: String,
    pub(crate) data: String,
    /// The last event ID: of this event, or of the one before it that had one.
    pub(crate) id: String,
}

impl From<Event> for Received {
    fn from(event: Event) -> Self {
        let (event_type, id) = (event.event_type.to_string(), event.last_event_id.to_string());
        Self { event_type, data: event.data, id }
    }
}

impl Received {
    pub(crate) fn number(&self) -> u64 {
        self.id.parse().expect("a number as id")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.data).expect("JSON")
    }

    /// The typed item that this event carries.
    pub(crate) fn decoded<E: DeserializeOwned>(&self) -> E {
        decode::variant(&self.event_type, &self.data).expect("an item of the stream")
    }
}

/// An event stream in the hands of a client.
pub(crate) struct Reader(EventStream<BodyDataStream<Body>>);

impl Reader {
    pub(crate) fn new(response: Response) -> Self {
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self(EventStream::new(BodyDataStream::new(response.into())))
    }

    /// The next event; `None` at a clean end.
    pub(crate) async fn next(&mut self) -> Option<Received> {
        self.try_next().await.expect("no error")
    }

    /// The next event; `None` at a clean end, an error when the connection broke.
    pub(crate) async fn try_next(&mut self) -> Result<Option<Received>, StreamError<reqwest::Error>> {
        // For the event as a whole: comments keep coming.
        let event = timeout(PATIENCE, self.0.try_next()).await.expect("no hanging")?;
        Ok(event.map(Received::from))
    }

    /// So many events.
    pub(crate) async fn take(&mut self, count: usize) -> Vec<Received> {
        let mut events = Vec::new();
        while events.len() < count {
            events.push(self.next().await.expect("more events"));
        }
        events
    }

    pub(crate) async fn rest(mut self) -> Vec<Received> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        events
    }
}
