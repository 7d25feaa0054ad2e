//! The streams of the Model Context Protocol.

use reqwest::RequestBuilder;
use serde_json::{Value, json};

mod common;
use common::{Reader, Received, Server};

fn with_headers(request: RequestBuilder) -> RequestBuilder {
    request
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-11-25")
}

fn call(arguments: &Value) -> Value {
    let params = json!({ "name": "count", "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params })
}

async fn events(request: RequestBuilder) -> Vec<Received> {
    Reader::new(request.send().await.expect("a response")).rest().await
}

#[tokio::test]
async fn a_call_is_answered_over_as_many_connections_as_it_takes() {
    let server = Server::start().await;
    let posted = with_headers(server.post("/mcp")).json(&call(&json!({ "to": 3, "each": 2 })));
    let mut all = events(posted).await;
    assert_eq!(all[0].data, "", "the first event has an id and nothing else");
    assert_eq!(all.len(), 3, "and the connection is closed before the stream is over");
    let last = all.last().expect("an event").id.clone();
    all.extend(events(with_headers(server.get("/mcp")).header("last-event-id", last)).await);
    let [.., number, response] = &all[..] else { panic!("{all:?}") };
    assert_eq!(number.json()["params"]["progress"], 3);
    assert_eq!(
        (&response.json()["id"], &response.json()["result"]["content"][0]["text"]),
        (&json!(7), &json!("3"))
    );

    // A stream that is over cannot be listened to any more, nor can one that never was.
    for id in [&*response.id, "", "8"] {
        let request = with_headers(server.get("/mcp")).header("last-event-id", id);
        assert_eq!(server.answer(request).await.0, 405, "{id:?}");
    }
    let request = with_headers(server.get("/mcp?resumes=false")).header("last-event-id", &number.id);
    assert_eq!(server.answer(request).await.0, 405);
}

#[tokio::test]
async fn what_the_specification_demands_is_demanded() {
    let server = Server::start().await;
    let body = call(&json!({}));
    for (name, value) in [("mcp-protocol-version", "2020-01-01"), ("accept", "text/event-stream")] {
        let mut request = with_headers(server.post("/mcp")).json(&body).build().expect("a request");
        request.headers_mut().insert(name, value.parse().expect("a value"));
        assert_eq!(server.client.execute(request).await.expect("a response").status(), 400, "{name}");
    }
    let about_a_body = with_headers(server.get("/mcp")).header("content-type", "application/json");
    assert_eq!(server.answer(about_a_body).await.0, 400);
    for arguments in [json!({ "to": 0 }), json!({ "each": 0 }), json!({ "to": 5000 })] {
        assert_eq!(server.answer(with_headers(server.post("/mcp")).json(&call(&arguments))).await.0, 400);
    }
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled" });
    assert_eq!(server.answer(with_headers(server.post("/mcp")).json(&notification)).await.0, 202);
}
