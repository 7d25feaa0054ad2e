//! Scripts that mean harm: what the server reads, writes and reports has a bound, and it answers others meanwhile.

#![cfg(unix)]

use serde_json::{Value, json};
use tokio::time::timeout;

mod common;
use common::target::{Target, head, request};
use common::{PATIENCE, eventually};

#[tokio::test]
async fn scripts_that_grow_when_read() {
    let target = Target::start().await;
    let attempts = format!(r#"{{"attempts":[{}{{}}]}}"#, "{},".repeat(340_000));
    let answer = target.post("/scenarios", attempts).send().await.expect("a response");
    assert_eq!(answer.status(), 400);
    assert_eq!(answer.text().await.expect("a body"), "there are 340001 attempts: 10000 are the limit");
    let steps =
        format!(r#"{{"attempts":[{{"steps":[{}{{"waitMs":1}}]}}]}}"#, r#"{"send":""},"#.repeat(85_000));
    for _ in 0..12 {
        let answer = target.post("/scenarios", steps.clone()).send().await.expect("a response");
        assert_eq!(answer.status(), 201);
        target.answers_others().await;
    }
    let last = target.get("/scenarios/12/report").send().await.expect("a response");
    assert_eq!(last.status(), 200);
    let first = target.get("/scenarios/1/report").send().await.expect("a response");
    assert_eq!(first.status(), 404, "it made room");
    target.recovers("scripts").await;
}

#[tokio::test]
async fn attempts_are_counted_while_they_are_read() {
    let target = Target::start().await;
    let attempts = format!(r#"{{"attempts":[{}{{}}]}}"#, "{},".repeat(340_000));
    target.refuses("attempts", attempts, "there are 340001 attempts: 10000 are the limit").await;
    let broken = format!(r#"{{"attempts":[{}]}}"#, "{},".repeat(340_000));
    target.refuses("broken attempts", broken, "the script cannot be read: trailing comma").await;
}

#[tokio::test]
async fn a_notation_is_read_once_however_deep_it_is() {
    let target = Target::start().await;
    let send = |chunk: &str| format!(r#"{{"attempts":[{{"steps":[{{"send":{chunk}}}]}}]}}"#);
    let many = format!("{}1", r#""","#.repeat(250_000));
    let deep = format!("{}{many}{}", r#"{"join":["#.repeat(55), "]}".repeat(55));
    target.refuses("joins in joins", send(&deep), "bytes are a string").await;
    let deep = format!("{}{many}{}", r#"{"times":1,"repeat":{"join":["#.repeat(35), "]}}".repeat(35));
    target.refuses("joins in repeats", send(&deep), "bytes are a string").await;
    // Read as every notation that it might be, this would take years.
    let lists = format!("{}{}", "[".repeat(110), "]".repeat(110));
    target.refuses("lists in lists", send(&lists), "bytes are a string").await;
    target.answers_others().await;
}

#[tokio::test]
async fn headers_are_counted_too() {
    let target = Target::start().await;
    let headers: Vec<_> = (0..60_000).map(|number| format!(r#""x{number}":"""#)).collect();
    let script = format!(r#"{{"attempts":[{{"headers":{{{}}}}}]}}"#, headers.join(","));
    target.refuses("headers", script, "there are too many headers").await;
    target.answers_others().await;
}

#[tokio::test]
async fn a_write_is_bounded_by_all_that_is_written() {
    const LARGE: usize = 60 << 20;
    let target = Target::start().await;
    let events = |events: Value| json!({ "attempts": [{ "steps": [{ "events": events }], "end": "hold" }] });
    let name = "t".repeat(1_000_000);
    let refused = [
        ("types", json!({ "to": 480, "type": name, "perWrite": 480 })),
        ("line ends", json!({ "to": 900_000, "type": "t", "lineEnd": "crlf", "perWrite": 900_000 })),
        ("data", json!({ "to": 1, "bytes": 70_000_000 })),
    ];
    for (what, script) in refused {
        target
            .refuses(what, events(script).to_string(), "is too large: make type, bytes or perWrite smaller")
            .await;
    }
    let allowed = [
        events(json!({ "to": 60, "type": name, "perWrite": 60, "lineEnd": "crlf" })),
        events(json!({ "to": 1, "bytes": LARGE, "lineEnd": "crlf" })),
        events(json!({ "to": 1_000_000, "perWrite": 500_000, "lineEnd": "cr" })),
        json!({ "attempts": [{ "steps": [{ "send": {
            "join": [{ "times": 1, "repeat": { "join": [{ "repeat": "x", "times": LARGE }] } }],
        } }], "end": "hold" }] }),
    ];
    let mut deaf = Vec::new();
    for mut script in allowed {
        script["afterwards"] = "repeat-last".into();
        let scenario = target.scenario(&script).await;
        // Two of them fill the room there is for large writes; none reads, so the next ones wait for these to leave.
        for _ in 0..3 {
            deaf.push(target.send(request(&scenario).as_bytes()).await);
        }
        eventually(async || {
            let report = target.json(&format!("{scenario}/report")).await;
            (report["attempts"].as_array().expect("attempts").len() == 3).then_some(())
        })
        .await;
        target.answers_others().await;
        head(&mut deaf[0]).await;
        deaf.clear();
    }
    target.recovers("large writes").await;
}

#[tokio::test]
async fn ids_at_the_top_are_ids() {
    let target = Target::start().await;
    let steps = json!([
        { "events": { "to": u64::MAX, "partBytes": 9, "retry": u64::MAX } },
        { "events": { "to": u64::MAX } },
        { "waitMs": 0 },
    ]);
    let scenario = json!({ "attempts": [{ "steps": steps }], "afterwards": "repeat-last" });
    let scenario = target.scenario(&scenario).await;
    let job = target.post("/jobs", r#"{"seconds":0.1}"#).send().await.expect("a response");
    let job: Value = job.json().await.expect("JSON");
    let job = job["stream"].as_str().expect("a path");
    for id in [u64::MAX - 1, u64::MAX] {
        let response = target.get(&scenario).header("last-event-id", id).send().await.expect("a response");
        let text = response.text().await.expect("a clean end");
        let n = u64::MAX;
        let event = format!("data: {{\"n\":{n},\"pad\":\"\"}}\nid: {n}\nretry: {n}\n\n");
        assert_eq!(text, if id == n { "" } else { &event });
        for path in ["/orders/stream", "/tokens", job] {
            let response = target.get(path).header("last-event-id", id).send().await.expect("a response");
            assert_eq!(response.status(), 204, "{path} has ended before {id}");
        }
        let name = format!("/orders/stream?orderId={id}&everyMs=10");
        let response = target.get(&name).send().await.expect("a response");
        assert!(response.text().await.expect("a clean end").contains(&format!("\"orderId\":{id},")));
        for path in ["/heart-rate", "/readings", "/logs", "/notifications"] {
            let stream = target.get(path).header("last-event-id", id).send().await;
            let mut stream = stream.expect("a response");
            assert_eq!(stream.status(), 200, "{path}");
            let mut text = String::new();
            // A stream begins with a comment.
            while !text.trim_start_matches(": \n\n").contains("\n\n") {
                let chunk = timeout(PATIENCE, stream.chunk()).await.expect("no hanging").expect("no error");
                text += &String::from_utf8_lossy(&chunk.expect("an open stream"));
            }
            let gap = format!("event: gap\ndata: {{\"asked\":\"{id}\",");
            assert!(text.trim_start_matches(": \n\n").starts_with(&gap), "{path}: {text}");
        }
        for path in [format!("/scenarios/{id}"), format!("/jobs/{id}")] {
            assert_eq!(target.get(&path).send().await.expect("a response").status(), 404, "{path}");
        }
    }
    target.recovers("ids").await;
}

#[tokio::test]
async fn reports_that_nobody_takes() {
    let target = Target::start().await;
    let scenario = target.scenario(&json!({ "afterwards": "no-content" })).await;
    // Each byte of these bodies is six of the report.
    for _ in 0..3 {
        let response = target.post(&scenario, vec![1; 1 << 20]).send().await.expect("a response");
        assert_eq!(response.status(), 204);
    }
    let path = format!("{scenario}/report");
    let mut deaf = Vec::new();
    for _ in 0..20 {
        deaf.push(target.send(request(&path).as_bytes()).await);
    }
    target.answers_others().await;
    head(&mut deaf[0]).await;
    drop(deaf);
    let attempts = target.json(&path).await;
    assert_eq!(attempts["attempts"].as_array().expect("attempts").len(), 3);
    target.recovers("reports").await;
}
