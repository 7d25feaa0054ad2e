//! What crosses to JavaScript has the shapes of the npm package.

use std::collections::BTreeMap;
use std::time::Duration;

use js_sys::{Function, JSON, Reflect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use typed_eventsource::{
    Cause, CloseReason, ConnectionState, Event, Failure, JsValueError, Overflow, Pause, Response,
    SubscriptionError, Text, Transport,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Scenario, next, quick, rest, when};

/// The value of an expression.
pub(crate) fn js(expression: &str) -> JsValue {
    Function::new_no_args(&["return ", expression].concat()).call0(&JsValue::UNDEFINED).unwrap()
}

/// What a JavaScript function says about a value.
pub(crate) fn asked(value: &JsValue, body: &str) -> JsValue {
    Function::new_with_args("it", &["return ", body].concat()).call1(&JsValue::UNDEFINED, value).unwrap()
}

pub(crate) fn json_of(value: &JsValue) -> Value {
    serde_json::from_str(&String::from(JSON::stringify(value).unwrap())).unwrap()
}

pub(crate) fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap()
}

fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_else(|| panic!("{name} of {value:?}"))
}

/// The only event of a stream with this data, as its type.
async fn event<T: for<'de> Deserialize<'de> + 'static>(data: &str) -> Event<T> {
    let scenario = Scenario::sent(&["event: it\nid: 7\ndata: ", data, "\n\n"].concat()).await;
    let source = scenario.connect(FETCH).open().unwrap();
    let mut events = source.subscribe::<T>("it");
    next(&mut events).await.unwrap()
}

#[wasm_bindgen_test]
async fn an_event_crosses_as_its_json_would() {
    #[derive(Deserialize, Serialize)]
    #[serde(rename_all = "camelCase")]
    struct OrderUpdate {
        order_id: u32,
        status: Option<String>,
        marks: BTreeMap<String, (f64, Value)>,
        at: u64,
    }
    for transport in BOTH {
        let data = json!({ "orderId": 1, "status": null, "marks": { "a": [0.5, { "b": [] }] }, "at": 9_007_199_254_740_991_u64 });
        let scenario = Scenario::sent(&format!("event: orderUpdate\nid: 7\ndata: {data}\n\n")).await;
        let source = scenario.connect(transport).open().unwrap();
        let event = next(&mut source.subscribe::<OrderUpdate>("orderUpdate")).await.unwrap();
        let origin = &*event.origin;
        assert_eq!(
            json_of(&event.to_js().unwrap()),
            json!({ "type": "orderUpdate", "data": data, "lastEventId": "7", "origin": origin })
        );
    }
    let event = event::<Text>("72 bpm").await.to_js().unwrap();
    assert_eq!(text(&event, "data"), "72 bpm");
}

#[wasm_bindgen_test]
async fn data_that_javascript_has_no_place_for_is_an_error() {
    let event = event::<u64>("9007199254740993").await;
    let JsValueError::Data(why) = event.to_js().unwrap_err() else { panic!() };
    assert!(why.contains("9007199254740993"), "{why}");
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Orders {
    HeartRate(u32),
    OrderUpdate {
        order_id: u32,
    },
    Pair(u32, String),
    Raw(Text),
    #[serde(other)]
    Other,
}

#[wasm_bindgen_test]
async fn an_enums_event_crosses_with_the_content_of_its_variant() {
    let stream = "event: heartRate\ndata: 72\n\nevent: orderUpdate\ndata: {\"orderId\":101}\n\n\
        event: pair\ndata: [1,\"b\"]\n\nevent: raw\ndata: 72\n\nevent: weather\ndata: rain\n\n";
    let source = Scenario::sent(stream).await.connect(FETCH).wildcard(true).open().unwrap();
    let mut events = source.events::<Orders>().unwrap();
    for (event_type, data) in [
        ("heartRate", json!(72)),
        ("orderUpdate", json!({ "orderId": 101 })),
        ("pair", json!([1, "b"])),
        ("raw", json!("72")),
        ("weather", json!(null)),
    ] {
        let crossed = json_of(&next(&mut events).await.unwrap().variant_to_js().unwrap());
        // One without content has `null`, as its JSON would.
        assert_eq!((&crossed["type"], crossed.get("data")), (&json!(event_type), Some(&data)));
    }
    let error = event::<u32>("72").await.variant_to_js().unwrap_err();
    assert!(error.to_string().contains("not an externally tagged enum"), "{error}");
}

#[wasm_bindgen_test]
async fn states_of_a_stream_cross_with_what_they_carry() {
    let body = json!([{ "send": "busy" }]);
    let unavailable = json!({ "status": 503, "headers": { "retry-after": "0" }, "steps": body });
    let script = json!({ "attempts": [unavailable, {}, { "status": 404 }] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).last_event_id("5").open().unwrap();
    let states: Vec<_> = rest(source.states()).await.iter().map(ConnectionState::to_js).collect();
    let statuses: Vec<_> = states.iter().map(|state| text(state, "status")).collect();
    assert_eq!(
        statuses,
        ["connecting", "reconnecting", "connecting", "open", "reconnecting", "connecting", "closed"]
    );
    assert_eq!(json_of(&states[0]), json!({ "status": "connecting", "attempt": 1 }));

    let wait = get(&states[1], "waitMs").as_f64().unwrap();
    assert!((100.0..=1000.0).contains(&wait) && wait.fract() == 0.0, "{wait}");
    let cause = get(&states[1], "cause");
    assert_eq!(text(&cause, "code"), "status");
    assert_eq!(text(&cause, "message"), "the server answered with status 503");
    assert_eq!(get(&cause, "status"), 503);
    assert_eq!(text(&cause, "bodyText"), "busy");
    assert!(asked(&cause, "it instanceof Error && it.name === 'EventSourceError'").is_truthy());
    assert_eq!(asked(&cause, "it.headers.get('Retry-After')"), "0");

    let open = "it.headers instanceof Headers && it.headers.get('content-type') + it.httpStatus";
    assert_eq!(asked(&states[3], open), "text/event-stream200");
    let expected = json!({ "status": "open", "transport": "fetch", "resumedFrom": "5", "httpStatus": 200, "headers": {} });
    assert_eq!(json_of(&states[3]), expected);

    assert_eq!(text(&states[6], "reason"), "fatal");
    assert_eq!(get(&get(&states[6], "cause"), "status"), 404);
}

#[wasm_bindgen_test]
fn a_state_has_no_properties_but_its_own() {
    for (state, names) in [
        (
            ConnectionState::Open {
                transport: Transport::EventSource,
                resumed_from: String::new(),
                response: None,
            },
            "status transport resumedFrom",
        ),
        (ConnectionState::Paused { why: Pause::Hidden }, "status why"),
        (ConnectionState::Closed { reason: CloseReason::Closed }, "status reason"),
        (ConnectionState::Closed { reason: CloseReason::Refused }, "status reason cause"),
        (
            ConnectionState::Closed { reason: CloseReason::StartFailed("no wasm".into()) },
            "status reason cause",
        ),
    ] {
        assert_eq!(asked(&state.to_js(), "Object.keys(it).join(' ')"), names, "{state:?}");
    }
    let by_itself = ConnectionState::Reconnecting {
        attempt: 2,
        wait: None,
        cause: Cause::Timeout { after: Duration::from_secs(30) },
    };
    assert!(asked(&by_itself.to_js(), "it.waitMs === null && it.cause.code === 'timeout'").is_truthy());
    assert!(asked(&by_itself.to_js(), "!('status' in it.cause) && !('headers' in it.cause)").is_truthy());
    // A name that no header can have is left out; the others stay.
    let headers = vec![("a b".into(), "1".into()), ("c".into(), "2".into())];
    let cause = Cause::Status { response: Response::new(500, "").headers(headers) };
    assert_eq!(asked(&cause.to_js(), "JSON.stringify([...it.headers])"), r#"[["c","2"]]"#);
}

#[wasm_bindgen_test]
async fn errors_of_subscriptions_cross_with_their_event_or_number() {
    let stream = "id: 1\ndata: 1\n\ndata: 2\n\ndata: three\n\n";
    let source = Scenario::sent(stream).await.connect(FETCH).buffer(1).overflow(Overflow::DropOldest);
    let source = source.open().unwrap();
    let mut numbers = source.subscribe::<u32>("message");
    let mut errors = source.errors();
    let _handler = source.on("message", |_: Event<u32>| {});
    let undecoded = next(&mut errors).await;
    when("two to be dropped", || numbers.dropped() == 2).await;
    let lagged = next(&mut numbers).await.unwrap_err().to_js();
    assert_eq!(text(&lagged, "code"), "lagged");
    assert_eq!(get(&lagged, "dropped"), 2);
    let decode = next(&mut numbers).await.unwrap_err();
    assert!(matches!(decode, SubscriptionError::Decode(_)));
    for error in [decode.to_js(), undecoded.to_js()] {
        assert!(
            asked(&error, "it instanceof Error && it.cause instanceof Error && it.code === 'decode'")
                .is_truthy()
        );
        let event = get(&error, "event");
        assert_eq!((text(&event, "data"), text(&event, "lastEventId")), ("three".into(), "1".into()));
    }
}

#[wasm_bindgen_test]
async fn what_a_source_tells_of_itself_crosses() {
    let headers = json!({ "Mercure-Last-Event-ID": "0" });
    let again = json!({ "headers": headers, "steps": [{ "send": "id: 3\ndata: 3\n\n" }], "end": "hold" });
    let script = json!({ "attempts": [{ "steps": [{ "send": "id: 2\ndata: 2\n\n" }] }, again] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    let mut errors = source.errors();
    let mut numbers = source.subscribe::<u32>("message");
    next(&mut numbers).await.unwrap();
    let gap = next(&mut errors).await.to_js();
    assert_eq!(text(&gap, "code"), "gap");
    assert_eq!(json_of(&get(&gap, "gap")), json!({ "asked": "2", "got": "0" }));
    next(&mut numbers).await.unwrap();
    assert_eq!(json_of(&source.cursor().to_js()), json!({ "received": "3", "processed": "2" }));
    let (came, lost) =
        (json!({ "attempts": 2, "opened": 2, "events": 2 }), json!({ "dropped": 0, "gaps": 1 }));
    let again = json!({ "replays": 0, "reused": 0 });
    let stats = [came, lost, again].iter().flat_map(|part| part.as_object().unwrap().clone()).collect();
    assert_eq!(json_of(&source.stats().to_js()), serde_json::Value::Object(stats));
    for (failure, code) in [
        (Failure::Skipped { last_event_id: "7".into() }.to_js(), "skipped"),
        (Failure::Reused { last_event_id: "7".into() }.to_js(), "id-reused"),
        (Failure::Persist { message: "full".into() }.to_js(), "persist"),
        (SubscriptionError::Overflow.to_js(), "overflow"),
    ] {
        assert!(asked(&failure, "it instanceof Error && it.name === 'EventSourceError'").is_truthy());
        assert_eq!(text(&failure, "code"), code);
        let expected = if ["skipped", "id-reused"].contains(&code) { Some("7".to_owned()) } else { None };
        assert_eq!(get(&failure, "lastEventId").as_string(), expected);
    }
}
