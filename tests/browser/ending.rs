//! An event may be the end of its stream.

use serde_json::json;
use typed_eventsource::{CloseReason, ConnectionState, EndedBy, Event, Text, live_callbacks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{BOTH, FETCH, Log, Scenario, closed, next, rest, until, when};

/// Two words, the end, and what must not be seen.
const ANSWER: &str = "id: 1\ndata: one\n\nid: 2\ndata: two\n\nid: 3\ndata: [DONE]\n\nid: 4\ndata: three\n\n";

#[wasm_bindgen_test]
async fn the_source_closes_at_the_event_that_matches_and_nobody_gets_that() {
    for transport in BOTH {
        let scenario = Scenario::sent(ANSWER).await;
        let source = scenario.connect(transport).until(|event| event.data == "[DONE]").open().unwrap();
        let handled = Log::new();
        let log = handled.clone();
        let _sub = source.on("message", move |event: Event<Text>| log.push(event.data.0));
        let words = source.subscribe::<Text>("message");
        let words: Vec<_> = rest(words).await.into_iter().map(|word| word.unwrap().data.0).collect();
        assert_eq!(words, ["one", "two"]);
        assert_eq!(handled.take(), ["one", "two"]);
        assert_eq!(
            source.state(),
            ConnectionState::Closed { reason: CloseReason::Ended { by: EndedBy::Until } }
        );
        assert_eq!(source.cursor().processed, "2", "whoever goes on from there finds the end again");
        scenario.left().await;
        assert_eq!(scenario.attempts().await.len(), 1, "no other attempt follows");
    }
}

#[wasm_bindgen_test]
async fn it_is_asked_once_for_each_event_before_decoding() {
    let steps =
        json!([{ "send": "id: a\ndata: 1\n\nevent: other\ndata: {\n\nevent: last\ndata: no JSON\n\n" }]);
    let scenario = Scenario::once(steps, "hold").await;
    let asked = Log::new();
    let log = asked.clone();
    let source = scenario.connect(FETCH).until(move |event| {
        log.push(format!("{} {} {}", event.event_type, event.data, event.last_event_id));
        event.event_type == "last"
    });
    let source = source.open().unwrap();
    let (_one, _two) = (source.subscribe::<u32>("message"), source.subscribe::<u32>("message"));
    until(&mut source.states(), closed).await;
    assert_eq!(asked.take(), ["message 1 a", "other { a", "last no JSON a"]);
}

#[wasm_bindgen_test]
async fn one_that_traps_is_taken_for_no() {
    let steps = json!([{ "send": "data: 1\n\ndata: 2\n\n" }, { "waitMs": 50 }, { "send": "data: 3\n\n" }]);
    let scenario = Scenario::once(steps, "hold").await;
    let source = scenario.connect(FETCH).until(|event| {
        assert!(event.data != "1", "a trap on purpose");
        event.data == "3"
    });
    let source = source.open().unwrap();
    let mut numbers = source.subscribe::<u32>("message");
    for number in 1..=2 {
        assert_eq!(next(&mut numbers).await.unwrap().data, number);
    }
    assert!(rest(numbers).await.is_empty());
    assert_eq!(source.state(), ConnectionState::Closed { reason: CloseReason::Ended { by: EndedBy::Until } });
}

#[wasm_bindgen_test]
async fn nothing_is_left_behind() {
    let before = live_callbacks();
    for transport in BOTH {
        let scenario = Scenario::sent(ANSWER).await;
        let source = scenario.connect(transport).until(|event| event.data == "[DONE]").open().unwrap();
        rest(source.subscribe::<Text>("message")).await;
        drop(source);
        scenario.left().await;
    }
    when("every callback to be dropped", || live_callbacks() <= before).await;
}
