//! A server under attack: it answers others meanwhile, and what it holds has a bound.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::Command;
use tokio::time::timeout;

use super::program::{Running, command, start};
use super::{PATIENCE, eventually};

/// What no attack makes the server's memory grow beyond, at any time.
const MEMORY: u64 = 256 * 1024 * 1024;

/// What reading one script, which has 1 MiB at most, takes beyond what was held before.
const SCRIPT: u64 = 64 * 1024 * 1024;

/// How much longer anybody else waits for an answer meanwhile than for that of a server without attackers.
const QUICK: Duration = Duration::from_secs(5);

/// The server, with as many files as many systems let a program open.
pub(crate) struct Target {
    server: Running,
    /// Another one, which nobody attacks.
    calm: Running,
    client: reqwest::Client,
    files: Option<usize>,
}

impl Target {
    pub(crate) async fn start() -> Self {
        Self::start_with_files(1024).await
    }

    pub(crate) async fn start_with_files(files: usize) -> Self {
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

    pub(crate) fn get(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.get(format!("{}{path}", self.server.address))
    }

    pub(crate) fn post(&self, path: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.server.address)).body(body)
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.get(path).send().await.expect("a response").json().await.expect("JSON")
    }

    pub(crate) async fn scenario(&self, script: &Value) -> String {
        let response = self.post("/scenarios", script.to_string()).send().await.expect("a response");
        assert_eq!(response.status(), 201);
        response.headers()["location"].to_str().expect("text").to_owned()
    }

    /// A connection whose client has next to no room for what it does not read.
    pub(crate) async fn connect(&self) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.set_recv_buffer_size(4096).expect("an option");
        let address = self.server.address.strip_prefix("http://").expect("an address");
        socket.connect(address.parse().expect("an address")).await.expect("a connection")
    }

    pub(crate) async fn send(&self, bytes: &[u8]) -> TcpStream {
        let mut connection = self.connect().await;
        // Who is turned away cannot send to the end.
        let _ = connection.write_all(bytes).await;
        connection
    }

    pub(crate) async fn answers_others(&self) {
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
    pub(crate) async fn recovers(&self, attack: &str) {
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

    /// What the server says to a script, and how much its memory grew beyond all that it had held before.
    pub(crate) async fn told(&self, script: impl Into<reqwest::Body>) -> (u16, String, Option<u64>) {
        let before = peak_of(&self.server);
        let answer = self.post("/scenarios", script).timeout(PATIENCE).send().await.expect("a response");
        let (status, sentence) = (answer.status().as_u16(), answer.text().await.expect("a body"));
        let grown = before.zip(peak_of(&self.server)).map(|(before, after)| after - before);
        (status, sentence, grown)
    }

    /// A script is refused, and reading it took memory in proportion.
    pub(crate) async fn refuses(&self, name: &str, script: String, sentence: &str) {
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

/// The head of a response, or the part of it that came before the connection ended.
pub(crate) async fn head(connection: &mut TcpStream) -> String {
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
pub(crate) fn status(head: &str) -> u16 {
    head.split(' ').nth(1).map_or(0, |status| status.parse().expect("a status"))
}

pub(crate) fn request(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")
}
