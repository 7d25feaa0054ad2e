//! Clients that mean harm: the server answers others meanwhile, and what it holds has a bound.

#![cfg(unix)]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::timeout;

mod common;
use common::program::{Running, command, start};
use common::{PATIENCE, eventually};

/// What no attack makes the server's memory grow beyond, at any time.
const MEMORY: u64 = 256 * 1024 * 1024;

/// What reading one script, which has 1 MiB at most, takes beyond what was held before.
const SCRIPT: u64 = 64 * 1024 * 1024;

/// How much longer anybody else waits for an answer meanwhile than for that of a server without attackers.
const QUICK: Duration = Duration::from_secs(5);

/// The server, with as many files as many systems let a program open.
struct Target {
    server: Running,
    /// Another one, which nobody attacks.
    calm: Running,
    client: reqwest::Client,
    files: Option<usize>,
}

impl Target {
    async fn start() -> Self {
        Self::start_with_files(1024).await
    }

    async fn start_with_files(files: usize) -> Self {
        let program = command();
        let mut limited = Command::new("sh");
        limited.args(["-c", &format!("ulimit -Sn {files} 2>/dev/null; exec \"$0\" --port 0")]);
        limited.arg(program.as_std().get_program());
        limited.env_remove("PORT").stdout(std::process::Stdio::piped()).kill_on_drop(true);
        let server = start(&mut limited).await;
        // No connection is kept: it might be the one that makes room.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        let files = files_of(&server);
        let calm = start(command().args(["--port", "0"])).await;
        Self { server, calm, client, files }
    }

    fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.server.address))
    }

    fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.server.address)).body(body)
    }

    async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.expect("a response").json().await.expect("JSON")
    }

    async fn scenario(&self, script: &Value) -> String {
        let response = self.post("/scenarios", script.to_string()).send().await.expect("a response");
        assert_eq!(response.status(), 201);
        response.headers()["location"].to_str().expect("text").to_owned()
    }

    /// A connection whose client has next to no room for what it does not read.
    async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("an option");
        let address = self.server.address.strip_prefix("http://").expect("an address");
        socket.connect(address.parse().expect("an address")).await.expect("a connection")
    }

    async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut connection = self.connect().await;
        // Who is turned away cannot send to the end.
        let _ = connection.write_all(bytes).await;
        connection
    }

    async fn answers_others(&self) {
        let answered = async |server: &Running| {
            let before = Instant::now();
            let response = self.client.get(format!("{}/healthz", server.address)).send().await;
            assert_eq!(response.expect("a response").status(), 200);
            before.elapsed()
        };
        // By turns: what else the machine does, it does to both.
        let usual = answered(&self.calm).await;
        let took = answered(&self.server).await;
        assert!(took < QUICK + 10 * usual, "{took:?}, and {usual:?} without attackers");
    }

    /// Streams and files are given back, and memory never went beyond its bound.
    async fn recovers(&self, attack: &str) {
        eventually(async || (self.json("/stats").await["openStreams"] == 0).then_some(())).await;
        eventually(async || {
            let stream = self.get("/heart-rate").send().await.ok()?;
            (stream.status() == 200).then_some(())
        })
        .await;
        match (self.files, peak_of(&self.server)) {
            (Some(before), Some(peak)) => {
                eventually(async || files_of(&self.server).filter(|files| *files <= before + 4)).await;
                println!("{attack}: at most {} MiB", peak >> 20);
                assert!(peak < MEMORY, "{attack}: {peak} bytes");
            }
            _ => println!("{attack}: skipped: this system does not tell what a program holds"),
        }
    }
}

impl Target {
    /// What the server says to a script, and how much its memory grew beyond all that it had held before.
    async fn told(&self, script: impl Into<reqwest::Body>) -> (u16, String, Option<u64>) {
        let before = peak_of(&self.server);
        let answer = self.post("/scenarios", script).timeout(PATIENCE).send().await.expect("a response");
        let (status, sentence) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        let grown = before.zip(peak_of(&self.server)).map(|(before, after)| after - before);
        (status, sentence, grown)
    }

    /// A script is refused, and reading it took memory in proportion.
    async fn refuses(&self, name: &str, script: String, sentence: &str) {
        let bytes = script.len();
        let (status, said, grown) = self.told(script).await;
        assert_eq!(status, 400, "{name}: {said}");
        assert!(said.contains(sentence), "{name}: {said}");
        match grown {
            None => println!("{name}: skipped: this system does not tell what a program holds"),
            Some(grown) => {
                println!("{name}: {} MiB for {bytes} bytes", grown >> 20);
                assert!(grown < SCRIPT, "{name}: {grown} bytes for {bytes}");
            }
        }
    }
}

/// The most memory that the server ever held; Linux tells.
fn peak_of(server: &Running) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.child.id()?)).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(1024 * line.trim().strip_suffix(" kB")?.parse::<u64>().ok()?)
}

fn files_of(server: &Running) -> Option<usize> {
    Some(std::fs::read_dir(format!("/proc/{}/fd", server.child.id()?)).ok()?.count())
}

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

/// The head of a response; whatever came before the end if there was none.
async fn head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let read = async {
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && connection.read(&mut byte).await.is_ok_and(|count| count > 0) {
            head.push(byte[0]);
        }
    };
    timeout(PATIENCE, read).await.expect("no hanging");
    String::from_utf8_lossy(&head).into_owned()
}

/// The status of a response; 0 where there is none.
fn status(head: &str) -> u16 {
    head.split(' ').nth(1).map_or(0, |status| status.parse().expect("a status"))
}

fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
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
            while !text.contains("\n\n") {
                let chunk = timeout(PATIENCE, stream.chunk()).await.expect("no hanging").expect("no error");
                text += &String::from_utf8_lossy(&chunk.expect("an open stream"));
            }
            let gap = format!("event: gap\ndata: {{\"asked\":\"{id}\",");
            assert!(text.starts_with(&gap), "{path}: {text}");
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
