//! When events are handed over: many come in few wake-ups, none is lost, and nothing is left behind.

use std::rc::Rc;
use std::time::Duration;

use serde_json::{Value, json};
use typed_eventsource::{Delivery, Error, Event, TypedEventSource, live_callbacks};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{FETCH, Log, NATIVE, Scenario, in_some_round, quick, when};

/// Longer than any test takes.
const MINUTE: Delivery = Delivery::Every(Duration::from_secs(60));

fn now() -> f64 {
    web_sys::window().unwrap().performance().unwrap().now()
}

/// Follows so many events, up to two a millisecond: the numbers that came, in how many tasks and in how long.
async fn follow(source: TypedEventSource, count: usize) -> (Vec<u64>, u32, Duration) {
    let log = Log::new();
    let seen = log.clone();
    let begin = now();
    let _ticks = source.on("tick", move |event: Event<Value>| {
        seen.push((event.data["n"].as_u64().unwrap(), now()));
    });
    when("all events", || log.len() == count).await;
    let elapsed = Duration::from_secs_f64((now() - begin) / 1000.0);
    let (numbers, times): (Vec<_>, Vec<_>) = log.take().into_iter().unzip();
    // What comes in one task has no pause.
    let wakes = 1 + times.windows(2).filter(|pair| pair[1] - pair[0] > 2.0).count();
    (numbers, wakes as u32, elapsed)
}

#[wasm_bindgen_test]
async fn many_events_come_in_few_wake_ups_and_none_is_lost() {
    for (delivery, interval) in [
        (Delivery::Auto, 32),
        // Two frames may lie close together.
        (Delivery::Frame, 8),
        (Delivery::Every(Duration::from_millis(100)), 100),
    ] {
        for transport in [FETCH, NATIVE] {
            if (delivery, transport) == (Delivery::Auto, NATIVE) {
                continue;
            }
            in_some_round(async || {
                let ticks =
                    json!([{ "events": { "to": 1000, "type": "tick", "perWrite": 2, "everyMs": 1 } }]);
                let source = Scenario::once(ticks, "hold").await.connect(transport).delivery(delivery);
                let (numbers, wakes, elapsed) = follow(source.open().unwrap(), 1000).await;
                assert!(numbers.into_iter().eq(1..=1000), "{delivery:?} over {transport:?}");
                // The one after those that were there may come by itself.
                let most = 2 * elapsed.as_millis() as u32 / interval + 6;
                let told = || format!("{delivery:?} over {transport:?}: {wakes} wake-ups in {elapsed:?}");
                (wakes <= most).then_some(()).ok_or_else(told)
            })
            .await;
        }
    }
}

#[wasm_bindgen_test]
async fn few_events_are_not_kept_waiting() {
    in_some_round(async || {
        let ticks = json!([{ "events": { "to": 30, "type": "tick", "everyMs": 20 } }]);
        let source = Scenario::once(ticks, "hold").await.connect(FETCH).delivery(Delivery::Auto);
        let (_, wakes, elapsed) = follow(source.open().unwrap(), 30).await;
        (wakes >= 15).then_some(()).ok_or_else(|| format!("{wakes} wake-ups in {elapsed:?}"))
    })
    .await;
}

/// Numbers that come one by one, over a source that waits for a minute after the first.
async fn waiting(transport: Option<typed_eventsource::Transport>, end: &str) -> (TypedEventSource, Log<u32>) {
    let send = |number: u32| json!({ "send": format!("id: {number}\nevent: tick\ndata: {number}\n\n") });
    let pause = || json!({ "waitMs": 30 });
    let steps = json!([send(1), pause(), send(2), send(3), pause(), send(4), pause()]);
    let scenario = Scenario::once(steps, end).await;
    let source = scenario.connect(transport).retry(quick()).delivery(MINUTE).open().unwrap();
    (source, Log::new())
}

fn noting(source: &TypedEventSource, log: &Log<u32>) -> typed_eventsource::Subscription {
    let log = log.clone();
    source.on("tick", move |event: Event<u32>| log.push(event.data))
}

#[wasm_bindgen_test]
async fn the_first_event_comes_at_once_and_what_waits_before_a_change_of_state() {
    let (source, log) = waiting(NATIVE, "close").await;
    let seen = log.clone();
    let source = Rc::new(source);
    let state = Rc::downgrade(&source);
    let statuses = Log::new();
    let noted = statuses.clone();
    let _ticks = source.on("tick", move |event: Event<u32>| {
        seen.push(event.data);
        noted.push(state.upgrade().unwrap().state().status());
    });
    when("the first event", || log.len() >= 1).await;
    // The server ends the stream long before the minute is over.
    when("the others", || log.len() == 4).await;
    assert_eq!((log.take(), statuses.take()), (vec![1, 2, 3, 4], vec!["open"; 4]));
}

#[wasm_bindgen_test]
async fn a_source_that_is_dropped_while_it_waits_leaves_nothing() {
    for transport in [FETCH, NATIVE] {
        let before = live_callbacks();
        let (source, log) = waiting(transport, "hold").await;
        let ticks = noting(&source, &log);
        when("the first event", || log.len() >= 1).await;
        gloo_timers::future::TimeoutFuture::new(100).await;
        drop(source);
        when("callbacks to go", || live_callbacks() <= before).await;
        assert_eq!(log.take(), [1], "over {transport:?}");
        drop(ticks);
    }
}

#[wasm_bindgen_test]
async fn reconnecting_ends_the_wait() {
    for transport in [FETCH, NATIVE] {
        let events = json!([{ "events": { "to": 3, "type": "tick", "everyMs": 10, "atMost": 3 } }]);
        let attempt = json!({ "steps": events, "end": "hold" });
        let scenario = Scenario::new(json!({ "attempts": [attempt, attempt] })).await;
        let source = scenario.connect(transport).retry(quick()).delivery(MINUTE).open().unwrap();
        let log = Log::new();
        let seen = log.clone();
        let _ticks =
            source.on("tick", move |event: Event<Value>| seen.push(event.data["n"].as_u64().unwrap()));
        when("the first event", || log.len() >= 1).await;
        source.reconnect();
        let attempts = scenario.attempts_when("a second attempt", |attempts| attempts.len() == 2).await;
        let resumed = attempts[1].resumed_from().to_owned();
        when("the event after it", || log.len() > 1 || resumed == "3").await;
        let numbers = log.take();
        assert!(numbers.len() > 1 && numbers.iter().copied().eq(1..=numbers.len() as u64), "{numbers:?}");
    }
}

#[wasm_bindgen_test]
async fn a_wait_of_no_time_and_one_for_ever_are_refused() {
    for interval in [Duration::ZERO, Duration::from_micros(999), Duration::from_millis(60_001)] {
        let refused = TypedEventSource::connect("/").delivery(Delivery::Every(interval)).open();
        assert!(matches!(refused, Err(Error::Options(_))), "{interval:?}");
    }
}
