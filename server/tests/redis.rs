//! Notifications and jobs in Redis: two servers tell the same, and one that ends is not missed. `REDIS_SERVER` is the
//! program of Redis.

#![cfg(unix)]

use std::path::PathBuf;

use serde_json::{Value, json};
use tokio::process::{Child, Command};

mod common;
use common::program::{Running, command, start};
use common::{PATIENCE, Reader, eventually};

/// A Redis of a test's own, in a folder of its own.
struct Redis {
    folder: PathBuf,
    url: String,
    running: Child,
}

impl Redis {
    async fn start() -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let port = free.expect("a port").port();
        let name = format!("typed-eventsource-server-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        let program = std::env::var("REDIS_SERVER").expect("REDIS_SERVER names the program of Redis");
        let running = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &port.to_string(), "--save", ""])
            .current_dir(&folder)
            .stdout(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Redis starts");
        eventually(async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
        Self { folder, url: format!("redis://127.0.0.1:{port}"), running }
    }

    async fn server(&self) -> Running {
        start(command().args(["--port", "0", "--log", &self.url])).await
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.running.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn post(server: &Running, path: &str, body: Value) -> Value {
    let request = reqwest::Client::new().post(format!("{}{path}", server.address)).json(&body);
    request.send().await.expect("a response").json().await.expect("JSON")
}

async fn get(server: &Running, path: &str) -> Value {
    let response = reqwest::get(format!("{}{path}", server.address)).await.expect("a response");
    response.json().await.expect("JSON")
}

async fn stream(server: &Running, path: &str, last: &str) -> Reader {
    let request = reqwest::Client::new().get(format!("{}{path}", server.address));
    Reader::new(request.header("Last-Event-ID", last).send().await.expect("a response"))
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn two_servers_tell_the_same_and_one_that_ends_is_not_missed() {
    let redis = Redis::start().await;
    let (mut one, other) = (redis.server().await, redis.server().await);
    let mut listening = stream(&other, "/notifications", "").await;
    let publish = async |server: &Running, title: &str| {
        post(server, "/notifications", json!({ "title": title, "text": format!("All about {title}") })).await
    };
    let first = publish(&one, "a").await;
    let event = listening.next().await.expect("an event");
    assert_eq!(
        (&event.json()["title"], event.id.as_str()),
        (&json!("a"), first["id"].as_str().expect("an id"))
    );
    let whole = get(&other, &format!("/notifications/{}", event.id)).await;
    assert_eq!(whole["text"], "All about a");

    let job = post(&one, "/jobs", json!({ "name": "Export", "seconds": 0.2 })).await;
    let path = job["stream"].as_str().expect("a path");
    let told = stream(&one, path, "").await.take(3).await;
    assert_eq!(get(&other, job["url"].as_str().expect("a path")).await["name"], "Export");
    one.child.kill().await.expect("it ends");

    // What the first has begun, the other ends.
    let rest = stream(&other, path, &told[2].id).await.rest().await;
    assert_eq!((rest.len(), &rest[0].id[..]), (49, "4"));
    assert_eq!(rest[48].event_type, "done");
    let second = publish(&other, "b").await;
    let third = redis.server().await;
    let mut resumed = stream(&third, "/notifications", &event.id).await;
    let event = resumed.next().await.expect("an event");
    assert_eq!(event.id, second["id"].as_str().expect("an id"));
    assert_eq!(listening.next().await.expect("an event"), event);
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_is_away_is_told_with_a_way_out() {
    let mut redis = Redis::start().await;
    let server = redis.server().await;
    redis.running.kill().await.expect("it ends");
    let request = reqwest::Client::new().post(format!("{}/notifications", server.address));
    let sent = request.body(r#"{"title": "a"}"#).send();
    let response = tokio::time::timeout(PATIENCE, sent).await.expect("no hanging").expect("a response");
    assert_eq!((response.status().as_u16(), &response.headers()["retry-after"] == "1"), (503, true));
    let sentence = response.text().await.expect("a sentence");
    assert!(sentence.starts_with("the log cannot be reached: "), "{sentence}");

    let output = command().args(["--port", "0", "--log", &redis.url]).output().await.expect("output");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains(&format!("start Redis at {}, or leave --log out", redis.url)), "{message}");
}
