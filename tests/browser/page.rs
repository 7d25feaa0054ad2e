//! A browser that goes offline, a page that is hidden, cached or asleep: what a source makes of it.

mod sleep;
mod stage;
mod waits;

use std::time::Duration;

use gloo_timers::future::TimeoutFuture;
use serde_json::json;
use typed_eventsource::{
    Cause, ConnectionState, Hidden, Offline, Pause, Retry, Text, Transport, TypedEventSource, live_callbacks,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{
    BOTH, FETCH, NATIVE, Scenario, connect, next, open, quick, reconnecting, rest, until, when,
};
use stage::Stage;

/// Waits that no test has the time for: whatever comes back sooner does so for another reason.
fn slow() -> Retry {
    Retry::default().initial(Duration::from_secs(3600))
}

/// Says 1 and stops, so that the source waits; the next attempt goes on with 2.
async fn stops() -> Scenario {
    one_then_two("close").await
}

/// Says 1 and is silent; the next attempt goes on with 2.
async fn falls_silent() -> Scenario {
    one_then_two("hold").await
}

async fn one_then_two(end: &str) -> Scenario {
    let says = |number: u32| json!({ "send": format!("id: {number}\nevent: tick\ndata: {number}\n\n") });
    let (first, second) = (json!([says(1)]), json!([says(2)]));
    Scenario::new(json!({ "attempts": [{ "steps": first, "end": end }, { "steps": second, "end": "hold" }] }))
        .await
}

fn paused(state: &ConnectionState) -> Option<Pause> {
    match state {
        ConnectionState::Paused { why } => Some(*why),
        _ => None,
    }
}

/// What the source comes back for, and how long it waits to do so.
fn planned(source: &TypedEventSource) -> (Cause, Duration) {
    match source.state() {
        ConnectionState::Reconnecting { cause, wait: Some(wait), .. } => (cause, wait),
        other => panic!("no attempt is planned: {other:?}"),
    }
}

fn is_soon((_, wait): (Cause, Duration)) -> bool {
    wait < Duration::from_millis(500)
}

/// The source opens once more, from 1.
async fn goes_on(source: &TypedEventSource, scenario: &Scenario) {
    let seen = until(&mut source.states(), open).await;
    let Some(ConnectionState::Open { resumed_from, .. }) = seen.last() else { panic!("{seen:?}") };
    assert_eq!(resumed_from, "1");
    let attempts = scenario.attempts().await;
    assert_eq!((attempts.len(), attempts[1].resumed_from()), (2, "1"));
}

#[wasm_bindgen_test]
async fn a_planned_attempt_waits_until_the_browser_is_online() {
    let stage = Stage::set();
    // Without `retry`, the browser's EventSource is reconnecting by itself.
    for (transport, retry) in [(None, true), (FETCH, true), (NATIVE, true), (NATIVE, false)] {
        let scenario = stops().await;
        let builder = stage.connect(&scenario, transport);
        let source = if retry { builder.retry(slow()) } else { builder }.open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        until(&mut source.states(), reconnecting).await;
        let ConnectionState::Reconnecting { attempt, .. } = source.state() else { unreachable!() };
        stage.go_offline();
        assert_eq!(paused(&source.state()), Some(Pause::Offline), "over {transport:?}");
        stage.go_offline();
        stage.go_online();
        let ConnectionState::Reconnecting { attempt: next_one, .. } = source.state() else {
            panic!("{:?}", source.state());
        };
        assert_eq!(next_one, attempt, "the pause counts as no attempt");
        let planned = planned(&source);
        assert_eq!(planned.0, Cause::Offline);
        assert!(is_soon(planned));
        goes_on(&source, &scenario).await;
        assert_eq!((next(&mut ticks).await.unwrap().data, next(&mut ticks).await.unwrap().data), (1, 2));
    }
}

#[wasm_bindgen_test]
async fn an_attempt_that_fails_offline_is_followed_by_none() {
    let stage = Stage::set();
    for transport in [None, FETCH, NATIVE] {
        let scenario = Scenario::always(json!({ "status": 503 })).await;
        // Waits that are short and may become long: no longer than that is the network waited for.
        let retry = Retry::default().initial(Duration::from_millis(1));
        let source = stage.connect(&scenario, transport).retry(retry).open().unwrap();
        stage.go_offline();
        let seen = until(&mut source.states(), |state| paused(state).is_some()).await;
        assert_eq!(seen.last().and_then(paused), Some(Pause::Offline));
        // The one that failed may have done so on its way.
        let made = scenario.attempts().await.len();
        assert!(made <= 1, "over {transport:?}");
        // Much longer than the wait for another.
        TimeoutFuture::new(400).await;
        assert_eq!(scenario.attempts().await.len(), made, "over {transport:?}");
        stage.go_online();
        scenario.attempts_when("the next attempt", |attempts| attempts.len() > made).await;
    }
}

#[wasm_bindgen_test]
async fn the_first_attempt_is_made_offline_too_and_the_next_when_the_browser_is_online() {
    let stage = Stage::set();
    for transport in BOTH {
        stage.go_offline();
        let source = stage.connect(&Scenario::sent("").await, transport).open().unwrap();
        // The browser may be wrong.
        let seen = until(&mut source.states(), open).await;
        assert!(seen.contains(&ConnectionState::Connecting { attempt: 1 }), "{seen:?}");
        let scenario = Scenario::new(json!({ "attempts": [{ "status": 503 }, { "end": "hold" }] })).await;
        let source = stage.connect(&scenario, FETCH).open().unwrap();
        let mut states = source.states();
        let seen = until(&mut states, |state| paused(state).is_some()).await;
        assert_eq!(seen.last().and_then(paused), Some(Pause::Offline));
        assert_eq!(scenario.attempts().await.len(), 1);
        stage.go_online();
        until(&mut states, open).await;
    }
}

#[wasm_bindgen_test]
async fn what_the_browser_says_is_ignored_where_that_is_asked_for() {
    let stage = Stage::set();
    for transport in BOTH {
        stage.go_offline();
        let scenario = stops().await;
        let source =
            stage.connect(&scenario, transport).retry(quick()).offline(Offline::Ignore).open().unwrap();
        let mut states = source.states();
        until(&mut states, reconnecting).await;
        stage.go_offline();
        goes_on(&source, &scenario).await;
        stage.go_online();
        source.close();
        let seen = rest(states).await;
        assert!(seen.iter().all(|state| paused(state).is_none()), "{seen:?}");
    }
}

#[wasm_bindgen_test]
async fn an_open_stream_is_kept_offline() {
    let stage = Stage::set();
    for transport in BOTH {
        let source = stage.connect(&Scenario::sent("").await, transport).open().unwrap();
        let mut states = source.states();
        until(&mut states, open).await;
        stage.go_offline();
        stage.go_online();
        source.close();
        assert_eq!(next(&mut states).await.status(), "closed", "and nothing between");
    }
}

#[wasm_bindgen_test]
async fn a_server_on_this_machine_is_reached_offline_too() {
    let stage = Stage::set();
    stage.go_offline();
    for transport in BOTH {
        let scenario = stops().await;
        let source = scenario.connect(transport).retry(quick()).event_types(["tick"]).open().unwrap();
        let mut states = source.states();
        until(&mut states, reconnecting).await;
        stage.go_offline();
        goes_on(&source, &scenario).await;
    }
    for (host, local) in [
        ("localhost", true),
        ("127.0.0.1", true),
        ("127.255.0.7", true),
        ("[::1]", true),
        ("[0:0::1]", true),
        ("LOCALHOST", true),
        ("127.0.0.1.example", false),
        ("localhost.example", false),
        ("128.0.0.1", false),
        ("[::2]", false),
    ] {
        // Browsers connect to no such port: it fails at once, whatever the host is.
        let source = connect(&format!("http://{host}:9/"), FETCH).open().unwrap();
        let failed = |state: &ConnectionState| reconnecting(state) || paused(state).is_some();
        let seen = until(&mut source.states(), failed).await;
        assert_eq!(seen.last().and_then(paused).is_none(), local, "{host}: {seen:?}");
    }
}

#[wasm_bindgen_test]
async fn a_hidden_page_keeps_its_streams_unless_asked_to_pause_them() {
    let stage = Stage::set();
    for transport in BOTH {
        let scenario = falls_silent().await;
        let source = scenario.connect(transport).event_types(["tick"]).open().unwrap();
        let mut states = source.states();
        until(&mut states, open).await;
        stage.hide();
        stage.show();
        source.close();
        assert_eq!(next(&mut states).await.status(), "closed", "and nothing between");
    }
    for transport in [None, FETCH, NATIVE] {
        let scenario = falls_silent().await;
        let source = scenario.connect(transport).hidden(Hidden::Pause).open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        next(&mut ticks).await.unwrap();
        stage.hide();
        assert_eq!(paused(&source.state()), Some(Pause::Hidden), "over {transport:?}");
        stage.hide();
        scenario.left().await;
        stage.show();
        assert_eq!(planned(&source).0, Cause::Wake);
        assert!(is_soon(planned(&source)));
        goes_on(&source, &scenario).await;
        assert_eq!(next(&mut ticks).await.unwrap().data, 2);
    }
}

#[wasm_bindgen_test]
async fn a_source_that_starts_in_a_hidden_page_waits_if_it_is_to_pause() {
    let stage = Stage::set();
    for transport in BOTH {
        stage.hide();
        let scenario = Scenario::sent("").await;
        let source = scenario.connect(transport).hidden(Hidden::Keep).open().unwrap();
        until(&mut source.states(), open).await;

        let scenario = Scenario::sent("").await;
        let source = scenario.connect(transport).hidden(Hidden::Pause).open().unwrap();
        assert_eq!(paused(&source.state()), Some(Pause::Hidden));
        assert_eq!(scenario.attempts().await.len(), 0);
        stage.show();
        until(&mut source.states(), open).await;
    }
}

#[cfg(feature = "js-values")]
#[wasm_bindgen_test]
fn what_javascript_says_about_hidden_pages_is_heeded() {
    let stage = Stage::set();
    stage.hide();
    for (options, status) in [("({ hidden: 'pause' })", "paused"), ("({ hidden: 'keep' })", "connecting")] {
        let builder = connect("/heart-rate", FETCH).hidden(Hidden::Pause);
        let source = builder.js_options(&crate::js_values::js(options)).unwrap().open().unwrap();
        assert_eq!(source.state().status(), status);
    }
}

#[wasm_bindgen_test]
async fn a_page_lets_go_of_its_streams_while_it_is_in_the_cache() {
    let stage = Stage::set();
    for transport in [None, FETCH, NATIVE] {
        let scenario = falls_silent().await;
        let source = scenario.connect(transport).open().unwrap();
        let mut ticks = source.subscribe::<u32>("tick");
        next(&mut ticks).await.unwrap();
        stage.leave(false);
        assert!(open(&source.state()), "it is torn down, or stays");
        stage.leave(true);
        assert_eq!(paused(&source.state()), Some(Pause::Hidden), "over {transport:?}");
        scenario.left().await;
        stage.come_back();
        assert!(is_soon(planned(&source)));
        goes_on(&source, &scenario).await;
    }
}

#[wasm_bindgen_test]
async fn a_page_that_comes_back_where_nobody_sees_it_stays_paused_if_it_is_to_pause() {
    let stage = Stage::set();
    let scenario = falls_silent().await;
    let source = scenario.connect(FETCH).hidden(Hidden::Pause).open().unwrap();
    next(&mut source.subscribe::<u32>("tick")).await.unwrap();
    stage.leave(true);
    stage.hide();
    stage.come_back();
    assert_eq!(paused(&source.state()), Some(Pause::Hidden));
    stage.show();
    goes_on(&source, &scenario).await;
}

#[wasm_bindgen_test]
async fn all_sources_share_what_watches_the_page_and_it_goes_with_the_last() {
    let stage = Stage::set();
    let (listeners, callbacks) = (stage.listeners(), live_callbacks());
    for transport in [None, Some(Transport::EventSource), FETCH] {
        let scenario = Scenario::always(json!({ "end": "hold" })).await;
        let open_one = || scenario.connect(transport).open().unwrap();
        let first = open_one();
        let of_one = stage.listeners() - listeners;
        assert!(of_one > 0.0);
        let second = open_one();
        assert_eq!(stage.listeners() - listeners, of_one);
        drop(first);
        assert_eq!(stage.listeners() - listeners, of_one);
        // Closed, though held; and no tick is left to go off.
        second.close();
        assert_eq!(stage.listeners(), listeners);
        when("callbacks to go", || live_callbacks() <= callbacks).await;
        // What befalls the page now is none of its business.
        stage.resume();
        stage.hide();
        stage.show();
        assert_eq!(second.state().status(), "closed");
        let third = open_one();
        assert_eq!(stage.listeners() - listeners, of_one, "it can begin anew");
        drop((third, second.subscribe::<Text>("tick")));
        when("callbacks to go", || live_callbacks() <= callbacks).await;
        assert_eq!(stage.listeners(), listeners);
    }
}
