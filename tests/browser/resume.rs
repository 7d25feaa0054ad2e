//! A stream that was cut goes on where it was: nothing is lost, nothing comes twice.

use std::rc::Rc;

use serde::Deserialize;
use serde_json::{Value, json};
use typed_eventsource::{Builder, ConnectionState, Delivery, Event, Retry, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{Attempt, BOTH, FETCH, NATIVE, Scenario, next, open, quick, reconnecting, until};

#[derive(Debug, Deserialize)]
struct Tick {
    n: u64,
}

/// Every way to reconnect: at first over the browser's EventSource and then over fetch, over the browser's
/// EventSource by itself and by us, over fetch.
const WAYS: [(Option<Transport>, bool); 4] = [(None, true), (NATIVE, false), (NATIVE, true), (FETCH, true)];

fn paced(builder: Builder, ours: bool) -> Builder {
    if ours { builder.retry(quick()) } else { builder }
}

/// The ticks up to this one, each once and in order.
async fn ticks(scenario: &Scenario, (transport, ours): (Option<Transport>, bool), to: u64) {
    let source = paced(scenario.connect(transport), ours).open().unwrap();
    let mut ticks = source.subscribe::<Tick>("tick");
    for n in 1..=to {
        let tick = next(&mut ticks).await.unwrap();
        assert_eq!(tick.data.n, n, "over {transport:?}");
        assert_eq!(*tick.last_event_id, *n.to_string());
    }
}

fn asked_for(attempts: &[Attempt]) -> Vec<&str> {
    attempts.iter().map(Attempt::resumed_from).collect()
}

/// An attempt that sends a few ticks and then ends like this.
fn some(then: &Value, end: &str) -> Value {
    let ticks = json!({ "events": { "to": 20, "atMost": 5, "type": "tick", "retry": 1, "bytes": 40 } });
    json!({ "steps": [ticks, then], "end": end })
}

#[wasm_bindgen_test]
async fn after_a_cut_no_event_is_lost_and_none_comes_twice() {
    for way in WAYS {
        let [cut, last] = ["close", "hold"].map(|end| some(&json!({ "waitMs": 1 }), end));
        let scenario = Scenario::new(json!({ "attempts": [cut, cut, cut, last] })).await;
        ticks(&scenario, way, 20).await;
        assert_eq!(asked_for(&scenario.attempts().await), ["", "5", "10", "15"], "{way:?}");
    }
}

#[wasm_bindgen_test]
async fn after_a_broken_connection_no_event_is_lost_and_none_comes_twice() {
    for way in WAYS {
        // What the server had written when the connection broke may not have arrived: it is asked for again.
        let cut = some(&json!({ "waitMs": 1 }), "abort");
        let rest = json!({ "steps": [{ "events": { "to": 20, "type": "tick" } }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [cut, cut, rest] })).await;
        ticks(&scenario, way, 20).await;
        assert_eq!(scenario.attempts().await.len(), 3, "{way:?}");
    }
}

#[wasm_bindgen_test]
async fn a_truncated_event_does_not_move_the_last_event_id() {
    for way in WAYS {
        let cut = some(&json!({ "send": "event: tick\nid: 19\ndata: {\"n\":6}\n" }), "close");
        let rest = some(&json!({ "waitMs": 0 }), "hold");
        let scenario = Scenario::new(json!({ "attempts": [cut, rest] })).await;
        ticks(&scenario, way, 10).await;
        assert_eq!(asked_for(&scenario.attempts().await), ["", "5"], "{way:?}");
    }
}

#[wasm_bindgen_test]
async fn the_browser_that_reconnects_by_itself_sends_the_header_and_no_parameter() {
    let cut = some(&json!({ "waitMs": 0 }), "close");
    let scenario = Scenario::new(json!({ "attempts": [cut, { "end": "hold" }] })).await;
    let source = scenario.connect(NATIVE).open().unwrap();
    let mut states = source.states();
    let _ticks = source.subscribe::<Tick>("tick");
    let seen = until(&mut states, reconnecting).await;
    let Some(ConnectionState::Reconnecting { attempt: 2, wait: None, .. }) = seen.last() else {
        panic!("the browser keeps its wait to itself: {seen:?}");
    };
    let seen = until(&mut states, open).await;
    let Some(ConnectionState::Open { transport: Transport::EventSource, resumed_from, response: None }) =
        seen.last()
    else {
        panic!("{seen:?}");
    };
    assert_eq!(resumed_from, "5");
    let attempts = scenario.attempts().await;
    assert_eq!(attempts[1].last_event_id.as_deref(), Some("5"));
    assert!(attempts[1].query.is_empty());
}

#[wasm_bindgen_test]
async fn an_id_carries_over_to_events_and_connections_without_one() {
    for transport in BOTH {
        let first = json!({ "steps": [{ "send": "id: 7\ndata: 1\n\ndata: 2\n\n" }] });
        let second = json!({ "steps": [{ "send": "data: 3\n\n" }] });
        let third = json!({ "steps": [{ "send": "data: 4\n\n" }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [first, second, third] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        for n in 1..=4 {
            let message = next(&mut messages).await.unwrap();
            assert_eq!((message.data, &*message.last_event_id), (n, "7"), "over {transport:?}");
        }
        assert_eq!(asked_for(&scenario.attempts().await), ["", "7", "7"], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn the_id_to_begin_with_is_kept_until_the_server_sends_another() {
    for transport in [None, NATIVE, FETCH] {
        let attempts = [
            json!({ "steps": [{ "send": "data: 1\n\n" }] }),
            json!({ "steps": [{ "send": "data: 2\n\n" }] }),
        ];
        let last = json!({ "steps": [{ "send": "id: 42\ndata: 3\n\n" }] });
        let script = json!({ "attempts": [attempts[0], attempts[1], last, { "end": "hold" }] });
        let scenario = Scenario::new(script).await;
        let source = scenario.connect(transport).retry(quick()).last_event_id("41").open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        for (n, id) in [(1, "41"), (2, "41"), (3, "42")] {
            let message = next(&mut messages).await.unwrap();
            assert_eq!((message.data, &*message.last_event_id), (n, id), "over {transport:?}");
        }
        let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 4).await;
        assert_eq!(asked_for(&attempts), ["41", "41", "41", "42"], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn an_empty_id_makes_the_server_begin_anew() {
    for transport in [None, NATIVE, FETCH] {
        let steps = json!([{ "send": "id: 7\ndata: 1\n\nid\ndata: 2\n\n" }]);
        let scenario = Scenario::new(json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] })).await;
        let source = scenario.connect(transport).retry(quick()).open().unwrap();
        let mut messages = source.subscribe::<u32>("message");
        assert_eq!(&*next(&mut messages).await.unwrap().last_event_id, "7");
        assert_eq!(&*next(&mut messages).await.unwrap().last_event_id, "");
        let attempts = scenario.attempts_when("a new beginning", |attempts| attempts.len() == 2).await;
        assert_eq!(asked_for(&attempts), ["", ""], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn reconnect_resumes_at_once() {
    for transport in [None, NATIVE, FETCH] {
        let first = json!({ "steps": [{ "events": { "to": 5, "type": "tick" } }], "end": "hold" });
        let second = json!({ "steps": [{ "events": { "to": 9, "type": "tick" } }], "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [first, second] })).await;
        // It would take a minute to get there without being asked.
        let minute = std::time::Duration::from_secs(60);
        let source = scenario.connect(transport).retry(Retry::default().initial(minute)).open().unwrap();
        let mut ticks = source.subscribe::<Tick>("tick");
        for n in 1..=9 {
            assert_eq!(next(&mut ticks).await.unwrap().data.n, n, "over {transport:?}");
            if n == 5 {
                source.reconnect();
            }
        }
        let attempts =
            scenario.attempts_when("the first to be let go", |attempts| attempts[0].client_left).await;
        assert_eq!(asked_for(&attempts), ["", "5"], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn a_handler_may_reconnect_and_what_came_with_its_event_is_not_lost() {
    for transport in [None, NATIVE, FETCH] {
        let ticks = json!([{ "events": { "to": 9, "type": "tick", "perWrite": 9 } }]);
        let scenario = Scenario::always(json!({ "steps": ticks, "end": "hold" })).await;
        // What is gathered over EventSource has been received too, like a chunk.
        let source = Rc::new(scenario.connect(transport).delivery(Delivery::Immediate).open().unwrap());
        let handler = source.on("tick", {
            let source = Rc::downgrade(&source);
            move |tick: Event<Tick>| {
                if tick.data.n == 4 {
                    source.upgrade().unwrap().reconnect();
                }
            }
        });
        let mut ticks = source.subscribe::<Tick>("tick");
        for n in 1..=9 {
            assert_eq!(next(&mut ticks).await.unwrap().data.n, n, "over {transport:?}");
        }
        let attempts = scenario.attempts_when("the second attempt", |attempts| attempts.len() == 2).await;
        // Over fetch the whole chunk has been received by then.
        let received = if transport == FETCH { "9" } else { "4" };
        assert_eq!(asked_for(&attempts), ["", received], "over {transport:?}");
        drop(handler);
    }
}
