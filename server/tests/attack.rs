//! Clients that mean harm: the server answers others meanwhile, and what it holds has a bound.

#![cfg(unix)]

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

mod common;
use common::target::{Target, head, request, status};
use common::{PATIENCE, eventually};

/// How many connections this process may open, of those that a test wants.
async fn connections(wanted: usize) -> usize {
    let pid = std::process::id().to_string();
    let files = format!("--nofile={}:", 2 * wanted);
    // Where this is not there, or not allowed, the attack is a smaller one.
    let _ = Command::new("prlimit").args(["--pid", &pid, &files]).output().await;
    let output = Command::new("sh").args(["-c", "ulimit -Sn"]).output().await.expect("a shell");
    let allowed = String::from_utf8_lossy(&output.stdout).trim().parse().unwrap_or(usize::MAX);
    let connections = wanted.min(allowed - 150);
    if connections < wanted {
        println!("{connections} connections in place of {wanted}: the system allows {allowed} files");
    }
    connections
}

#[tokio::test]
async fn two_thousand_connections() {
    let attackers = connections(2000).await;
    let target = Target::start().await;
    let half = format!("GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: {}", "x".repeat(60_000));
    let mut silent = Vec::new();
    for number in 0..attackers * 2 / 3 {
        silent.push(if number % 2 == 0 {
            target.connect().await
        } else {
            target.send(half.as_bytes()).await
        });
    }
    target.answers_others().await;
    if silent.len() > 1000 {
        assert_eq!(head(&mut silent[0]).await, "", "the one that was silent longest made room");
    }
    let mut streams = Vec::new();
    let mut statuses = [0; 2];
    for _ in silent.len()..attackers {
        let mut stream = target.send(request("/heart-rate").as_bytes()).await;
        let head = head(&mut stream).await;
        match status(&head) {
            200 => statuses[0] += 1,
            429 => statuses[1] += 1,
            _ => panic!("{head}"),
        }
        assert_eq!(status(&head) == 429, head.contains("\r\nretry-after: 1\r\n"), "{head}");
        streams.push(stream);
    }
    assert_eq!(statuses[0], streams.len().min(512), "so many streams has a client");
    target.answers_others().await;
    drop((silent, streams));
    target.recovers("connections").await;
}

#[tokio::test]
async fn more_connections_than_files() {
    let target = Target::start_with_files(100).await;
    let mut silent = Vec::new();
    for _ in 0..300 {
        silent.push(target.connect().await);
    }
    target.answers_others().await;
    drop(silent);
    target.recovers("files").await;
}

#[tokio::test]
async fn a_head_without_end() {
    let target = Target::start().await;
    let endless = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}", "x".repeat(1 << 20));
    let mut connection = target.send(endless.as_bytes()).await;
    // What was sent after the answer may have taken it away.
    let head = head(&mut connection).await;
    assert!([0, 431].contains(&status(&head)), "{head}");
    drop(connection);
    target.recovers("head").await;
}

#[tokio::test]
async fn slow_readers() {
    const FAST: usize = 64;
    const LARGE: usize = 40;
    let target = Target::start().await;
    let events = json!({ "to": 1_000_000_000, "bytes": 4000, "perWrite": 5 });
    let fast = json!({ "attempts": [{ "steps": [{ "events": events }] }], "afterwards": "repeat-last" });
    let fast = target.scenario(&fast).await;
    let large =
        json!({ "send": { "repeat": "data: 0123456789abcdef0123456789abcdef\n\n", "times": 1_600_000 } });
    let large = json!({ "attempts": [{ "steps": [large] }], "afterwards": "repeat-last" });
    let large = target.scenario(&large).await;
    let mut deaf = Vec::new();
    for number in 0..FAST + LARGE {
        let path = if number < FAST { &fast } else { &large };
        deaf.push(target.send(request(path).as_bytes()).await);
    }
    // What follows is asked with all of them in the middle of it.
    eventually(async || {
        let reports =
            [target.json(&format!("{fast}/report")).await, target.json(&format!("{large}/report")).await];
        let [fast, large] = reports.map(|report| report["attempts"].as_array().expect("attempts").clone());
        let sent: Vec<_> =
            fast.iter().map(|attempt| attempt["sentEvents"].as_u64().expect("a number")).collect();
        (fast.len() == FAST && large.len() == LARGE && sent.iter().all(|sent| *sent > 20)).then_some(())
    })
    .await;
    for _ in 0..5 {
        target.answers_others().await;
    }
    drop(deaf);
    target.recovers("slow readers").await;
}

/// Sends a body until there is an answer.
async fn flood(target: &Target, path: &str, encoding: &str, piece: Vec<u8>) -> String {
    let request = format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{encoding}\r\n\r\n");
    let (mut reader, mut writer) = target.send(request.as_bytes()).await.into_split();
    let writing = tokio::spawn(async move { while writer.write_all(&piece).await.is_ok() {} });
    let mut answer = vec![0; 1000];
    let count = timeout(PATIENCE, reader.read(&mut answer)).await.expect("no hanging").expect("an answer");
    writing.abort();
    String::from_utf8_lossy(&answer[..count]).into_owned()
}

#[tokio::test]
async fn huge_bodies() {
    let target = std::sync::Arc::new(Target::start().await);
    let mut floods = JoinSet::new();
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 0x10000], b"\r\n".to_vec()].concat();
    for (encoding, piece) in
        [("content-length: 100000000000", vec![b' '; 0x10000]), ("transfer-encoding: chunked", chunk)]
    {
        for path in ["/notifications", "/jobs", "/scenarios"] {
            let (target, piece) = (std::sync::Arc::clone(&target), piece.clone());
            floods.spawn(async move { (path, flood(&target, path, encoding, piece).await) });
        }
    }
    target.answers_others().await;
    while let Some(answer) = floods.join_next().await {
        let (path, answer) = answer.expect("no panic");
        assert_eq!(status(&answer), 413, "{path}: {answer}");
    }
    target.recovers("huge bodies").await;
}

#[tokio::test]
async fn many_bodies_that_stop_coming() {
    const BODIES: usize = 150;
    let target = Target::start().await;
    let head = "POST /scenarios HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n";
    let body = [head.as_bytes(), &[b' '; 512 * 1024]].concat();
    let mut bodies = Vec::new();
    for _ in 0..BODIES {
        bodies.push(target.send(&body).await);
    }
    target.answers_others().await;
    // 32 MiB have room for 64 of them.
    let refused = eventually(async || {
        let answer = target.post("/scenarios", vec![b' '; 1_000_000]).send().await.expect("a response");
        (answer.status() != 400).then_some(answer)
    })
    .await;
    assert_eq!((refused.status().as_u16(), &refused.headers()["retry-after"] == "1"), (503, true));
    let sentence = "the bodies of other requests fill the memory there is for them: try again later";
    assert_eq!(refused.text().await.expect("a body"), sentence);
    drop(bodies);
    eventually(async || {
        let answer = target.post("/scenarios", vec![b' '; 1_000_000]).send().await.expect("a response");
        (answer.status() == 400).then_some(())
    })
    .await;
    target.recovers("bodies").await;
}
