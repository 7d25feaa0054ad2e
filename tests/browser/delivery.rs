//! What comes arrives, typed.

use serde::Deserialize;
use typed_eventsource::{Error, Event, Text, Transport};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Log, Scenario, connect, next, open, server, until};

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
struct OrderUpdate {
    order_id: u32,
    status: String,
}

#[wasm_bindgen_test]
async fn both_endpoints_are_delivered_typed() {
    for transport in BOTH {
        both_endpoints(transport).await;
    }
}

async fn both_endpoints(transport: Option<Transport>) {
    let hearts = connect("/heart-rate?everyMs=10", transport).open().unwrap();
    let mut rates = hearts.subscribe::<u32>("heartRate");
    for _ in 0..3 {
        let rate = next(&mut rates).await.unwrap();
        assert!((60..100).contains(&rate.data), "{rate:?}");
    }

    let orders = connect("/orders/stream?everyMs=10", transport).open().unwrap();
    let mut updates = orders.subscribe::<OrderUpdate>("orderUpdate");
    for (id, status) in ["Placed", "Cooking", "Out for delivery", "Delivered"].iter().enumerate() {
        let update = next(&mut updates).await.unwrap();
        assert_eq!(update.data.status, *status);
        assert_eq!(update.data.order_id, 101);
        assert_eq!(*update.last_event_id, *(id + 1).to_string());
        assert_eq!(&*update.event_type, "orderUpdate");
        assert_eq!(&*update.origin, server());
    }
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
enum Live {
    HeartRate(u32),
    OrderUpdate(OrderUpdate),
    Note(Text),
    Ping,
    #[serde(other)]
    Unknown,
}

const LIVE: &str = "event: heartRate\ndata: 72\n\n\
    event: weather\ndata: rain\n\n\
    event: orderUpdate\ndata: {\"orderId\":7,\"status\":\"Placed\"}\n\n\
    event: note\ndata: not JSON\ndata: {\n\n\
    event: ping\ndata\n\n";

fn live() -> Vec<Live> {
    let update = OrderUpdate { order_id: 7, status: "Placed".into() };
    vec![Live::HeartRate(72), Live::OrderUpdate(update), Live::Note(Text("not JSON\n{".into())), Live::Ping]
}

#[wasm_bindgen_test]
async fn an_enum_takes_the_event_types_of_its_variants() {
    for transport in BOTH {
        let source = Scenario::sent(LIVE).await.connect(transport).open().unwrap();
        let mut events = source.events::<Live>().unwrap();
        for expected in live() {
            assert_eq!(next(&mut events).await.unwrap().data, expected, "over {transport:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn with_wildcard_an_enum_takes_what_nobody_named() {
    for transport in BOTH {
        let source = Scenario::sent(LIVE).await.connect(transport).wildcard(true).open().unwrap();
        let mut events = source.events::<Live>().unwrap();
        let mut expected = live();
        expected.insert(1, Live::Unknown);
        for expected in expected {
            assert_eq!(next(&mut events).await.unwrap().data, expected, "over {transport:?}");
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind")]
#[expect(dead_code, reason = "it is refused")]
enum Tagged {
    HeartRate { bpm: u32 },
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is refused")]
enum Untagged {
    HeartRate(u32),
}

#[wasm_bindgen_test]
async fn what_is_no_externally_tagged_enum_is_refused() {
    let source = Scenario::sent(LIVE).await.connect(FETCH).open().unwrap();
    for refused in [
        source.events::<Tagged>().map(drop),
        source.events::<Untagged>().map(drop),
        source.events::<OrderUpdate>().map(drop),
        source.events::<u32>().map(drop),
    ] {
        let error = refused.expect_err("no variants name its event types");
        assert!(matches!(error, Error::Variants(_)), "{error}");
    }
    // And leaves the stream as it was.
    let mut rates = source.subscribe::<u32>("heartRate");
    assert_eq!(next(&mut rates).await.unwrap().data, 72);
}

#[wasm_bindgen_test]
async fn subscribers_get_an_event_in_the_order_in_which_they_subscribed() {
    for transport in BOTH {
        let stream = "event: n\ndata: 1\n\nevent: n\ndata: 2\n\nevent: end\ndata\n\n";
        let source = Scenario::sent(stream).await.connect(transport).open().unwrap();
        let log = Log::new();
        let subscriptions = ["first", "second", "third"].map(|name| {
            let log = log.clone();
            source.on("n", move |event: Event<u32>| log.push((event.data, name)))
        });
        let mut end = source.subscribe::<Text>("end");
        next(&mut end).await.unwrap();
        let expected = [1, 2].map(|n| ["first", "second", "third"].map(|name| (n, name))).concat();
        assert_eq!(log.take(), expected, "over {transport:?}");
        drop(subscriptions);
    }
}

#[wasm_bindgen_test]
async fn an_event_type_subscribed_to_while_the_stream_is_open_arrives() {
    for transport in BOTH {
        let steps = serde_json::json!([{ "events": { "to": 1000, "type": "late", "everyMs": 5 } }]);
        let source = Scenario::once(steps, "hold").await.connect(transport).open().unwrap();
        until(&mut source.states(), open).await;
        let mut late = source.subscribe::<serde_json::Value>("late");
        let event = next(&mut late).await.unwrap();
        assert_eq!(event.data["n"].to_string(), *event.last_event_id);
        assert_eq!(&*event.event_type, "late");
    }
}

#[wasm_bindgen_test]
async fn an_event_type_named_beforehand_is_heard_of_without_a_subscriber() {
    for transport in BOTH {
        // The id of an event that no listener hears is unknown to a page, over the browser's EventSource.
        let steps = serde_json::json!([{ "send": "event: quiet\nid: 5\ndata\n\n" }]);
        let script = serde_json::json!({ "attempts": [{ "steps": steps }, { "end": "hold" }] });
        let scenario = Scenario::new(script).await;
        let builder = scenario.connect(transport).retry(crate::harness::quick()).event_types(["quiet"]);
        let source = builder.open().unwrap();
        // Subscribing and leaving again does not end it.
        drop(source.subscribe::<Text>("quiet"));
        let attempts = scenario.attempts_when("a resume", |attempts| attempts.len() == 2).await;
        assert_eq!(attempts[1].resumed_from(), "5", "over {transport:?}");
        drop(source);
    }
}

#[wasm_bindgen_test]
async fn a_burst_arrives_whole_and_in_order() {
    for transport in BOTH {
        let burst = serde_json::json!({ "to": 5000, "bytes": 100, "perWrite": 7 });
        let steps = serde_json::json!([{ "events": burst }, { "send": "event: end\ndata\n\n" }]);
        let source = Scenario::once(steps, "hold").await.connect(transport).open().unwrap();
        let log = Log::new();
        let handler = source.on("message", {
            let log = log.clone();
            move |event: Event<serde_json::Value>| log.push((event.data["n"].as_u64(), event.last_event_id))
        });
        next(&mut source.subscribe::<Text>("end")).await.unwrap();
        let events = log.take();
        assert_eq!(events.len(), 5000, "over {transport:?}");
        for (n, (data, id)) in (1..).zip(events) {
            assert_eq!((data, &*id), (Some(n), &*n.to_string()), "over {transport:?}");
        }
        drop(handler);
    }
}
