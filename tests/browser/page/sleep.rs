//! What a sleep leaves of a stream.

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use serde_json::{Value, json};
use typed_eventsource::protocol::connection::PROOF;
use typed_eventsource::{Cause, ConnectionState, Pause};
use wasm_bindgen_test::wasm_bindgen_test;

use super::stage::{Stage, TwoSeconds};
use super::{falls_silent, goes_on, paused, planned, slow, stops};
use crate::harness::{
    FETCH, NATIVE, Scenario, connect, in_some_round, next, open, reconnecting, request, server, until,
};

#[wasm_bindgen_test]
async fn whoever_slept_through_online_is_not_left_behind() {
    let wakes: [fn(&Stage); 3] = [Stage::resume, Stage::come_back, |stage| {
        stage.sleep(5_000);
        stage.look();
    }];
    let stage = Stage::set();
    for wake in wakes {
        stage.go_offline();
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
        let source = stage.connect(&scenario, FETCH).open().unwrap();
        until(&mut source.states(), |state| paused(state).is_some()).await;
        wake(&stage);
        assert_eq!(paused(&source.state()), Some(Pause::Offline), "still offline");
        stage.come_online_unnoticed();
        wake(&stage);
        until(&mut source.states(), open).await;
    }
}

#[wasm_bindgen_test]
async fn after_a_sleep_a_stream_that_lives_is_kept() {
    let stage = Stage::set();
    let event = "event: tick\ndata: 1\n\n";
    for (transport, says) in [(NATIVE, event), (FETCH, event), (FETCH, ":\n")] {
        // It goes on for longer than a stream has to show that it lives.
        let says = || [json!({ "waitMs": 200 }), json!({ "send": says })];
        let mut steps: Vec<Value> = (0..2 * PROOF.as_millis() / 200).flat_map(|_| says()).collect();
        steps.push(json!({ "send": "event: end\ndata: 1\n\n" }));
        let scenario = Scenario::once(json!(steps), "hold").await;
        let source = scenario.connect(transport).event_types(["tick"]).open().unwrap();
        let mut end = source.subscribe::<u32>("end");
        let mut states = source.states();
        until(&mut states, open).await;
        stage.resume();
        next(&mut end).await.unwrap();
        source.close();
        assert_eq!(next(&mut states).await.status(), "closed", "over {transport:?}");
        assert_eq!(scenario.attempts().await.len(), 1);
    }
}

async fn publish() {
    request("POST", &[server(), "/notifications"].concat(), Some(r#"{"title":"a"}"#)).await;
}

#[wasm_bindgen_test]
async fn a_sleep_is_told_once() {
    let stage = Stage::set();
    in_some_round(async || {
        // It says something when somebody publishes, and nothing for many seconds else.
        let source = connect("/notifications", FETCH).open().unwrap();
        let mut states = source.states();
        until(&mut states, open).await;
        let mut events = source.subscribe::<Value>("notification");
        publish().await;
        next(&mut events).await.unwrap();
        stage.sleep(6_000);
        stage.resume();
        // What comes sooner may have waited since before the sleep.
        TimeoutFuture::new(300).await;
        publish().await;
        next(&mut events).await.unwrap();
        // Time enough for the clock to be looked at, and for another proof to fall due.
        TimeoutFuture::new(1_500 + PROOF.as_millis() as u32).await;
        publish().await;
        next(&mut events).await.unwrap();
        source.close();
        let state = next(&mut states).await;
        (state.status() == "closed").then_some(()).ok_or_else(|| format!("{state:?}"))
    })
    .await;
}

#[wasm_bindgen_test]
async fn after_a_sleep_a_stream_that_stays_silent_is_replaced_within_two_seconds() {
    let stage = Stage::set();
    for transport in [None, FETCH, NATIVE] {
        let scenario = falls_silent().await;
        let source = scenario.connect(transport).retry(slow()).open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        next(&mut ticks).await.unwrap();
        let two_seconds = TwoSeconds::begin();
        stage.resume();
        assert!(open(&source.state()), "it has a second to show that it lives");
        let mut states = source.states();
        // It may be connecting already, where timers are late.
        let seen = until(&mut states, reconnecting).await;
        let woke = |state: &ConnectionState| {
            matches!(state, ConnectionState::Reconnecting { cause: Cause::Wake, .. })
        };
        assert!(seen.last().is_some_and(woke), "{seen:?}");
        let connecting = |state: &ConnectionState| state.status() == "connecting";
        until(&mut states, connecting).await;
        assert!(!two_seconds.are_over(), "over {transport:?}");
        goes_on(&source, &scenario).await;
        assert_eq!(next(&mut ticks).await.unwrap().data, 2);
    }
}

#[wasm_bindgen_test]
async fn what_a_page_reads_after_it_was_busy_proves_the_stream_alive() {
    let stage = Stage::set();
    for (transport, is_told_first) in [(FETCH, true), (FETCH, false), (NATIVE, true), (NATIVE, false)] {
        in_some_round(async || {
            let source = connect("/notifications", transport).open().unwrap();
            let mut states = source.states();
            let mut events = source.subscribe::<Value>("notification");
            until(&mut states, open).await;
            publish().await;
            next(&mut events).await.unwrap();
            stage.be_busy(6_000);
            if is_told_first {
                stage.look();
            }
            publish().await;
            next(&mut events).await.unwrap();
            // Time enough for the clock to be looked at, and for another proof to fall due.
            TimeoutFuture::new(1_500 + PROOF.as_millis() as u32).await;
            publish().await;
            next(&mut events).await.unwrap();
            source.close();
            let state = next(&mut states).await;
            (state.status() == "closed").then_some(()).ok_or_else(|| format!("{transport:?}: {state:?}"))
        })
        .await;
    }
}

#[wasm_bindgen_test]
async fn the_clock_tells_of_a_sleep_that_nobody_else_tells_of() {
    let stage = Stage::set();
    let scenario = stops().await;
    let source = scenario.connect(FETCH).retry(slow()).open().unwrap();
    let mut states = source.states();
    until(&mut states, reconnecting).await;
    stage.sleep(6_000);
    until(&mut states, reconnecting).await;
    assert_eq!(planned(&source).0, Cause::Wake);
    goes_on(&source, &scenario).await;
}

#[wasm_bindgen_test]
async fn only_a_gap_too_long_for_timers_to_be_late_is_a_sleep() {
    let stage = Stage::set();
    for (hidden, slept, is_sleep) in [
        (false, 3_000, false),
        (false, 5_000, true),
        (false, -3_600_000, false),
        (true, 85_000, false),
        (true, 90_000, true),
    ] {
        let source = stops().await.connect(FETCH).retry(slow()).open().unwrap();
        until(&mut source.states(), reconnecting).await;
        if hidden {
            stage.hide();
        }
        stage.sleep(slept);
        // That it is visible from now on says nothing about what was.
        stage.show();
        let (cause, wait) = planned(&source);
        assert_eq!((cause == Cause::Wake, wait < Duration::from_secs(1)), (is_sleep, is_sleep), "{slept} ms");
    }
}
