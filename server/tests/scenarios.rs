//! Scripts are played as they are written, and reported as they were played.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

mod common;
use common::{PATIENCE, Reader, Server};

#[tokio::test]
async fn every_step_writes_its_bytes() {
    let server = Server::start().await;
    let scenario = server
        .scenario(json!({ "attempts": [{ "steps": [
            { "send": "data: é\n\n" },
            { "send": { "base64": "/wA=" } },
            { "waitMs": 20 },
            { "send": { "repeat": "ab", "times": 3 } },
            { "send": { "join": ["\n", { "repeat": { "base64": "/w==" }, "times": 2 }] } },
            { "events": { "to": 2, "type": "tick", "retry": 7 } },
            { "send": ":end\n" },
            { "events": { "to": 3 } },
        ] }] }))
        .await;
    let start = Instant::now();
    let response = server.get(&scenario).send().await.expect("a response");
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = response.bytes().await.expect("a clean end");
    assert!(start.elapsed() >= Duration::from_millis(20));
    let mut expected = "data: é\n\n".as_bytes().to_vec();
    expected.extend(b"\xff\0ababab\n\xff\xff");
    expected.extend(b"event: tick\ndata: {\"n\":1,\"pad\":\"\"}\nid: 1\nretry: 7\n\n");
    expected.extend(b"event: tick\ndata: {\"n\":2,\"pad\":\"\"}\nid: 2\n\n");
    expected.extend(b":end\ndata: {\"n\":3,\"pad\":\"\"}\nid: 3\n\n");
    assert_eq!(body, expected);
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 1).await;
    assert_eq!(attempts[0]["over"], true);
    assert_eq!(attempts[0]["clientLeft"], false);
    assert_eq!(attempts[0]["sentEvents"], 3);
}

#[tokio::test]
async fn the_head_of_a_response_is_the_scripts() {
    let server = Server::start().await;
    let headers =
        json!({ "content-type": "text/html", "Retry-After": "1", "x-name": "é", "cache-control": null });
    let scenario = server
        .scenario(json!({ "attempts": [
            { "status": 503, "headers": headers, "steps": [{ "send": "busy" }] },
            { "status": 307, "headers": { "location": "/healthz", "content-type": null } },
            { "status": 204 },
        ] }))
        .await;
    let busy = server.get(&scenario).send().await.expect("a response");
    assert_eq!(busy.status(), 503);
    assert_eq!(busy.headers()["content-type"], "text/html");
    assert_eq!(busy.headers()["retry-after"], "1");
    assert_eq!(busy.headers()["x-name"].as_bytes(), "é".as_bytes());
    assert!(!busy.headers().contains_key("cache-control"));
    assert_eq!(busy.text().await.expect("a body"), "busy");
    let redirected = server.get(&scenario).send().await.expect("a response");
    assert_eq!(redirected.url().path(), "/healthz");
    assert_eq!(server.get(&scenario).send().await.expect("a response").status(), 204);
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 3).await;
    assert!(attempts.iter().all(|attempt| attempt["over"] == true && attempt["clientLeft"] == false));
}

#[tokio::test]
async fn each_send_is_flushed() {
    let server = Server::start().await;
    let steps = json!([{ "send": "data: a" }, { "send": "\n\n" }]);
    let scenario = server.scenario(json!({ "attempts": [{ "steps": steps, "end": "hold" }] })).await;
    let mut response = server.get(&scenario).send().await.expect("a response");
    let mut read = Vec::new();
    while read != b"data: a\n\n" {
        let chunk = timeout(PATIENCE, response.chunk()).await.expect("no buffering").expect("no error");
        read.extend(chunk.expect("a held stream"));
    }
    drop(response);
    let attempts = server.attempts(&scenario, |attempts| attempts[0]["over"] == true).await;
    assert_eq!(attempts[0]["clientLeft"], true);
    server.open_streams(0).await;
}

#[tokio::test]
async fn a_step_waits_for_its_release() {
    let server = Server::start().await;
    let steps = json!([{ "send": "a" }, "waitForRelease", { "send": "b" }, "waitForRelease"]);
    let scenario = server.scenario(json!({ "attempts": [{ "steps": steps, "end": "abort" }] })).await;
    let release = format!("{scenario}/release");
    let release = async || server.post(&release).send().await.expect("a response").status();
    let mut response = server.get(&scenario).send().await.expect("a response");
    assert_eq!(response.chunk().await.expect("no error").expect("a chunk"), "a");
    let silent = timeout(Duration::from_millis(50), response.chunk()).await;
    assert!(silent.is_err(), "nobody has released it");
    assert_eq!(release().await, 204);
    assert_eq!(response.chunk().await.expect("no error").expect("a chunk"), "b");
    assert_eq!(release().await, 204);
    response.chunk().await.expect_err("a broken connection");

    // A release may come before the step that it ends.
    let early = server.scenario(json!({ "attempts": [{ "steps": ["waitForRelease"] }] })).await;
    server.post(&format!("{early}/release")).send().await.expect("a response");
    assert_eq!(server.get(&early).send().await.expect("a response").text().await.expect("an end"), "");
}

#[tokio::test]
async fn an_abort_is_an_error_and_no_end() {
    let server = Server::start().await;
    let scenario = server
        .scenario(json!({ "attempts": [
            { "steps": [{ "send": "data: a\n\n" }], "end": "abort" },
            { "end": "abort" },
        ] }))
        .await;
    for sent in ["data: a\n\n", ""] {
        let mut response = server.get(&scenario).send().await.expect("a response");
        assert_eq!(response.status(), 200);
        let mut read = Vec::new();
        loop {
            match timeout(PATIENCE, response.chunk()).await.expect("no hanging") {
                Ok(Some(chunk)) => read.extend(chunk),
                Ok(None) => panic!("a clean end"),
                Err(_) => break,
            }
        }
        assert_eq!(read, sent.as_bytes());
    }
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 2).await;
    assert!(attempts.iter().all(|attempt| attempt["over"] == true && attempt["clientLeft"] == false));
}

#[tokio::test]
async fn silence_lasts_until_the_client_leaves() {
    let server = Server::start().await;
    let scenario = server.scenario(json!({ "attempts": [{ "respond": false }] })).await;
    let mut connection =
        TcpStream::connect(server.address.trim_start_matches("http://")).await.expect("a connection");
    let request = format!("GET {scenario} HTTP/1.1\r\nHost: a\r\n\r\n");
    connection.write_all(request.as_bytes()).await.expect("a sent request");
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 1).await;
    assert_eq!(attempts[0]["over"], false);
    let mut byte = [0];
    let read = timeout(Duration::from_millis(50), connection.read(&mut byte)).await;
    assert!(read.is_err(), "no byte, and no end: {read:?}");
    drop(connection);
    let attempts = server.attempts(&scenario, |attempts| attempts[0]["over"] == true).await;
    assert_eq!(attempts[0]["clientLeft"], true);
}

#[tokio::test]
async fn the_report_tells_who_came_and_how() {
    let server = Server::start().await;
    let scenario = server
        .scenario(json!({ "attempts": [{}, { "steps": [{ "send": "b" }] }], "afterwards": "repeat-last" }))
        .await;
    let requests = [
        server.get(&format!("{scenario}?lastEventId=q%C3%A9&a=1+2")),
        server
            .post(&scenario)
            .header("Last-Event-ID", "é✓".as_bytes())
            .header("X-Twice", "1")
            .header("X-Twice", "2")
            .body("question"),
        server.get(&scenario).header("Last-Event-ID", &b"\xff"[..]),
    ];
    let mut bodies = Vec::new();
    for request in requests {
        bodies.push(request.send().await.expect("a response").text().await.expect("a body"));
    }
    assert_eq!(bodies, ["", "b", "b"]);
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 3).await;
    let [first, second, third] = &attempts[..] else { panic!("three attempts") };
    assert_eq!(first["method"], "GET");
    assert_eq!(first["query"], json!({ "lastEventId": "qé", "a": "1 2" }));
    assert_eq!(first["lastEventId"], Value::Null);
    assert_eq!(second["method"], "POST");
    assert_eq!(second["query"], json!({}));
    assert_eq!(second["lastEventId"], "é✓");
    assert_eq!(second["headers"]["last-event-id"], "é✓");
    assert_eq!(second["headers"]["x-twice"], "1, 2");
    assert_eq!(second["body"], "question");
    assert_eq!(third["lastEventId"], "\u{fffd}");
    assert!(first["atMs"].as_u64() <= third["atMs"].as_u64() && third["atMs"].is_u64());
}

#[tokio::test]
async fn what_is_recorded_has_four_mebibytes() {
    let server = Server::start().await;
    let script = json!({ "attempts": [{ "steps": [{ "send": "a" }] }], "afterwards": "repeat-last" });
    // Each comes to a mebibyte and a little: with their names and values the fourth is too much.
    let requests: [fn(reqwest::RequestBuilder, String) -> reqwest::RequestBuilder; 2] = [
        |request, text| request.body(text),
        // What is no UTF-8 is recorded at three times its length.
        |request, text| request.body(vec![0xff; text.len() / 3 + 1]),
    ];
    for request in requests {
        let scenario = server.scenario(script.clone()).await;
        let mut statuses = Vec::new();
        for _ in 0..5 {
            let request = request(server.post(&scenario), "x".repeat(1 << 20));
            statuses.push(request.send().await.expect("a response").status().as_u16());
        }
        assert_eq!(statuses, [200, 200, 200, 204, 204]);
        assert_eq!(server.attempts(&scenario, |_| true).await.len(), 3);
        assert_eq!(server.get(&scenario).send().await.expect("a response").status(), 200, "a small one fits");
    }
    let scenario = server.scenario(script).await;
    let text = "x".repeat(30_000);
    let mut recorded = 0;
    while server
        .get(&format!("{scenario}?a={text}"))
        .header("b", &text)
        .send()
        .await
        .expect("a response")
        .status()
        == 200
    {
        recorded += 1;
        assert!(recorded < 100, "queries and headers count");
    }
    assert_eq!(recorded, (4 << 20) / 60_100);
}

#[tokio::test]
async fn used_up_attempts_are_answered_with_no_content() {
    let server = Server::start().await;
    for script in [json!({}), json!({ "attempts": [], "afterwards": "repeat-last" })] {
        let scenario = server.scenario(script).await;
        assert_eq!(server.get(&scenario).send().await.expect("a response").status(), 204);
        let attempts = server.attempts(&scenario, |attempts| attempts.len() == 1).await;
        assert_eq!(attempts[0]["over"], true);
    }
}

#[tokio::test]
async fn generated_events_resume_without_loss_or_double() {
    let server = Server::start().await;
    let events = json!({ "to": 100, "atMost": 37, "type": "tick", "seed": 7, "bytes": 40, "perWrite": 5 });
    let attempt = json!({ "steps": [{ "events": events }] });
    let script = json!({ "attempts": [attempt], "afterwards": "repeat-last", "lastEventIdParam": "since" });
    let scenario = server.scenario(script).await;

    let whole = json!({ "attempts": [{ "steps": [{ "events": { "to": 100, "type": "tick", "seed": 7, "bytes": 40 } }] }] });
    let whole = server.scenario(whole).await;
    let expected = Reader::new(server.get(&whole).send().await.expect("a response")).rest().await;
    assert_eq!(expected.len(), 100);
    assert!(expected.iter().all(|event| event.event_type == "tick" && event.data.len() == 40));

    let mut received = Vec::new();
    let mut counts = Vec::new();
    let requests: [fn(&Server, &str, &str) -> reqwest::RequestBuilder; 4] = [
        |server, scenario, _| server.get(scenario),
        |server, scenario, id| server.get(scenario).header("Last-Event-ID", id),
        |server, scenario, id| server.get(&format!("{scenario}?since={id}&lastEventId=1")),
        |server, scenario, id| server.get(&format!("{scenario}?since=2")).header("Last-Event-ID", id),
    ];
    for request in requests {
        let last = received.last().map_or(String::new(), |event: &common::Received| event.id.clone());
        let events =
            Reader::new(request(&server, &scenario, &last).send().await.expect("a response")).rest().await;
        counts.push(events.len());
        received.extend(events);
    }
    assert_eq!(counts, [37, 37, 26, 0]);
    assert_eq!(received, expected);
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 4).await;
    let sent: Vec<_> = attempts.iter().map(|attempt| attempt["sentEvents"].as_u64()).collect();
    assert_eq!(sent, [Some(37), Some(37), Some(26), Some(0)]);
}

#[tokio::test]
async fn a_stream_is_cut_in_the_middle_of_an_event_and_resumed() {
    let server = Server::start().await;
    let part = |to: u64, bytes: usize, end: &str| {
        let events =
            json!({ "to": to, "type": "tick", "lineEnd": "crlf", "partBytes": bytes, "perWrite": 9 });
        json!({ "steps": [{ "events": events }], "end": end })
    };
    // In a field's name, between CR and LF, twice; and nowhere.
    let attempts = [part(3, 2, "close"), part(8, 12, "close"), part(9, 47, "close"), part(20, 0, "close")];
    let scenario = server.scenario(json!({ "attempts": attempts })).await;
    let mut last = String::new();
    let mut ends = Vec::new();
    let mut received = Vec::new();
    for _ in attempts {
        let response = server.get(&scenario).header("Last-Event-ID", &last).send().await;
        let body = response.expect("a response").text().await.expect("a clean end");
        let (whole, part) = body.rsplit_once("\r\n\r\n").expect("whole events");
        ends.push(part.to_owned());
        received.extend(whole.split("\r\n\r\n").map(str::to_owned));
        last = received.len().to_string();
    }
    let part = "event: tick\r\ndata: {\"n\":10,\"pad\":\"\"}\r\nid: 10\r\n\r";
    assert_eq!(ends, ["ev", "event: tick\r", part, ""]);
    let expected = (1..=20).map(|n| format!("event: tick\r\ndata: {{\"n\":{n},\"pad\":\"\"}}\r\nid: {n}"));
    assert_eq!(received, expected.collect::<Vec<_>>());
    let attempts = server.attempts(&scenario, |attempts| attempts.len() == 4).await;
    let sent: Vec<_> = attempts.iter().map(|attempt| attempt["sentEvents"].as_u64()).collect();
    assert_eq!(sent, [Some(3), Some(5), Some(1), Some(11)], "a part does not count");
}

#[tokio::test]
async fn a_removed_scenario_is_unknown() {
    let server = Server::start().await;
    let scenario = server.scenario(json!({})).await;
    let url = format!("{}{scenario}", server.address);
    let deleted = server.client.delete(&url).send().await.expect("a response");
    assert_eq!(deleted.status(), 204);
    for path in [scenario.as_str(), &format!("{scenario}/report"), "/scenarios/x"] {
        let response = server.get(path).send().await.expect("a response");
        assert_eq!(response.status(), 404);
        let sentence = response.text().await.expect("a sentence");
        assert!(sentence.starts_with("there is no scenario \""), "{sentence}");
    }
    assert_eq!(server.client.delete(&url).send().await.expect("a response").status(), 404);
}

#[tokio::test]
async fn the_oldest_scenario_makes_room() {
    let server = Server::start().await;
    let first = server.scenario(json!({})).await;
    let second = server.scenario(json!({})).await;
    for _ in 0..255 {
        server.scenario(json!({})).await;
    }
    assert_eq!(server.get(&first).send().await.expect("a response").status(), 404);
    assert_eq!(server.get(&second).send().await.expect("a response").status(), 204);
}

#[tokio::test]
async fn a_wrong_script_is_refused_with_a_sentence() {
    let server = Server::start().await;
    let attempt = |attempt: Value| json!({ "attempts": [attempt] }).to_string();
    let step = |step: Value| attempt(json!({ "steps": [step] }));
    let table = [
        ("{".to_owned(), "EOF while parsing"),
        (json!({ "attempt": [] }).to_string(), "unknown field `attempt`"),
        (json!({ "afterwards": "again" }).to_string(), "unknown variant `again`"),
        (attempt(json!({ "status": 100 })), "100 is not the status of a response"),
        (attempt(json!({ "headers": { "a b": "c" } })), "the header name \"a b\" is refused"),
        (attempt(json!({ "headers": { "a": "b\n" } })), "the value of the header \"a\" is refused"),
        (attempt(json!({ "end": "never" })), "unknown variant `never`"),
        (step(json!({ "send": 1 })), "bytes are a string, {base64}"),
        (step(json!({ "sleep": 1 })), "unknown variant `sleep`"),
        (step(json!({ "events": {} })), "missing field `to`"),
        (step(json!({ "events": { "to": 1, "type": "a\nb" } })), "the type of events contains CR or LF"),
        (step(json!({ "events": { "to": 1, "lineEnd": "lfcr" } })), "unknown variant `lfcr`"),
        (step(json!({ "events": { "to": 1, "bytes": 100_000_000 } })), "is too large"),
        (
            step(json!({ "send": { "repeat": "x", "times": 100_000_000 } })),
            "the send steps come to 100000000 bytes",
        ),
    ];
    for (script, expected) in table {
        let response = server.post("/scenarios").body(script.clone()).send().await.expect("a response");
        assert_eq!(response.status(), 400, "{script}");
        assert_eq!(response.headers()["content-type"], "text/plain; charset=utf-8");
        let sentence = response.text().await.expect("a sentence");
        assert!(sentence.contains(expected), "{script}: {sentence}");
    }
}

#[tokio::test]
async fn a_script_has_one_mebibyte() {
    let server = Server::start().await;
    let script = |bytes: usize| format!("{{}}{}", " ".repeat(bytes - 2));
    let largest = server.post("/scenarios").body(script(1 << 20)).send().await.expect("a response");
    assert_eq!(largest.status(), 201);
    for bytes in [(1 << 20) + 1, 10 << 20] {
        let response = server.post("/scenarios").body(script(bytes)).send().await.expect("a response");
        assert_eq!(response.status(), 413);
        let sentence = response.text().await.expect("a sentence");
        assert_eq!(sentence, "the body is larger than 1 MiB: use repeat or events for what is long");
    }
}

#[tokio::test]
async fn the_vectors_of_the_standard_are_steps() {
    let vectors: Value =
        serde_json::from_str(include_str!("../../tests/vectors-standard.json")).expect("JSON");
    let server = Server::start().await;
    for vector in vectors.as_array().expect("vectors") {
        let steps: Vec<_> = vector["chunks"]
            .as_array()
            .expect("chunks")
            .iter()
            .map(|chunk| json!({ "send": chunk }))
            .collect();
        let scenario = server.scenario(json!({ "attempts": [{ "steps": steps }] })).await;
        let events = Reader::new(server.get(&scenario).send().await.expect("a response")).rest().await;
        let expected = vector["expect"]["events"].as_array().expect("events");
        // What the later connections of a vector bring comes after this.
        for (event, expected) in events.iter().zip(expected) {
            match expected["data"].as_str() {
                Some(data) => assert_eq!(event.data, data, "{}", vector["name"]),
                // Long data is given as `repeat: [text, times, cut off the end]`.
                None => {
                    let text = expected["repeat"][0].as_str().expect("a text");
                    let times = expected["repeat"][1].as_u64().expect("a count") as usize;
                    let cut = expected["repeat"][2].as_i64().map_or(0, i64::unsigned_abs) as usize;
                    assert_eq!(event.data.len(), text.len() * times - cut, "{}", vector["name"]);
                }
            }
        }
        let last = vector["then"].is_null();
        assert!(
            if last { events.len() == expected.len() } else { events.len() <= expected.len() },
            "{vector}"
        );
    }
}
