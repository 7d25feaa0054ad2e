//! The two streams of the demo, read back into typed items.

use serde::Deserialize;
use typed_eventsource::protocol::decode;
use typed_eventsource_server::orders::{OrderUpdate, Status};

mod common;
use common::{Reader, Received, Server};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Feed {
    HeartRate(u32),
    OrderUpdate(OrderUpdate),
}

fn decoded(event: &Received) -> Feed {
    decode::variant(&event.event_type, &event.data).expect("an item of the feed")
}

#[tokio::test]
async fn heart_rates_keep_coming() {
    let server = Server::start().await;
    let mut stream = Reader::new(server.get("/heart-rate?everyMs=10").send().await.expect("a response"));
    for _ in 0..20 {
        let event = stream.next().await.expect("an endless stream");
        assert!(matches!(decoded(&event), Feed::HeartRate(60..=100)), "{event:?}");
        assert_eq!(event.id, "");
    }
}

#[tokio::test]
async fn an_order_goes_its_way_and_ends() {
    let server = Server::start().await;
    let response = server.get("/orders/stream?everyMs=10&orderId=7").send().await.expect("a response");
    assert_eq!(response.headers()["cache-control"], "no-cache");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let events = Reader::new(response).rest().await;
    let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let mut statuses = Vec::new();
    for event in &events {
        let Feed::OrderUpdate(update) = decoded(event) else { panic!("an order update: {event:?}") };
        assert_eq!(update.order_id, 7);
        humantime::parse_rfc3339(&update.at).expect("a timestamp");
        statuses.push(update.status);
    }
    assert_eq!(statuses, [Status::Placed, Status::Cooking, Status::OutForDelivery, Status::Delivered]);
    assert!(events[2].data.starts_with(r#"{"orderId":7,"status":"Out for delivery","at":"20"#), "{events:?}");
}

#[tokio::test]
async fn an_event_does_not_wait_for_the_next() {
    let server = Server::start().await;
    // The second event is a minute away, longer than the reader's patience.
    for path in ["/orders/stream?everyMs=60000", "/heart-rate?everyMs=60000"] {
        let mut stream = Reader::new(server.get(path).send().await.expect("a response"));
        stream.next().await.expect("the first event");
    }
}

#[tokio::test]
async fn a_stream_resumes_after_the_last_event_id() {
    let server = Server::start().await;
    let table = [
        (Some("2"), "", "3"),
        (None, "&lastEventId=1", "2"),
        (Some("3"), "&lastEventId=1", "4"),
        (Some(""), "&lastEventId=2", "3"),
        (Some("0"), "&lastEventId=2", "1"),
        (None, "&lastEventId=", "1"),
    ];
    for (header, query, expected) in table {
        let mut request = server.get(&format!("/orders/stream?everyMs=10{query}"));
        if let Some(id) = header {
            request = request.header("Last-Event-ID", id);
        }
        let event = Reader::new(request.send().await.expect("a response")).next().await.expect("an event");
        assert_eq!(event.id, expected, "{header:?} {query:?}");
    }
}

#[tokio::test]
async fn no_content_ends_what_is_delivered() {
    let server = Server::start().await;
    for id in ["4", "5", "18446744073709551615"] {
        let by_header =
            server.get("/orders/stream").header("Last-Event-ID", id).send().await.expect("a response");
        assert_eq!(by_header.status(), 204);
        let by_query =
            server.get(&format!("/orders/stream?lastEventId={id}")).send().await.expect("a response");
        assert_eq!(by_query.status(), 204);
    }
}

#[tokio::test]
async fn a_refusal_says_why() {
    let server = Server::start().await;
    let table = [
        ("/orders/stream?lastEventId=abc", "the last event ID is \"abc\": send a whole number"),
        ("/orders/stream?lastEventId=-1", "the last event ID is \"-1\": send a whole number"),
        ("/orders/stream?orderId=x", "the parameter orderId is \"x\": send a whole number"),
        ("/orders/stream?everyMs=9", "everyMs is 9: send 10 to 60000 milliseconds"),
        ("/heart-rate?everyMs=60001", "everyMs is 60001: send 10 to 60000 milliseconds"),
        ("/heart-rate?everyMs=", "the parameter everyMs is \"\": send a whole number"),
    ];
    for (path, expected) in table {
        let response = server.get(path).send().await.expect("a response");
        assert_eq!(response.status(), 400, "{path}");
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        assert_eq!(response.text().await.expect("a sentence"), expected);
    }
}

#[tokio::test]
async fn a_producer_stops_when_the_listener_leaves() {
    let server = Server::start().await;
    let mut streams = Vec::new();
    for path in ["/heart-rate?everyMs=10", "/heart-rate?everyMs=60000", "/orders/stream?everyMs=60000"] {
        let mut stream = Reader::new(server.get(path).send().await.expect("a response"));
        stream.next().await.expect("an event");
        streams.push(stream);
    }
    server.open_streams(3).await;
    streams.pop();
    server.open_streams(2).await;
    drop(streams);
    server.open_streams(0).await;
}

#[tokio::test]
async fn any_page_may_read() {
    let server = Server::start().await;
    let origin = "http://localhost:1234";
    for path in ["/healthz", "/orders/stream?lastEventId=4", "/orders/stream?lastEventId=x", "/nowhere"] {
        let response = server.get(path).header("Origin", origin).send().await.expect("a response");
        assert_eq!(response.headers()["access-control-allow-origin"], origin, "{path}");
        assert_eq!(response.headers()["access-control-allow-credentials"], "true");
        assert_eq!(
            response.headers()["access-control-expose-headers"],
            "retry-after,mercure-last-event-id,content-type"
        );
    }
    let preflight = server
        .client
        .request(reqwest::Method::OPTIONS, format!("{}/orders/stream", server.address))
        .header("Origin", origin)
        .header("Access-Control-Request-Method", "GET")
        .header("Access-Control-Request-Headers", "last-event-id,authorization")
        .send()
        .await
        .expect("a response");
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], origin);
    assert_eq!(preflight.headers()["access-control-allow-headers"], "last-event-id,authorization");
    assert_eq!(preflight.headers()["access-control-allow-methods"], "GET");
}

#[tokio::test]
async fn mounted_files_are_served_beside_the_streams() {
    let server = Server::start_with(&["/=src", "/tests=tests"]).await;
    let get = async |path: &str| {
        let response = server.get(path).send().await.expect("a response");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    assert_eq!(get("/healthz").await, (200, "ok".to_owned()));
    assert_eq!(get("/keep_alive.rs").await, (200, include_str!("../src/keep_alive.rs").to_owned()));
    assert_eq!(get("/tests/streams.rs").await, (200, include_str!("streams.rs").to_owned()));
    assert_eq!(get("/nowhere.rs").await.0, 404);
    assert_eq!(get("/tests/../../Cargo.toml").await.0, 404);
}
