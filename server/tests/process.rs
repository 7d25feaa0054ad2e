//! The command as a whole: what it prints, and how it ends.

#![cfg(unix)]

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader, Lines};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

mod common;
use common::{PATIENCE, Reader, Server};

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_typed-eventsource-server"));
    command.env_remove("PORT").stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

struct Running {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
    address: String,
}

async fn start(command: &mut Command) -> Running {
    let mut child = command.spawn().expect("a started server");
    let mut stdout = BufReader::new(child.stdout.take().expect("its output")).lines();
    let line =
        timeout(PATIENCE, stdout.next_line()).await.expect("no hanging").expect("text").expect("a line");
    let address = line.strip_prefix("listening on ").expect("the address").to_owned();
    Running { child, stdout, address }
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().expect("a running process").to_string();
    let status = Command::new("kill").args(["-s", name, &id]).status().await.expect("kill");
    assert!(status.success());
}

#[tokio::test]
async fn a_signal_ends_it_cleanly_with_streams_open() {
    for name in ["INT", "TERM"] {
        let mut server = start(command().args(["--port", "0"])).await;
        let port = server.address.strip_prefix("http://127.0.0.1:").expect("the loopback interface");
        assert_ne!(port, "0");
        // A connection without a request, as browsers open them in advance.
        let _idle = TcpStream::connect(format!("127.0.0.1:{port}")).await.expect("a connection");
        let response = reqwest::get(format!("{}/heart-rate?everyMs=60000", server.address)).await;
        let mut stream = Reader::new(response.expect("a response"));
        stream.next().await.expect("an event");
        signal(&server.child, name).await;
        assert_eq!(stream.next().await, None, "a clean end");
        let status = timeout(PATIENCE, server.child.wait()).await.expect("an end").expect("a status");
        assert!(status.success(), "{status}");
        assert_eq!(server.stdout.next_line().await.expect("text"), None, "one line of output");
    }
}

#[tokio::test]
async fn a_port_in_use_is_named_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let expected =
        format!("port {port} is already in use: stop the other program or choose another one with PORT=…\n");
    for command in [command().args(["--port", &port]), command().env("PORT", &port)] {
        let output = timeout(PATIENCE, command.output()).await.expect("an end").expect("output");
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test]
async fn the_argument_wins_over_the_environment() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let server = start(command().env("PORT", port).args(["--port", "0", "--mount", "/files=src"])).await;
    let health = reqwest::get(format!("{}/healthz", server.address)).await.expect("a response");
    assert_eq!(health.text().await.expect("a body"), "ok");
    let file = reqwest::get(format!("{}/files/main.rs", server.address)).await.expect("a response");
    assert_eq!(file.status(), 200);
}

#[tokio::test]
async fn a_wrong_mount_is_explained() {
    let output = command().args(["--port", "0", "--mount", "/=nowhere"]).output().await.expect("output");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("there is no directory nowhere: build what belongs there first"), "{message}");
}

#[tokio::test]
async fn a_client_that_reads_nothing_holds_nobody_up() {
    let server = Server::start().await;
    let events = serde_json::json!({ "to": 1_000_000, "bytes": 10_000, "perWrite": 100 });
    let scenario =
        server.scenario(serde_json::json!({ "attempts": [{ "steps": [{ "events": events }] }] })).await;
    let mut deaf = server.get(&scenario).send().await.expect("a response");
    deaf.chunk().await.expect("no error").expect("a first chunk");
    server.stop().await;
}

#[tokio::test]
async fn help_names_every_argument() {
    let mut child = command().arg("--help").spawn().expect("a started program");
    let mut help = String::new();
    child.stdout.take().expect("its output").read_to_string(&mut help).await.expect("text");
    assert!(child.wait().await.expect("a status").success());
    for argument in ["--port", "--host", "--mount", "PORT", "8087"] {
        assert!(help.contains(argument), "{argument} in {help}");
    }
}
