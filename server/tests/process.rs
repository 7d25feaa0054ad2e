//! The command as a whole: what it prints, and how it ends.

#![cfg(unix)]

use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::timeout;

mod common;
use common::program::{Running, command, start};
use common::{PATIENCE, Reader, Server};

/// Ends as it should when it is asked to.
async fn ends_cleanly(mut server: Running, name: &str) {
    signal(&server.child, name).await;
    let status = timeout(PATIENCE, server.child.wait()).await.expect("an end").expect("a status");
    assert!(status.success(), "{status}");
    assert_eq!(server.stdout.next_line().await.expect("text"), None, "no more output");
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
        assert_eq!(server.stdout.next_line().await.expect("text"), None, "no more output");
        assert!(server.before.is_empty(), "one line of output");
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
async fn the_controls_have_a_port_of_their_own() {
    let server = start(command().args(["--port", "0", "--control-port", "0"])).await;
    let [controls] = &server.before[..] else { panic!("one line: {:?}", server.before) };
    let controls = controls.strip_prefix("controls on http://127.0.0.1:").expect("the loopback interface");
    let demo = reqwest::get(format!("{}/demo.json", server.address)).await.expect("a response");
    assert_eq!(demo.text().await.expect("a body"), format!("{{\"controlPort\":{controls}}}"));
    let health = reqwest::get(format!("http://127.0.0.1:{controls}/healthz")).await.expect("a response");
    assert_eq!(health.text().await.expect("a body"), "ok");
    ends_cleanly(server, "TERM").await;

    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let output = command().args(["--port", "0", "--control-port", &port]).output().await.expect("output");
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("choose another one with --control-port"), "{message}");
}

#[tokio::test]
async fn clients_that_read_nothing_hold_nobody_up() {
    for tls in [None, Some("--tls")] {
        let server = start(command().args(["--port", "0"]).args(tls)).await;
        let (scheme, address) = server.address.split_once("://").expect("an address");
        assert_eq!(scheme, if tls.is_some() { "https" } else { "http" });
        // Neither a request nor keys.
        let _silent = TcpStream::connect(address).await.expect("a connection");
        if tls.is_none() {
            let _deaf = deaf(&server.address).await;
            ends_cleanly(server, "TERM").await;
        } else {
            ends_cleanly(server, "INT").await;
        }
    }
}

/// A stream of which nobody reads more than the beginning, though it fills every buffer on its way.
async fn deaf(address: &str) -> reqwest::Response {
    let events = serde_json::json!({ "to": 1_000_000, "bytes": 10_000, "perWrite": 100 });
    let script = serde_json::json!({ "attempts": [{ "steps": [{ "events": events }] }] });
    let client = reqwest::Client::new();
    let made = client.post(format!("{address}/scenarios")).json(&script).send().await.expect("a response");
    let url = made.headers()["location"].to_str().expect("text").to_owned();
    let mut response = client.get(format!("{address}{url}")).send().await.expect("a response");
    response.chunk().await.expect("no error").expect("a first chunk");
    response
}

#[tokio::test]
async fn a_deaf_client_holds_the_library_up_no_more_than_the_program() {
    let server = Server::start().await;
    let _deaf = deaf(&server.address).await;
    server.stop().await;
}

async fn output_of(argument: &str) -> String {
    let output = command().arg(argument).output().await.expect("output");
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn help_is_short_or_complete() {
    let (short, long) = (output_of("-h").await, output_of("--help").await);
    let arguments = ["--log", "--port", "--control-port", "--host", "--tls", "--mount", "PORT", "8087"];
    let limits = [
        "--max-connections",
        "--max-streams-per-client",
        "--max-body-bytes",
        "--replay-events",
        "--replay-bytes",
        "--drain-ms",
        "--max-jobs",
        "--max-lines",
    ];
    for argument in arguments.iter().chain(&limits) {
        assert!(short.contains(argument) && long.contains(argument), "{argument} in {long}");
    }
    assert!(short.lines().count() < 45, "{short}");
    for part in ["curl -N", "SIGTERM", "Exit codes:", "lastEventId=ID", "[default: 512]"] {
        assert!(long.contains(part), "{part} in {long}");
    }
}

#[tokio::test]
async fn help_tells_of_routes_that_are_there() {
    let server = Server::start().await;
    let help = output_of("--help").await;
    let mut routes = 0;
    for line in help.lines() {
        let mut words = line.split_whitespace();
        let (Some(method), Some(path)) = (words.next(), words.next()) else { continue };
        let (Ok(method), true) = (method.parse::<reqwest::Method>(), path.starts_with('/')) else { continue };
        let method = if method.as_str() == "ANY" { reqwest::Method::GET } else { method };
        let path = path.replace("{id}", "1").replace("{line}", "a");
        let response = server.client.request(method, format!("{}{path}", server.address)).send().await;
        let response = response.expect("a response");
        // Where there is no route, nothing is said.
        let (status, said) = (response.status(), response.content_length() != Some(0));
        assert!(status.is_success() || said, "{line}: {status}");
        routes += 1;
    }
    assert!(routes > 20, "{routes} routes");
}

#[tokio::test]
async fn clients_of_a_server_that_stops_are_told_when_to_come_back() {
    let mut server = start(command().args(["--port", "0", "--drain-ms", "300"])).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let response = reqwest::get(format!("{}/heart-rate?everyMs=60000", server.address)).await;
        streams.push(response.expect("a response"));
    }
    signal(&server.child, "TERM").await;
    let mut times = std::collections::BTreeSet::new();
    for stream in streams {
        let text = timeout(PATIENCE, stream.text()).await.expect("an end").expect("a clean end");
        let (_, time) = text.trim_end().rsplit_once("\n\nretry: ").expect("a last word");
        times.insert(time.parse::<u64>().expect("milliseconds"));
    }
    // Each has a time of its own.
    assert!(times.len() == 20 && times.iter().all(|time| *time <= 300), "{times:?}");
    let status = timeout(PATIENCE, server.child.wait()).await.expect("an end").expect("a status");
    assert!(status.success(), "{status}");
}
