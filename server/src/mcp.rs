//! `/mcp`: a server of the Model Context Protocol, revision 2025-11-25, as far as its event streams go.
//!
//! `POST /mcp` with a call of the tool `count`
//! `{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "count", "arguments": {"to": 5, "each": 2}}}`
//! sends a stream: an event that has an id and empty data, a notification for each number, and at last the response.
//! The last of `each` notifications has the reconnection time, `retryMs` (20), and closes the connection. A `GET` with the
//! header `Last-Event-ID` goes on from there. Any other `GET` is answered 405; so is each with `?resumes=false`, as by a
//! server that has streams for a `POST` only.
//!
//! Every request needs the headers that the specification demands, and a `GET` must have none about a body; else 400.
//! See <https://modelcontextprotocol.io/specification/2025-11-25/basic/transports>.

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Deserialize;
use serde_json::json;
use typed_eventsource_axum::{EventId, Item, Refusal, Sse, Text};

use crate::App;
use crate::request;
use crate::stream_request::StreamRequest;

const REVISION: &str = "2025-11-25";
const MOST: u64 = 1000;
const EXAMPLE: &str = r#"{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "count", "arguments": {"to": 5, "each": 2}}}"#;

/// A JSON-RPC message: a request has an id and a method.
#[derive(Deserialize)]
struct Message {
    id: Option<u64>,
    method: Option<String>,
    #[serde(default)]
    params: Params,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Params {
    arguments: Arguments,
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
struct Arguments {
    to: u64,
    each: u64,
    retry_ms: u64,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { to: 5, each: 2, retry_ms: 20 }
    }
}

/// [spec] Event IDs SHOULD encode sufficient information to identify the originating stream: so they have all of it.
#[derive(Clone, Copy)]
struct Count {
    request: u64,
    to: u64,
    each: u64,
    retry_ms: u64,
    /// How many messages have been sent; the response is one more than the numbers.
    sent: u64,
}

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new().route("/mcp", routing::get(get).post(post))
}

async fn post(request: StreamRequest, headers: HeaderMap, body: Body) -> Result<Response, Refusal> {
    check(&headers, &["application/json", "text/event-stream"])?;
    let Message { id, method, params } = request.app().bodies.json(body, EXAMPLE).await?;
    // [spec] If the input is a JSON-RPC response or notification … return HTTP status code 202 Accepted with no body.
    let (Some(id), Some(method)) = (id, method) else { return Ok(StatusCode::ACCEPTED.into_response()) };
    if method != "tools/call" {
        let error = json!({ "code": -32601, "message": "there is only tools/call" });
        return Ok(Json(json!({ "jsonrpc": "2.0", "id": id, "error": error })).into_response());
    }
    let Arguments { to, each, retry_ms } = params.arguments;
    let count = Count { request: id, to, each, retry_ms, sent: 0 }
        .checked()
        .ok_or_else(|| Refusal::bad_request(format!("to and each are 1 to {MOST}: send {EXAMPLE}")))?;
    // [spec] … an SSE event consisting of an event ID and an empty `data` field in order to prime the client to reconnect.
    let first = iter::once(count.message(0, &""));
    Ok(request.respond(Sse::new(tokio_stream::iter(first.chain(count.connection())))))
}

async fn get(request: StreamRequest, headers: HeaderMap) -> Result<Response, Refusal> {
    check(&headers, &["text/event-stream"])?;
    if headers.contains_key("content-type") {
        return Err(Refusal::bad_request("a GET has no body: leave Content-Type out"));
    }
    let id = headers.get("last-event-id").and_then(|id| Count::from_id(id.to_str().ok()?));
    match id.filter(|_| request.text("resumes") != Some("false")) {
        Some(count) => Ok(request.respond(Sse::new(tokio_stream::iter(count.connection())))),
        // [spec] … or else return HTTP 405 Method Not Allowed, indicating that the server does not offer an SSE stream.
        None => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "there is no stream to listen to here")),
    }
}

/// What the specification demands of every request.
fn check(headers: &HeaderMap, accepted: &[&str]) -> Result<(), Refusal> {
    let header = |name| request::header(headers, name).unwrap_or_default();
    if header("mcp-protocol-version") != REVISION {
        return Err(Refusal::bad_request(format!("send MCP-Protocol-Version: {REVISION}")));
    }
    match accepted.iter().find(|accepted| !header("accept").contains(**accepted)) {
        Some(missing) => Err(Refusal::bad_request(format!("list {missing} in Accept"))),
        None => Ok(()),
    }
}

impl Count {
    fn checked(self) -> Option<Self> {
        let bounds = 1..=MOST;
        (bounds.contains(&self.to) && bounds.contains(&self.each) && self.sent <= self.to).then_some(self)
    }

    fn id(self, sent: u64) -> String {
        let Self { request, to, each, retry_ms, .. } = self;
        format!("{request}-{to}-{each}-{retry_ms}-{sent}")
    }

    /// The stream of an event with this id, unless it is over.
    fn from_id(id: &str) -> Option<Self> {
        let numbers: Vec<_> = id.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
        let [request, to, each, retry_ms, sent] = numbers[..] else { return None };
        Self { request, to, each, retry_ms, sent }.checked()
    }

    fn message(self, sent: u64, message: &impl ToString) -> Item<Text> {
        // Numbers and hyphens are an ID.
        Item::new(Text(message.to_string())).id(EventId::try_from(self.id(sent)).unwrap_or_default())
    }

    /// What one connection carries.
    fn connection(self) -> impl Iterator<Item = Item<Text>> {
        let Self { request, to, each, retry_ms, sent } = self;
        let end = to.min(sent + each);
        let numbers = (sent + 1..=end).map(move |number| {
            let params = json!({ "progressToken": request, "progress": number, "total": to });
            let notification =
                json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params });
            let message = self.message(number, &notification);
            // [spec] … it SHOULD send an SSE event with a standard `retry` field before closing the connection.
            let is_last = number == end && end < to;
            if is_last { message.reconnection_time(Duration::from_millis(retry_ms)) } else { message }
        });
        let response = (end == to).then(|| {
            let result = json!({ "content": [{ "type": "text", "text": to.to_string() }] });
            self.message(to + 1, &json!({ "jsonrpc": "2.0", "id": request, "result": result }))
        });
        numbers.chain(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_says_where_its_stream_goes_on() {
        let count = Count { request: 7, to: 5, each: 2, retry_ms: 20, sent: 0 };
        assert_eq!(count.connection().count(), 2);
        let there = Count::from_id(&count.id(4)).expect("an id");
        assert_eq!((there.request, there.sent), (7, 4));
        for id in ["", "7", "7-5-2-20-6", "7-5-0-20-1", "7-5-2-20-x", "7-5000-2-20-1", "7-5-2-20-1-1"] {
            assert!(Count::from_id(id).is_none(), "{id}");
        }
    }
}
