//! What befalls the page while a source waits, as its delivery asks for.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use serde_json::json;
use typed_eventsource::{Cause, ConnectionState, Delivery, Event};
use wasm_bindgen_test::wasm_bindgen_test;

use super::slow;
use super::stage::{Stage, TwoSeconds};
use crate::harness::{BOTH, FETCH, Log, NATIVE, Scenario, next, reconnecting, until, when};

/// Longer than any test takes.
const MINUTE: Delivery = Delivery::Every(Duration::from_secs(60));

#[wasm_bindgen_test]
async fn whatever_befalls_the_page_ends_the_wait() {
    let fates: [fn(&Stage); 5] =
        [Stage::hide, Stage::show, Stage::go_offline, Stage::go_online, Stage::come_back];
    let stage = Stage::set();
    for befall in fates {
        for transport in [FETCH, NATIVE] {
            stage.go_online();
            stage.show();
            let send = |number: u32| json!({ "send": format!("event: tick\ndata: {number}\n\n") });
            let scenario = Scenario::once(json!([send(1), { "waitMs": 50 }, send(2), send(3)]), "hold").await;
            let source = stage.connect(&scenario, transport).delivery(MINUTE).open().unwrap();
            let log = Log::new();
            let seen = log.clone();
            let _ticks = source.on("tick", move |event: Event<u32>| seen.push(event.data));
            when("the first event", || log.len() >= 1).await;
            // Again and again: the others may not have come yet.
            when("the others", || {
                befall(&stage);
                log.len() == 3
            })
            .await;
            assert_eq!(log.take(), [1, 2, 3], "over {transport:?}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_was_not_read_before_a_sleep_has_to_show_that_it_lives() {
    let stage = Stage::set();
    let send = |number: u32| json!({ "send": format!("id: {number}\nevent: tick\ndata: {number}\n\n") });
    for transport in BOTH {
        let steps = json!([send(1), { "waitMs": 20 }, send(2)]);
        let attempts =
            json!([{ "steps": steps, "end": "hold" }, { "steps": json!([send(3)]), "end": "hold" }]);
        let scenario = Scenario::new(json!({ "attempts": attempts })).await;
        let source = scenario.connect(transport).retry(slow()).delivery(MINUTE).open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        assert_eq!(next(&mut ticks).await.unwrap().data, 1);
        // So that the second one has come, and proves nothing.
        TimeoutFuture::new(500).await;
        let two_seconds = TwoSeconds::begin();
        stage.resume();
        assert_eq!(next(&mut ticks).await.unwrap().data, 2);
        let mut states = source.states();
        let seen = until(&mut states, reconnecting).await;
        let woke = |state: &ConnectionState| {
            matches!(state, ConnectionState::Reconnecting { cause: Cause::Wake, .. })
        };
        assert!(seen.last().is_some_and(woke), "{seen:?}");
        until(&mut states, |state| state.status() == "connecting").await;
        assert!(!two_seconds.are_over(), "over {transport:?}");
        assert_eq!(next(&mut ticks).await.unwrap().data, 3);
        assert_eq!(scenario.attempts().await[1].resumed_from(), "2");
    }
}
