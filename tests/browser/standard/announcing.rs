//! When the connection is announced.

use std::time::Duration;

use serde_json::json;
use typed_eventsource::ConnectionState;
use wasm_bindgen_test::wasm_bindgen_test;

use super::EACH;
use super::compatibility::{differs, holds};
use crate::engine::Engine;
use crate::harness::{Scenario, open, quick, reconnecting, until};

/// By the standard it is when the headers are there.
#[wasm_bindgen_test]
async fn the_connection_is_announced_before_the_first_byte_of_the_stream() {
    for transport in EACH {
        let scenario = Scenario::exactly(json!({ "attempts": [{ "end": "hold" }] })).await;
        let builder = scenario.connect(transport).retry(quick());
        if Engine::here().shows_bare_headers() {
            until(&mut builder.open().unwrap().states(), open).await;
            holds(transport);
        } else {
            let source = builder.connect_timeout(Duration::from_millis(300)).open().unwrap();
            let seen = until(&mut source.states(), reconnecting).await;
            let Some(ConnectionState::Reconnecting { cause, .. }) = seen.last() else { panic!("{seen:?}") };
            assert_eq!(cause.code(), "timeout", "over {transport:?}");
            differs(transport, "it is with the first byte; until then it seems to connect");
        }
    }
}
