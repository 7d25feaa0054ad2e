//! The streams that need nobody to post anything, read back into typed items.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use typed_eventsource::protocol::event::Text;
use typed_eventsource_server::orders::Status;
use typed_eventsource_server::{Gap, heart_rate, logs, orders, readings};

mod common;
use common::{Reader, Received, Server};

/// Those whose ids are due at fixed times.
const ENDLESS: [&str; 3] = ["/heart-rate?everyMs=10", "/logs?everyMs=10", "/readings?everyMs=10"];

#[tokio::test]
async fn endless_streams_carry_their_types() {
    let server = Server::start().await;
    let [mut rates, mut entries, mut values] =
        [server.stream(ENDLESS[0]).await, server.stream(ENDLESS[1]).await, server.stream(ENDLESS[2]).await];
    for _ in 0..20 {
        let rate = rates.next().await.expect("an endless stream");
        assert!(matches!(rate.decoded(), heart_rate::Event::HeartRate(60..=100)), "{rate:?}");
        let entry = entries.next().await.expect("an endless stream");
        let logs::Event::Log(entry) = entry.decoded() else { panic!("an entry: {entry:?}") };
        humantime::parse_rfc3339(&entry.at).expect("a timestamp");
        let value = values.next().await.expect("an endless stream");
        let readings::Event::Reading(Text(value)) = value.decoded() else { panic!("a reading: {value:?}") };
        assert_eq!(STANDARD.decode(value).expect("base64").len(), 32);
    }
}

#[tokio::test]
async fn what_happened_meanwhile_is_told_exactly() {
    let server = Server::start().await;
    for path in ENDLESS {
        let mut whole = server.stream(path).await;
        let start = server.stream(path).await.take(3).await;
        let last = &start[2];
        // Until the other stream has gone on.
        let mut whole = whole.take(30).await;
        assert!(whole[29].number() > last.number() + 5, "{path}");
        let resumed = server.resumed(path, &last.id).await.take(30).await;
        for events in [&whole, &start, &resumed] {
            let steps = events.windows(2).map(|pair| pair[1].number() - pair[0].number());
            assert!(steps.eq(vec![1; events.len() - 1]), "{path}: {events:?}");
        }
        assert_eq!(resumed[0].number(), last.number() + 1);
        whole.retain(|event| event.number() > last.number());
        assert_eq!(resumed[..whole.len()], whole, "the same events to everybody");
    }
}

#[tokio::test]
async fn what_was_never_there_is_a_gap() {
    let server = Server::start().await;
    for path in ENDLESS {
        let events = server.resumed(path, "1000000").await.take(3).await;
        let gap = Gap { asked: "1000000".to_owned(), oldest: Some("0".to_owned()) };
        assert_eq!(events[0].json(), serde_json::to_value(gap).expect("JSON"));
        let seen: Vec<_> = events.iter().map(|event| (event.event_type == "gap", &event.id[..])).collect();
        assert_eq!(seen, [(true, ""), (false, "0"), (false, "1")], "the gap has no id");
    }
}

#[tokio::test]
async fn each_pace_has_its_bounds() {
    let server = Server::start().await;
    let table = [
        ("/heart-rate", [10, 60_000]),
        ("/orders/stream", [10, 60_000]),
        ("/logs", [1, 60_000]),
        ("/readings", [10, 60_000]),
        ("/tokens", [1, 5000]),
    ];
    for (path, [least, most]) in table {
        for (every, expected) in [(least - 1, 400), (least, 200), (most, 200), (most + 1, 400)] {
            let response = server.get(&format!("{path}?everyMs={every}")).send().await.expect("a response");
            assert_eq!(response.status(), expected, "{path} {every}");
        }
    }
}

#[tokio::test]
async fn a_stream_begins_with_the_reconnection_time_that_was_asked_for() {
    let server = Server::start().await;
    for path in
        ["/orders/stream?everyMs=10", "/orders/stream?everyMs=10&retryMs=0", "/tokens?everyMs=1&retryMs=700"]
    {
        let text = server.get(path).send().await.expect("a response").text().await.expect("a body");
        let (_, asked) = path.split_once("retryMs=").unwrap_or_default();
        let expected = if asked.is_empty() { String::new() } else { format!("retry: {asked}\n\n") };
        assert!(text.starts_with(&expected), "{text}");
        assert_eq!(text.contains("retry:"), !asked.is_empty(), "{text}");
    }
}

#[tokio::test]
async fn silence_is_filled_with_heartbeats() {
    let server = Server::start().await;
    let mut stream = server.stream("/orders/stream?everyMs=60000&heartbeatMs=10").await;
    assert_eq!(stream.next().await.expect("an event").id, "1");
    for _ in 0..3 {
        let heartbeat = stream.next().await.expect("a heartbeat");
        let expected = Received { event_type: "heartbeat".into(), data: "1".into(), id: "1".into() };
        assert_eq!(heartbeat, expected, "no id of its own");
    }
}

#[tokio::test]
async fn an_order_goes_its_way_and_ends() {
    let server = Server::start().await;
    let response = server.get("/orders/stream?everyMs=10&orderId=7").send().await.expect("a response");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let events = Reader::new(response).rest().await;
    let ids: Vec<_> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    let mut statuses = Vec::new();
    for event in &events {
        let orders::Event::OrderUpdate(update) = event.decoded();
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
        let mut stream = server.stream(path).await;
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
        ("/heart-rate?retryMs=600001", "retryMs is 600001: send 0 to 600000 milliseconds"),
        ("/heart-rate?heartbeatMs=9", "heartbeatMs is 9: send 10 to 600000 milliseconds"),
        ("/logs?lastEventId=x", "the last event ID is \"x\": send a whole number"),
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
        let mut stream = server.stream(path).await;
        stream.next().await.expect("an event");
        streams.push(stream);
    }
    server.open_streams(3).await;
    let stats = server.json("/stats").await;
    assert_eq!(stats["routes"], serde_json::json!({ "/heart-rate": 2, "/orders/stream": 1 }));
    streams.pop();
    server.open_streams(2).await;
    drop(streams);
    server.open_streams(0).await;
}

#[tokio::test]
async fn the_controls_are_found_at_a_second_port() {
    assert_eq!(Server::start().await.json("/demo.json").await["controlPort"], serde_json::Value::Null);
    let controls = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = controls.local_addr().expect("an address").port();
    let server = Server::start_with(|options| options.controls = Some(controls)).await;
    assert_eq!(server.json("/demo.json").await["controlPort"], port);
    let mut stream = server.stream("/heart-rate?line=a").await;
    stream.next().await.expect("an event");
    let cut = server.client.post(format!("http://127.0.0.1:{port}/lines/a/cut"));
    assert_eq!(server.answer(cut).await.0, 204, "the same lines");
    while stream.try_next().await.is_ok() {}
    server.stop().await;
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
    let server = Server::start_with(|options| {
        options.mounts = ["/=src", "/tests=tests"].map(|mount| mount.parse().expect("a mount")).into();
    })
    .await;
    let get = async |path: &str| {
        let response = server.get(path).send().await.expect("a response");
        (response.status().as_u16(), response.text().await.expect("a body"))
    };
    assert_eq!(get("/healthz").await, (200, "ok".to_owned()));
    assert_eq!(get("/timestamp.rs").await, (200, include_str!("../src/timestamp.rs").to_owned()));
    assert_eq!(get("/tests/streams.rs").await, (200, include_str!("streams.rs").to_owned()));
    assert_eq!(get("/nowhere.rs").await.0, 404);
    assert_eq!(get("/tests/../../Cargo.toml").await.0, 404);
}
