//! Streams are disturbed as the controls say, and only those that they name.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

mod common;
use common::{Reader, Received, Server, eventually};

async fn control(server: &Server, control: &str) {
    let (status, _, sentence) = server.answer(server.post(&format!("/lines/{control}"))).await;
    assert_eq!(status, 204, "{control}: {sentence}");
}

/// Reads to the end, which is none: the connection breaks.
async fn broken_off(mut stream: Reader) {
    for _ in 0..500 {
        match stream.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => panic!("an end instead of an error"),
            Err(_) => return,
        }
    }
    panic!("the stream goes on");
}

#[tokio::test]
async fn a_cut_breaks_the_streams_of_its_line_off() {
    let server = Server::start().await;
    let mut streams = [
        server.stream("/heart-rate?everyMs=10&line=a").await,
        // An event may be far away.
        server.stream("/notifications?line=a").await,
    ];
    let last = streams[0].next().await.expect("an event");
    let mut other = server.stream("/heart-rate?everyMs=10&line=b").await;
    let mut unnamed = server.stream("/heart-rate?everyMs=10").await;
    assert_eq!(server.json("/lines/a").await, json!({ "open": 2, "requests": 2, "refused": 0 }));
    control(&server, "a/cut").await;
    for stream in streams {
        broken_off(stream).await;
    }
    eventually(async || (server.json("/lines/a").await["open"] == 0).then_some(())).await;
    other.take(5).await;
    unnamed.take(5).await;
    let mut resumed = server.resumed("/heart-rate?everyMs=10&line=a", &last.id).await;
    assert_eq!(resumed.next().await.expect("an event").number(), last.number() + 1);
    resumed.take(5).await;
    control(&server, "b/cut").await;
    broken_off(other).await;
    assert_eq!(server.json("/lines/a").await, json!({ "open": 1, "requests": 3, "refused": 0 }));
}

#[tokio::test]
async fn a_line_refuses_for_a_while() {
    let server = Server::start().await;
    let stream = server.stream("/heart-rate?everyMs=10&line=a").await;
    control(&server, "a/refuse?forMs=60000").await;
    broken_off(stream).await;
    for request in [server.get("/orders/stream?line=a"), server.post("/tokens?line=a").body("{}")] {
        let (status, retry_after, sentence) = server.answer(request).await;
        assert_eq!((status, retry_after), (503, Some(1)));
        assert_eq!(sentence, "this line refuses requests for now, as it was told to: try again");
    }
    server.stream("/heart-rate?line=b").await;
    assert_eq!(server.json("/lines/a").await, json!({ "open": 0, "requests": 3, "refused": 2 }));
    // The newest word counts.
    control(&server, "a/refuse?forMs=100").await;
    eventually(async || {
        (server.answer(server.get("/orders/stream?lastEventId=4&line=a")).await.0 == 204).then_some(())
    })
    .await;
    control(&server, "new/refuse?forMs=60000").await;
    assert_eq!(server.answer(server.get("/heart-rate?line=new")).await.0, 503, "nobody was there before");
}

#[tokio::test]
async fn a_line_refuses_so_many_requests_as_it_is_told_to() {
    let server = Server::start().await;
    let stream = server.stream("/heart-rate?everyMs=10&line=a").await;
    control(&server, "a/refuse?times=2").await;
    broken_off(stream).await;
    let ask = || server.get("/orders/stream?lastEventId=4&line=a");
    for expected in [503, 503, 204, 204] {
        assert_eq!(server.answer(ask()).await.0, expected);
    }
    for (query, status, retry_after, sentence) in [
        ("status=401", 401, None, "this line takes no token, as it was told to: log in and try again"),
        (
            "status=429&retryAfter=3",
            429,
            Some(3),
            "this line has had enough, as it was told to: wait, then try again",
        ),
        ("status=500", 500, None, "this line fails with 500, as it was told to: try again"),
        (
            "status=503&retryAfter=0",
            503,
            Some(0),
            "this line refuses requests for now, as it was told to: try again",
        ),
        ("status=410", 410, None, "this line refuses with 410, as it was told to: ask for something else"),
    ] {
        control(&server, &format!("a/refuse?times=1&{query}")).await;
        assert_eq!(server.answer(ask()).await, (status, retry_after, sentence.to_owned()));
        assert_eq!(server.answer(ask()).await.0, 204, "once");
    }
    control(&server, "a/refuse?times=1&status=401").await;
    let response = ask().send().await.expect("a response");
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    // Whichever comes first.
    control(&server, "a/refuse?times=1000&forMs=100").await;
    eventually(async || (server.answer(ask()).await.0 == 204).then_some(())).await;
}

#[tokio::test]
async fn a_stalled_stream_stays_open_and_silent() {
    let server = Server::start().await;
    let path = "/heart-rate?everyMs=10&heartbeatMs=10&line=a";
    let mut stalled = [server.stream(path).await, server.stream(path).await];
    for stream in &mut stalled {
        stream.next().await.expect("an event");
    }
    control(&server, "a/stall").await;
    for stream in &mut stalled {
        // What was under way arrives; then there is nothing for twenty times as long as there used to be.
        let mut arrived = 0;
        while let Ok(event) = timeout(Duration::from_millis(200), stream.try_next()).await {
            assert!(matches!(event, Ok(Some(_))), "it stays open: {event:?}");
            arrived += 1;
            assert!(arrived < 200, "silence");
        }
    }
    let mut fresh = server.stream(path).await;
    fresh.take(5).await;
    assert_eq!(server.json("/lines/a").await["open"], 3);
    let [left, cut] = stalled;
    drop(left);
    eventually(async || (server.json("/lines/a").await["open"] == 2).then_some(())).await;
    control(&server, "a/cut").await;
    broken_off(cut).await;
    broken_off(fresh).await;
}

#[tokio::test]
async fn a_stopping_server_ends_stalled_streams() {
    let server = Server::start().await;
    let mut stream = server.stream("/heart-rate?line=a").await;
    stream.next().await.expect("an event");
    control(&server, "a/stall").await;
    let (ended, ()) = tokio::join!(stream.next(), server.stop());
    assert_eq!(ended, None, "a clean end");
}

/// Reads until ids do not follow each other as they should; gives both.
async fn irregular(stream: &mut Reader) -> (Received, Received) {
    let mut last = stream.next().await.expect("an event");
    for _ in 0..200 {
        let event = stream.next().await.expect("an event");
        if event.number() != last.number() + 1 {
            return (last, event);
        }
        last = event;
    }
    panic!("only events that follow each other");
}

#[tokio::test]
async fn the_next_event_is_kept_back_or_sent_twice() {
    let server = Server::start().await;
    let path = "/logs?everyMs=10&line=a";
    let mut stream = server.stream(path).await;
    control(&server, "a/drop").await;
    let (before, after) = irregular(&mut stream).await;
    assert_eq!(after.number(), before.number() + 2);
    control(&server, "a/double").await;
    let (before, after) = irregular(&mut stream).await;
    assert_eq!(after, before, "the same event once more");
    assert!(regular(&stream.take(20).await), "once each");
    let resumed = server.resumed(path, &before.id).await.take(3).await;
    assert_eq!(resumed[0].number(), before.number() + 1);
}

fn regular(events: &[Received]) -> bool {
    events.windows(2).all(|pair| pair[1].number() == pair[0].number() + 1)
}

#[tokio::test]
async fn what_is_no_line_is_explained() {
    let server = Server::start().await;
    for control in ["cut", "stall", "drop", "double"] {
        assert_eq!(
            server.answer(server.post(&format!("/lines/a/{control}"))).await,
            (404, None, "there is no line \"a\": open a stream with ?line=a first".to_owned())
        );
    }
    assert_eq!(server.answer(server.get("/lines/a")).await.0, 404);
    let sentence = "the name of a line is 1 to 64 letters, digits, - or _: choose such a name";
    for request in [server.get("/heart-rate?line=a+b"), server.post("/lines/a.b/refuse?forMs=100")] {
        assert_eq!(server.answer(request).await, (400, None, sentence.to_owned()));
    }
    for (query, expected) in [
        (
            "",
            "for how long is missing: add ?forMs= with 100 to 60000 milliseconds, or ?times= with 1 to 1000",
        ),
        ("?forMs=99", "forMs is 99: send 100 to 60000 milliseconds"),
        ("?times=0", "times is 0: send 1 to 1000"),
        ("?times=1001", "times is 1001: send 1 to 1000"),
        ("?times=1&status=399", "status is \"399\": send 400 to 599"),
        ("?times=1&status=600", "status is \"600\": send 400 to 599"),
        ("?times=1&status=OK", "status is \"OK\": send 400 to 599"),
        ("?times=1&retryAfter=601", "retryAfter is 601: send 0 to 600 seconds"),
    ] {
        let request = server.post(&format!("/lines/a/refuse{query}"));
        assert_eq!(server.answer(request).await, (400, None, expected.to_owned()));
    }
}
