//! Logs in Redis: what they keep when a process, or Redis itself, ends. `REDIS_SERVER` is the program of Redis.

#![cfg(feature = "redis")]

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{sleep, timeout};
use typed_eventsource_axum::{PublishError, Redis, Topic, TopicStream};

/// Longer than anything here takes; only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(120);

/// A Redis of a test's own, in a folder of its own.
struct Server {
    folder: PathBuf,
    port: u16,
    running: Option<Child>,
}

impl Server {
    async fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .and_then(|free| free.local_addr())
            .expect("a port")
            .port();
        let folder =
            std::env::temp_dir().join(format!("typed-eventsource-redis-{}-{port}", std::process::id()));
        std::fs::create_dir(&folder).expect("a folder");
        let mut server = Self { folder, port, running: None };
        server.run().await;
        server
    }

    /// Runs it, with the data that it had.
    async fn run(&mut self) {
        let program = std::env::var("REDIS_SERVER").expect("REDIS_SERVER names the program of Redis");
        let port = self.port.to_string();
        let persistence = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
        let running = Command::new(program)
            .args(["--bind", "127.0.0.1", "--port", &port])
            .args(persistence)
            .current_dir(&self.folder)
            .stdout(Stdio::null())
            .spawn()
            .expect("Redis starts");
        self.running = Some(running);
        eventually(async || self.info("server").await.is_some().then_some(())).await;
    }

    fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.kill().expect("it runs");
            running.wait().expect("it ends");
        }
    }

    /// Forgets all that it had.
    fn lose(&self) {
        for entry in std::fs::read_dir(&self.folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
                .expect("it goes");
        }
    }

    async fn logs(&self) -> Redis {
        Redis::connect(&format!("redis://127.0.0.1:{}", self.port)).await.expect("it answers")
    }

    async fn command(&self, words: &[&str]) -> Option<redis::Value> {
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", self.port)).expect("a URL");
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query_async(&mut connection).await.ok()
    }

    async fn info(&self, section: &str) -> Option<String> {
        match self.command(&["INFO", section]).await? {
            redis::Value::BulkString(text) => String::from_utf8(text).ok(),
            _ => None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    let asked = timeout(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            sleep(Duration::from_millis(5)).await;
        }
    });
    asked.await.expect("what the test waits for")
}

fn topic(redis: &Redis) -> Topic<u32> {
    Topic::new("number", redis.log("numbers"))
}

async fn publish(topic: &Topic<u32>, numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(topic.publish(&number).await.expect("Redis is there"));
    }
    ids
}

/// Publishes until it is there again.
async fn publish_soon(topic: &Topic<u32>, number: u32) -> String {
    eventually(async || topic.publish(&number).await.ok()).await
}

async fn next(stream: &mut TopicStream) -> String {
    let block = timeout(PATIENCE, stream.next()).await.expect("a block").expect("no end").expect("no error");
    String::from_utf8(block.to_vec()).expect("UTF-8")
}

/// The next one that is no comment.
async fn event(stream: &mut TopicStream) -> String {
    loop {
        let block = next(stream).await;
        if !block.starts_with(':') {
            return block;
        }
    }
}

fn number(number: u32, id: &str) -> String {
    format!("event: number\ndata: {number}\nid: {id}\n\n")
}

fn gap(asked: &str, oldest: &str) -> String {
    format!("event: gap\ndata: {{\"asked\":\"{asked}\",\"oldest\":\"{oldest}\"}}\n\n")
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn processes_share_a_log_and_one_goes_on_where_another_was() {
    let server = Server::start().await;
    let (one, other) = (server.logs().await, server.logs().await);
    let (one, other) = (topic(&one), topic(&other));
    let mut listener = other.stream(None);
    let begin = next(&mut listener).await;
    assert!(begin.starts_with("id: ") && begin.ends_with("-0\n\n"), "{begin}");
    let first = publish(&one, [1]).await.remove(0);
    assert_eq!(next(&mut listener).await, number(1, &first));
    let second = publish(&other, [2]).await.remove(0);
    assert_eq!(next(&mut listener).await, number(2, &second));
    // Of another process, too, also of one that began later.
    let late = topic(&server.logs().await);
    for topic in [&one, &late] {
        assert_eq!(next(&mut topic.stream(first.clone())).await, number(2, &second));
    }
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn who_listens_before_an_event_gets_it_though_the_log_is_not_known_yet() {
    let server = Server::start().await;
    for round in 0..20 {
        let redis = server.logs().await;
        let topic: Topic<u32> = Topic::new("number", redis.log(&format!("log {round}")));
        let mut stream = topic.stream(None);
        let id = topic.publish(&round).await.expect("Redis is there");
        assert!(next(&mut stream).await.starts_with("id: "));
        assert_eq!(next(&mut stream).await, number(round, &id));
    }
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn an_id_that_is_ahead_of_a_process_is_no_gap() {
    let server = Server::start().await;
    let (one, other) = (topic(&server.logs().await), topic(&server.logs().await));
    next(&mut other.stream(None)).await;
    for round in 0..50 {
        let ids = publish(&one, [2 * round, 2 * round + 1]).await;
        // The other process may not have read the first one yet, or not the second.
        assert_eq!(next(&mut other.stream(ids[0].clone())).await, number(2 * round + 1, &ids[1]));
    }
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_key_of_something_else_disturbs_no_other_log() {
    let server = Server::start().await;
    server.command(&["SET", "taken", "by somebody"]).await;
    let redis = server.logs().await;
    let taken: Topic<u32> = Topic::new("number", redis.log("taken"));
    let mut unread = taken.stream(None);
    let topic = topic(&redis);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    let id = publish(&topic, [1]).await.remove(0);
    assert_eq!(next(&mut listener).await, number(1, &id));
    assert_eq!(next(&mut unread).await, ": the log cannot be read\n\n");
    server.command(&["DEL", "taken"]).await;
    let mine = publish_soon(&taken, 2).await;
    while next(&mut unread).await != number(2, &mine) {}
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn nothing_is_missed_between_two_reads() {
    let server = Server::start().await;
    let topic = topic(&server.logs().await);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    for round in 0..50 {
        let ids = publish(&topic, [2 * round, 2 * round + 1]).await;
        assert_eq!(next(&mut listener).await, number(2 * round, &ids[0]));
        assert_eq!(next(&mut listener).await, number(2 * round + 1, &ids[1]));
    }
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn one_connection_reads_however_many_listen() {
    let server = Server::start().await;
    let redis = server.logs().await;
    let mut listeners = Vec::new();
    for key in 0..10 {
        let topic: Topic<u32> = Topic::new("number", redis.log(&format!("log {key}")));
        for _ in 0..10 {
            let mut stream = topic.stream(None);
            next(&mut stream).await;
            listeners.push((topic.clone(), stream));
        }
    }
    let clients = server.info("clients").await.expect("it answers");
    let connected =
        clients.lines().find_map(|line| line.strip_prefix("connected_clients:")).expect("a count");
    // The reader, the writer, and the one that asks.
    assert_eq!(connected, "3");
    for (topic, stream) in &mut listeners {
        let id = topic.publish(&7).await.expect("Redis is there");
        while next(stream).await != number(7, &id) {}
    }
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn what_was_trimmed_is_a_gap() {
    let server = Server::start().await;
    let few = NonZeroUsize::new(100).expect("not zero");
    let log = || async {
        server.logs().await.log_of("numbers", few, NonZeroUsize::new(1 << 20).expect("not zero"))
    };
    let topic = Topic::new("number", log().await);
    let ids = publish(&topic, 0..1000).await;
    // Another process reads no more than there is.
    let other: Topic<u32> = Topic::new("number", log().await);
    let mut stream = other.stream(ids[0].clone());
    assert_eq!(next(&mut stream).await, gap(&ids[0], &ids[900]));
    assert_eq!(next(&mut stream).await, number(900, &ids[900]));
    assert_eq!(next(&mut other.stream(ids[950].clone())).await, number(951, &ids[951]));
    let length = server.command(&["XLEN", "numbers"]).await;
    assert!(matches!(length, Some(redis::Value::Int(100..=300))), "{length:?}");
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_comes_back_with_its_data_loses_nothing() {
    let mut server = Server::start().await;
    let topic = topic(&server.logs().await);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    let mut ids = publish(&topic, [1]).await;
    assert_eq!(next(&mut listener).await, number(1, &ids[0]));
    server.kill();
    assert_eq!(next(&mut listener).await, ": the log cannot be reached for now\n\n");
    let error = topic.publish(&2).await.expect_err("it is away");
    assert!(matches!(error, PublishError::Log(_)), "{error}");
    // Who asks meanwhile is told, too.
    assert_eq!(
        next(&mut topic.stream("other-1".to_owned())).await,
        ": the log cannot be reached for now\n\n"
    );
    server.run().await;
    ids.push(publish_soon(&topic, 3).await);
    assert_eq!(event(&mut listener).await, number(3, &ids[1]));
    assert_eq!(event(&mut topic.stream(ids[0].clone())).await, number(3, &ids[1]));
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_lost_its_data_is_a_gap() {
    let mut server = Server::start().await;
    let topic = topic(&server.logs().await);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    let ids = publish(&topic, [1, 2]).await;
    event(&mut listener).await;
    event(&mut listener).await;
    server.kill();
    server.lose();
    server.run().await;
    let new = publish_soon(&topic, 3).await;
    assert_ne!(new.split_once('-').map(|(epoch, _)| epoch), ids[0].split_once('-').map(|(epoch, _)| epoch));
    let told = event(&mut listener).await;
    assert!(told.starts_with(&format!("event: gap\ndata: {{\"asked\":\"{}\"", ids[1])), "{told}");
    assert_eq!(event(&mut listener).await, number(3, &new));
    // An old ID means nothing any more, though there is an event of its number.
    let mut late = topic.stream(ids[0].clone());
    assert_eq!(event(&mut late).await, gap(&ids[0], &new));
    assert_eq!(event(&mut late).await, number(3, &new));
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn a_redis_that_went_back_is_a_gap() {
    let server = Server::start().await;
    let topic = topic(&server.logs().await);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    let ids = publish(&topic, [1, 2, 3]).await;
    for _ in 0..3 {
        next(&mut listener).await;
    }
    // As after a crash that lost the newest event.
    server.command(&["DEL", "numbers"]).await;
    server.command(&["HSET", "{numbers}:state", "newest", "2"]).await;
    let new = publish(&topic, [4]).await.remove(0);
    assert!(!ids.contains(&new), "{new} had another meaning");
    let told = event(&mut listener).await;
    assert!(told.starts_with(&format!("event: gap\ndata: {{\"asked\":\"{}\"", ids[2])), "{told}");
    assert_eq!(event(&mut listener).await, number(4, &new));
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn an_emptied_database_is_noticed_in_silence() {
    let server = Server::start().await;
    let topic = topic(&server.logs().await);
    let mut listener = topic.stream(None);
    next(&mut listener).await;
    let old = publish(&topic, [1]).await.remove(0);
    next(&mut listener).await;
    server.command(&["FLUSHALL"]).await;
    let told = event(&mut listener).await;
    assert_eq!(told, format!("event: gap\ndata: {{\"asked\":\"{old}\",\"oldest\":null}}\n\n"));
    let new = publish(&topic, [2]).await.remove(0);
    assert_eq!(event(&mut listener).await, number(2, &new));
}

#[tokio::test]
#[ignore = "needs Redis"]
async fn what_is_kept_aside_is_told_by_every_process() {
    let mut server = Server::start().await;
    let [one, other] = [topic(&server.logs().await), topic(&server.logs().await)];
    let id = one.publish_with(&1, "a long text".to_owned()).await.expect("Redis is there");
    // The other may not have read it yet.
    assert_eq!(other.aside(&id).await.as_deref(), Some("a long text"));
    assert_eq!(one.aside(&id).await.as_deref(), Some("a long text"));
    let mut number = id.clone();
    number.push('0');
    assert_eq!(other.aside(&number).await, None, "it was never there");
    server.kill();
    server.run().await;
    let fresh = topic(&server.logs().await);
    assert_eq!(fresh.aside(&id).await.as_deref(), Some("a long text"));
}
