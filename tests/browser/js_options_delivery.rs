//! The options from JavaScript that say what becomes of events do what they say.

use js_sys::Reflect;
use serde_json::{Value, json};
use typed_eventsource::{Builder, Failure, Text, TypedEventSource};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{Scenario, next, nothing_more, open, passed, quick, rest, until, when};
use crate::js_values::{js, json_of};

fn with(scenario: &Scenario, options: &JsValue) -> Builder {
    scenario.connect(None).retry(quick()).js_options(options).unwrap()
}

/// Six events with ids, of which so many are dropped.
async fn burst(options: &str, dropped: u64) -> (TypedEventSource, Vec<Result<u32, String>>) {
    let events: String = (1..=6).map(|n| format!("id: {n}\ndata: {n}\n\n")).collect();
    let scenario = Scenario::sent(&[&events, "event: end\ndata\n\n"].concat()).await;
    let source = with(&scenario, &js(options)).open().unwrap();
    let slow = source.subscribe::<u32>("message");
    let mut end = source.subscribe::<Text>("end");
    let _ = next(&mut end).await;
    when("some to be dropped", || slow.dropped() == dropped).await;
    source.close();
    let items = rest(slow).await.into_iter();
    let items = items.map(|item| item.map(|event| event.data).map_err(|error| error.to_string()));
    (source, items.collect())
}

#[wasm_bindgen_test]
async fn a_full_queue_does_what_the_options_say() {
    for (overflow, expected) in [
        ("'drop-oldest'", vec![4, 5, 6]),
        ("'drop-newest'", vec![1, 2, 3]),
        ("'latest-by-key'", vec![6]),
        (
            "'latest-by-key', key: ({ type, data, lastEventId }) => type + lastEventId % 2 + data % 2",
            vec![5, 6],
        ),
    ] {
        let options = format!("({{ buffer: {{ limitBytes: 330, overflow: {overflow} }} }})");
        let (_source, items) = burst(&options, 6 - expected.len() as u64).await;
        let data: Vec<_> = items.into_iter().filter_map(Result::ok).collect();
        assert_eq!(data, expected, "{overflow}");
    }
}

#[wasm_bindgen_test]
async fn a_key_function_that_gives_none_is_reported_and_the_type_tells_events_apart() {
    let (_restored, reported) = crate::js_options::Uncaught::watch();
    for (body, message) in [
        ("throw new Error('broken')", "Error: broken"),
        ("return 1", r#"TypeError: "buffer.key()" must be a string"#),
    ] {
        let options = format!("({{ buffer: {{ overflow: 'latest-by-key', key() {{ {body} }} }} }})");
        let (_source, items) = burst(&options, 5).await;
        assert_eq!(items, [Ok(6)]);
        assert_eq!(reported.take().first().map(String::as_str), Some(message));
    }
}

#[wasm_bindgen_test]
async fn the_other_policies_close_or_take_fetch() {
    let scenario = Scenario::sent("data: 1\n\ndata: 2\n\n").await;
    let source = with(&scenario, &js("({ buffer: { limitBytes: 1, overflow: 'error' } })")).open().unwrap();
    let _slow = source.subscribe::<u32>("message");
    let seen = rest(source.states()).await;
    assert!(format!("{:?}", seen.last()).contains("Overflow"), "{seen:?}");

    // The second event is delivered to nobody until the first is read or given up.
    let steps = json!([{ "send": "data: 1\n\n" }, { "waitMs": 20 }, { "send": "data: 2\n\n" }]);
    let scenario = Scenario::once(steps, "hold").await;
    let options = js("({ buffer: { limitBytes: 1, overflow: 'backpressure', holdMs: 50 } })");
    let source = with(&scenario, &options).open().unwrap();
    let slow = source.subscribe::<u32>("message");
    let seen = until(&mut source.states(), open).await;
    assert!(format!("{seen:?}").contains("transport: Fetch"), "{seen:?}");
    when("the second event", || slow.dropped() == 1).await;
}

#[wasm_bindgen_test]
async fn gaps_and_replays_are_as_the_options_say() {
    let first = json!({ "steps": [{ "send": "id: 1\ndata: 1\n\nid: 2\ndata: 2\n\n" }] });
    let headers = json!({ "Retry-After": "1" });
    let steps = json!([{ "send": "id: 1\ndata: 1\n\nevent: lost\ndata\n\n" }]);
    let again = json!({ "headers": headers, "steps": steps, "end": "hold" });
    let scenario = Scenario::new(json!({ "attempts": [first, again] })).await;
    let options = "({ transport: 'fetch', dropReplays: false, gapEvent: 'lost', gapHeader: 'Retry-After' })";
    let source = with(&scenario, &js(options)).open().unwrap();
    let mut gaps = source.gaps();
    assert_eq!((&*next(&mut gaps).await.got, &*next(&mut gaps).await.got), ("1", "1"));
    assert_eq!((source.stats().events, source.stats().replays), (4, 0));
}

#[wasm_bindgen_test]
async fn events_come_when_the_options_say() {
    for (delivery, waits) in
        [("'auto'", false), ("'frame'", false), ("'immediate'", false), ("{ everyMs: 60000 }", true)]
    {
        let steps = json!([{ "send": "data: 1\n\n" }, { "waitMs": 40 }, { "send": "data: 2\n\n" }]);
        let scenario = Scenario::once(steps, "hold").await;
        let options = js(&format!("({{ transport: 'fetch', delivery: {delivery} }})"));
        let source = with(&scenario, &options).open().unwrap();
        let mut events = source.subscribe::<u32>("message");
        next(&mut events).await.unwrap();
        if waits {
            gloo_timers::future::TimeoutFuture::new(200).await;
            nothing_more(&mut events).await;
        } else {
            next(&mut events).await.unwrap();
        }
    }
    for wrong in ["'batch'", "{}", "{ everyMs: 0 }", "{ everyMs: 60001 }", "{ everyMs: '16' }", "16", "null"]
    {
        let options = js(&format!("({{ delivery: {wrong} }})"));
        let refused = TypedEventSource::connect("/").js_options(&options).map(drop);
        assert!(refused.unwrap_err().to_string().contains("delivery"), "{wrong}");
    }
}

#[wasm_bindgen_test]
async fn a_storage_from_javascript_is_used() {
    let stored = "typed-eventsource 1 6";
    js("sessionStorage.clear()");
    for storage in
        ["sessionStorage", "{ get(key) { return this[key] ?? null }, set(key, text) { this[key] = text } }"]
    {
        let storage = js(&format!("({storage})"));
        let options = js("({ persist: { key: 'orders' } })");
        let persist = Reflect::get(&options, &"persist".into()).unwrap();
        Reflect::set(&persist, &"storage".into(), &storage).unwrap();
        for resumed in ["", "6"] {
            let ticks = json!([{ "events": { "to": 6, "perWrite": 6 } }, { "send": "event: end\ndata\n\n" }]);
            let scenario = Scenario::once(ticks, "hold").await;
            let source = with(&scenario, &options).open().unwrap();
            passed(&source, "end").await;
            drop(source);
            assert_eq!(json_of(&Reflect::get(&storage, &"orders".into()).unwrap()), json!(stored));
            assert_eq!(scenario.attempts().await[0].resumed_from(), resumed);
        }
    }
}

#[wasm_bindgen_test]
async fn a_storage_from_javascript_may_fail() {
    for (storage, why) in [
        ("{ get() { throw new Error('not today') }, set() {} }", "not today"),
        ("{ get: async () => null, set() {} }", "something else than a string"),
        ("{ get: () => null, set() { throw 'full' } }", "full"),
    ] {
        let scenario = Scenario::sent("id: 1\ndata: 1\n\n").await;
        let options = js(&format!("({{ persist: {{ key: 'orders', storage: {storage} }} }})"));
        let source = with(&scenario, &options).open().unwrap();
        let mut errors = source.errors();
        let _numbers = source.on("message", |_: typed_eventsource::Event<Value>| ());
        let Failure::Persist { message } = next(&mut errors).await else { panic!("{storage}") };
        assert!(message.ends_with(why), "{message}");
    }
}
