//! HTTPS, HTTP/2, and how both end.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyDataStream, BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_stream::StreamExt;
use typed_eventsource::protocol::stream::EventStream;
use typed_eventsource_server::Tls;

mod common;
use common::{PATIENCE, Server};

async fn start() -> (Server, Tls) {
    let tls = Tls::self_signed().expect("a certificate");
    (Server::start_with(|options| options.tls = Some(tls.clone())).await, tls)
}

/// A connection that trusts the server's certificate, and what both sides agreed to speak.
async fn connect(server: &Server, tls: &Tls, protocols: &[&str]) -> (TlsStream<TcpStream>, String) {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_slice(tls.certificate())).expect("a certificate");
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let address = server.address.strip_prefix("https://").expect("an address");
    let tcp = TcpStream::connect(address).await.expect("a connection");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("a trusted server");
    let protocol = stream.get_ref().1.alpn_protocol().expect("an agreement");
    let protocol = String::from_utf8(protocol.to_vec()).expect("a name");
    (stream, protocol)
}

type Http2 = SendRequest<Empty<Bytes>>;

async fn http2(server: &Server, tls: &Tls) -> Http2 {
    let (stream, protocol) = connect(server, tls, &["h2", "http/1.1"]).await;
    assert_eq!(protocol, "h2");
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

async fn get(sender: &mut Http2, server: &Server, path: &str) -> Response<Incoming> {
    let request = Request::get(format!("{}{path}", server.address)).body(Empty::new()).expect("a request");
    let response = timeout(PATIENCE, sender.send_request(request)).await.expect("no hanging");
    response.expect("a response")
}

type Events = EventStream<BodyDataStream<Incoming>>;

async fn stream(sender: &mut Http2, server: &Server, path: &str) -> Events {
    EventStream::new(BodyDataStream::new(get(sender, server, path).await.into_body()))
}

/// Reads so many events; fewer at a clean end.
async fn ids(events: &mut Events, count: usize) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < count {
        let Some(event) = timeout(PATIENCE, events.next()).await.expect("no hanging") else { break };
        ids.push(event.expect("no error").last_event_id.to_string());
    }
    ids
}

#[tokio::test]
async fn one_connection_carries_streams_beside_each_other() {
    let (server, tls) = start().await;
    let mut sender = http2(&server, &tls).await;
    let mut orders = stream(&mut sender, &server, "/orders/stream?everyMs=60000").await;
    let mut rates = stream(&mut sender, &server, "/heart-rate?everyMs=10").await;
    assert_eq!(ids(&mut orders, 1).await, ["1"]);
    assert_eq!(ids(&mut rates, 20).await.len(), 20);
    let mut more = Vec::new();
    for _ in 0..20 {
        more.push(stream(&mut sender, &server, "/heart-rate?everyMs=10").await);
    }
    for events in &mut more {
        assert_eq!(ids(events, 2).await.len(), 2);
    }
    let stats = get(&mut sender, &server, "/stats").await.into_body().collect().await.expect("a body");
    let stats: serde_json::Value = serde_json::from_slice(&stats.to_bytes()).expect("JSON");
    assert_eq!(stats["openStreams"], 22);
    // One that is left is noticed, though its connection stays.
    drop(orders);
    common::eventually(async || {
        let mut sender = sender.clone();
        let stats = get(&mut sender, &server, "/stats").await.into_body().collect().await.expect("a body");
        let stats: serde_json::Value = serde_json::from_slice(&stats.to_bytes()).expect("JSON");
        (stats["openStreams"] == 21).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_cut_is_one_streams_affair() {
    let (server, tls) = start().await;
    let mut sender = http2(&server, &tls).await;
    let mut cut = stream(&mut sender, &server, "/heart-rate?everyMs=10&line=a").await;
    let mut other = stream(&mut sender, &server, "/heart-rate?everyMs=10").await;
    let request =
        Request::post(format!("{}/lines/a/cut", server.address)).body(Empty::new()).expect("a request");
    assert_eq!(sender.send_request(request).await.expect("a response").status(), 204);
    loop {
        match timeout(PATIENCE, cut.next()).await.expect("no hanging") {
            Some(Ok(_)) => {}
            Some(Err(_)) => break,
            None => panic!("a clean end"),
        }
    }
    assert_eq!(ids(&mut other, 5).await.len(), 5);
}

#[tokio::test]
async fn old_clients_and_those_that_say_nothing_are_no_trouble() {
    let (server, tls) = start().await;
    let address = server.address.strip_prefix("https://").expect("an address");
    let _silent = TcpStream::connect(address).await.expect("a connection");
    let (_, protocol) = connect(&server, &tls, &["http/1.1"]).await;
    assert_eq!(protocol, "http/1.1");
    let other = Tls::self_signed().expect("a certificate");
    assert_ne!(other.certificate(), tls.certificate(), "a new one each time");
}

#[tokio::test]
async fn many_that_say_nothing_keep_nobody_waiting() {
    let (server, tls) = start().await;
    let address = server.address.strip_prefix("https://").expect("an address");
    let mut silent = Vec::new();
    // More than may agree on keys at a time.
    for _ in 0..300 {
        silent.push(TcpStream::connect(address).await.expect("a connection"));
    }
    // Sooner than those are given up that do not agree on keys, which takes ten seconds.
    let soon = Duration::from_secs(8);
    let good = timeout(soon, http2(&server, &tls)).await;
    let mut good = good.expect("no waiting for those that are silent");
    assert_eq!(get(&mut good, &server, "/healthz").await.status(), 200);
    let dropped = timeout(soon, silent[0].read(&mut [0])).await;
    assert!(!matches!(dropped, Err(_) | Ok(Ok(1..))), "the oldest made room: {dropped:?}");
}

#[tokio::test]
async fn every_stream_ends_with_the_server() {
    let (server, tls) = start().await;
    let mut sender = http2(&server, &tls).await;
    let mut streams = Vec::new();
    for path in ["/heart-rate?everyMs=10", "/notifications", "/orders/stream?everyMs=60000"] {
        streams.push(stream(&mut sender, &server, path).await);
    }
    // This one reads nothing at all.
    let mut deaf = http2(&server, &tls).await;
    let _unread = get(&mut deaf, &server, "/heart-rate?everyMs=10").await;
    server.stop().await;
    for events in &mut streams {
        assert!(ids(events, 200).await.len() < 200, "an end");
    }
}
