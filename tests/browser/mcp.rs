//! The Model Context Protocol: a POST opens a stream, which a GET resumes as often as the server closes the connection.

use serde_json::{Value, json};
use typed_eventsource::{Builder, Cause, CloseReason, ConnectionState, EndedBy, SubscriptionError, Text};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{connect, quick, rest};

/// A call that is answered after three numbers, of which each connection carries one.
fn call(path: &str) -> Builder {
    let arguments = json!({ "to": 3, "each": 1, "retryMs": 30 });
    let params = json!({ "name": "count", "arguments": arguments });
    let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    connect(path, None)
        .method("POST")
        .body(body.to_string())
        .headers([
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2025-11-25"),
        ])
        .retry(quick())
        .resume_by_get(true)
        .until(|event| event.data.contains(r#""result""#))
}

#[wasm_bindgen_test]
async fn a_call_is_answered_over_as_many_connections_as_the_server_wants() {
    let source = call("/mcp").open().unwrap();
    let (events, states) = (source.subscribe::<Text>("message"), source.states());
    let data: Vec<_> = rest(events).await.into_iter().map(|event| event.unwrap().data.0).collect();
    let (first, numbers) = data.split_first().unwrap();
    assert_eq!(first, "", "it has an id, and nothing else");
    let number = |text: &String| serde_json::from_str::<Value>(text).unwrap()["params"]["progress"].clone();
    assert_eq!(numbers.iter().map(number).collect::<Vec<_>>(), [1, 2, 3]);
    let seen = rest(states).await;
    let waits = seen.iter().filter_map(|state| match state {
        ConnectionState::Reconnecting { wait, cause, .. } => {
            Some((cause.code(), wait.unwrap().as_millis() >= 30))
        }
        _ => None,
    });
    assert_eq!(
        waits.collect::<Vec<_>>(),
        [("end-of-stream", true); 2],
        "the server's reconnection time is respected"
    );
    assert_eq!(
        seen.last(),
        Some(&ConnectionState::Closed { reason: CloseReason::Ended { by: EndedBy::Until } })
    );
}

#[wasm_bindgen_test]
async fn a_server_that_has_streams_for_a_post_only_ends_it() {
    let source = call("/mcp?resumes=false").open().unwrap();
    let items = rest(source.subscribe::<Text>("message")).await;
    let Some(Err(SubscriptionError::Failed(Cause::Status { response }))) = items.last() else {
        panic!("{items:?}");
    };
    assert_eq!((response.status, items.len()), (405, 3), "after the events that have come");
}
