//! A stream that is silent for too long is dead.

use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{Cause, ConnectionState, Error, Event, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Log, NATIVE, Scenario, connect, next, open, quick, reconnecting, until};

/// Long, so that a busy machine does not make a silence of its own.
const IDLE: Duration = Duration::from_secs(2);

/// A stream that says something, falls silent and stays open; the next attempt goes on with 2.
async fn falls_silent() -> Scenario {
    let says = |number: u32| {
        let event = json!({ "send": format!("id: {number}\nevent: tick\ndata: {number}\n\n") });
        json!({ "steps": [event], "end": "hold" })
    };
    Scenario::new(json!({ "attempts": [says(1), says(2)] })).await
}

#[wasm_bindgen_test]
async fn a_silent_stream_is_reestablished_and_goes_on_where_it_was() {
    for transport in [None, FETCH, NATIVE] {
        let scenario = falls_silent().await;
        let source = scenario.connect(transport).retry(quick()).idle(IDLE).heartbeat_event("beat");
        let source = source.open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        let mut states = source.states();
        assert_eq!(next(&mut ticks).await.unwrap().data, 1);
        let lost = until(&mut states, reconnecting).await;
        let Some(ConnectionState::Reconnecting { cause, .. }) = lost.last() else { panic!("{lost:?}") };
        assert_eq!(*cause, Cause::Idle { after: IDLE });
        assert_eq!(next(&mut ticks).await.unwrap().data, 2);
        assert_eq!(scenario.attempts().await[1].resumed_from(), "1");
    }
}

#[wasm_bindgen_test]
async fn comments_keep_a_stream_alive_over_fetch() {
    let comment = || [json!({ "waitMs": 300 }), json!({ "send": ":\n" })];
    let mut steps: Vec<Value> = (0..9).flat_map(|_| comment()).collect();
    steps.push(json!({ "send": "event: tick\ndata: 1\n\n" }));
    let scenario = Scenario::once(json!(steps), "hold").await;
    // Left to choose: without an event to tell life by, only fetch will do.
    let source = scenario.connect(None).retry(quick()).idle(IDLE).open().unwrap();
    let mut ticks = source.subscribe::<u32>("tick");
    assert_eq!(next(&mut ticks).await.unwrap().data, 1);
    let ConnectionState::Open { transport, .. } = source.state() else { panic!("{:?}", source.state()) };
    assert_eq!(transport, Transport::Fetch);
    assert_eq!(scenario.attempts().await.len(), 1);
}

#[wasm_bindgen_test]
async fn heartbeats_keep_a_stream_alive_and_nobody_gets_them() {
    for transport in BOTH {
        let beat = || [json!({ "waitMs": 300 }), json!({ "send": "event: beat\ndata: 1\n\n" })];
        let mut steps: Vec<Value> = (0..9).flat_map(|_| beat()).collect();
        steps.push(json!({ "send": "event: tick\ndata: 1\n\n" }));
        let scenario = Scenario::once(json!(steps), "hold").await;
        let source = scenario.connect(transport).retry(quick()).idle(IDLE).heartbeat_event("beat");
        let source = source.open().unwrap();
        let beats = Log::new();
        let log = beats.clone();
        let sub = source.on("beat", move |event: Event<u32>| log.push(event.data));
        let mut ticks = source.subscribe::<u32>("tick");
        until(&mut source.states(), open).await;
        // Whoever listened to the type does not take it away from the connection.
        sub.unsubscribe();
        assert_eq!(next(&mut ticks).await.unwrap().data, 1);
        assert_eq!(scenario.attempts().await.len(), 1);
        assert_eq!(beats.len(), 0);
    }
}

#[wasm_bindgen_test]
fn the_browsers_eventsource_alone_cannot_tell_silence() {
    let refused = connect("/heart-rate", NATIVE).idle(IDLE).open().unwrap_err();
    let Error::Options(message) = refused else { panic!("{refused}") };
    assert!(message.contains("heartbeat_event"), "{message}");
}
