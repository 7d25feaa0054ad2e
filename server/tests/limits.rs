//! What goes beyond a limit is refused with a way out, and nothing else suffers.

use serde_json::json;

mod common;
use common::{Server, eventually};

#[tokio::test]
async fn a_client_has_so_many_streams() {
    let server =
        Server::start_limited(|limits| limits.streams_per_client = 2.try_into().expect("not zero")).await;
    let scenario = server.scenario(json!({ "attempts": [{ "end": "hold" }, {}] })).await;
    let first = server.stream("/heart-rate").await;
    let second = server.stream(&scenario).await;
    for path in ["/heart-rate", "/notifications", "/tokens", &scenario] {
        let (status, retry_after, sentence) = server.answer(server.get(path)).await;
        assert_eq!((status, retry_after), (429, Some(1)), "{path}");
        let expected = "2 streams are open from your address: close one, or start the server with a larger \
                        --max-streams-per-client";
        assert_eq!(sentence, expected);
    }
    assert_eq!(server.json("/stats").await["openStreams"], 2, "other requests are served");
    drop(first);
    eventually(async || {
        (server.answer(server.get("/orders/stream?lastEventId=4")).await.0 == 204).then_some(())
    })
    .await;
    drop(second);
    server.open_streams(0).await;
}

#[tokio::test]
async fn a_body_has_its_limit() {
    let server = Server::start_limited(|limits| limits.body_bytes = 2048.try_into().expect("not zero")).await;
    let json = |text: usize| format!(r#"{{"title":"a","text":"{}"}}"#, "x".repeat(text - 23));
    assert_eq!(server.answer(server.post("/notifications").body(json(2048))).await.0, 201);
    for path in ["/notifications", "/jobs", "/tokens"] {
        for bytes in [2049, 100_000] {
            let (status, _, sentence) = server.answer(server.post(path).body(json(bytes))).await;
            assert_eq!(status, 413, "{path}");
            let expected = "the body is larger than 2 KiB: send less, or start the server with a larger --max-body-bytes";
            assert_eq!(sentence, expected);
        }
    }
}

#[tokio::test]
async fn the_replay_log_has_bytes() {
    let server =
        Server::start_limited(|limits| limits.replay_bytes = 2000.try_into().expect("not zero")).await;
    let post = |bytes: usize| {
        server.post("/notifications").json(&json!({ "title": "a", "text": "x".repeat(bytes) }))
    };
    let mut made = Vec::new();
    for _ in 0..4 {
        // Beside its text, an event takes 200 bytes.
        let (status, _, body) = server.answer(post(400)).await;
        assert_eq!(status, 201);
        let published: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        made.push(published["id"].as_str().expect("an id").to_owned());
    }
    let (status, _, sentence) = server.answer(post(2000)).await;
    assert_eq!(status, 413);
    assert!(
        sentence.starts_with("the notification is larger than the 2000 bytes that are kept: send less"),
        "{sentence}"
    );
    let events = server.resumed("/notifications", "0").await.take(4).await;
    assert_eq!(events[0].json(), json!({ "asked": "0", "oldest": made[1] }));
    assert_eq!(events[3].id, made[3]);
}

#[tokio::test]
async fn so_many_lines_are_remembered() {
    let server = Server::start_limited(|limits| limits.lines = 1.try_into().expect("not zero")).await;
    let first = server.stream("/heart-rate?line=a").await;
    let (status, retry_after, sentence) = server.answer(server.get("/heart-rate?line=b")).await;
    assert_eq!((status, retry_after), (503, Some(1)));
    assert!(sentence.starts_with("all 1 lines are busy: close a stream"), "{sentence}");
    drop(first);
    eventually(async || {
        (server.answer(server.get("/orders/stream?lastEventId=4&line=b")).await.0 == 204).then_some(())
    })
    .await;
    assert_eq!(server.answer(server.get("/lines/a")).await.0, 404, "it made room");
}
