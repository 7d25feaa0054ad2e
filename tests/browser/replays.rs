//! After a resume nothing comes twice, and what is missing is told.

use serde_json::{Value, json};
use typed_eventsource::{Builder, Event, Failure, Gap, Overflow, Stats, Text, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::engine::Engine;
use crate::harness::{
    BOTH, FETCH, Log, NATIVE, Scenario, connect, next, open, quick, reconnecting, rest, until, when,
};

/// Events with these ids, whose data is the id.
fn events(ids: impl IntoIterator<Item = u32>) -> String {
    ids.into_iter().map(|id| format!("id: {id}\ndata: {id}\n\n")).collect()
}

fn attempt(stream: &str, end: &str) -> Value {
    json!({ "steps": [{ "send": stream }], "end": end })
}

/// A server that sends everything anew, whatever it is asked for.
async fn forgetful(then: &str) -> Scenario {
    let again = [&events(1..=5), then].concat();
    Scenario::new(json!({ "attempts": [attempt(&events(1..=3), "close"), attempt(&again, "hold")] })).await
}

/// The data of so many messages.
async fn messages(source: &TypedEventSource, count: usize) -> Vec<u32> {
    let mut messages = source.subscribe::<u32>("message");
    let mut data = Vec::new();
    for _ in 0..count {
        data.push(next(&mut messages).await.unwrap().data);
    }
    data
}

#[wasm_bindgen_test]
async fn what_comes_again_after_a_resume_is_dropped_over_fetch() {
    // From there on an id that is known is one that the server gives twice.
    let scenario = forgetful(&events([2])).await;
    let source = scenario.connect(FETCH).retry(quick()).open().unwrap();
    assert_eq!(messages(&source, 6).await, [1, 2, 3, 4, 5, 2]);
    assert_eq!(source.stats().replays, 3);
}

#[wasm_bindgen_test]
async fn the_answer_to_another_request_than_a_get_is_new_each_time() {
    // What ends is not asked for again.
    if !Engine::here().tells_a_broken_body() {
        return;
    }
    for (drop_replays, expected) in [(None, vec![1, 2, 3, 1, 2, 3, 4, 5]), (Some(true), vec![1, 2, 3, 4, 5])]
    {
        // Before it breaks off, all that was sent arrives.
        let cut = json!({ "steps": [{ "send": events(1..=3) }, { "waitMs": 100 }], "end": "abort" });
        let script = json!({ "attempts": [cut, attempt(&events(1..=5), "hold")] });
        let scenario = Scenario::new(script).await;
        let source = scenario.connect(FETCH).method("POST").idempotent(true).drop_replays(drop_replays);
        let source = source.retry(quick()).open().unwrap();
        assert_eq!(messages(&source, expected.len()).await, expected, "{drop_replays:?}");
    }
}

#[wasm_bindgen_test]
async fn over_the_browsers_eventsource_only_who_says_that_ids_are_unique() {
    for retry in [None, Some(quick())] {
        let paced = |builder: Builder| match &retry {
            Some(retry) => builder.retry(retry.clone()),
            None => builder,
        };
        let scenario = forgetful("").await;
        let source = paced(scenario.connect(NATIVE)).open().unwrap();
        assert_eq!(messages(&source, 8).await, [1, 2, 3, 1, 2, 3, 4, 5]);

        let scenario = forgetful("").await;
        let source = paced(scenario.connect(NATIVE)).drop_replays(true).open().unwrap();
        assert_eq!(messages(&source, 5).await, [1, 2, 3, 4, 5]);
        assert_eq!(source.stats().replays, 3);
    }
}

#[wasm_bindgen_test]
async fn what_came_over_the_browsers_eventsource_is_known_when_fetch_takes_over() {
    let script = json!({ "attempts": [attempt(&events(1..=3), "hold"), attempt(&events(1..=5), "hold")] });
    // Without the parameter, only fetch can say where to resume.
    let source = Scenario::new(script).await.connect(None).last_event_id_param(None).open().unwrap();
    let mut states = source.states();
    assert_eq!(messages(&source, 3).await, [1, 2, 3]);
    source.reconnect();
    assert_eq!(messages(&source, 2).await, [4, 5]);
    let seen = until(&mut states, |state| open(state) && format!("{state:?}").contains("Fetch")).await;
    assert!(format!("{seen:?}").contains("EventSource"), "it began there: {seen:?}");
}

#[wasm_bindgen_test]
async fn nothing_is_dropped_where_that_is_turned_off() {
    for transport in BOTH {
        let scenario = forgetful("").await;
        let source = scenario.connect(transport).retry(quick()).drop_replays(false).open().unwrap();
        assert_eq!(messages(&source, 8).await, [1, 2, 3, 1, 2, 3, 4, 5], "over {transport:?}");
        assert_eq!(source.stats().replays, 0);
    }
}

#[wasm_bindgen_test]
async fn an_event_without_an_id_of_its_own_is_never_dropped() {
    let first = "id: 1\ndata: 1\n\ndata: 10\n\n";
    let script = json!({ "attempts": [attempt(first, "close"), attempt(&[first, "id: 2\ndata: 2\n\n"].concat(), "hold")] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    assert_eq!(messages(&source, 4).await, [1, 10, 10, 2]);
}

#[wasm_bindgen_test]
async fn a_resume_that_is_cut_short_does_not_set_the_stream_back() {
    let script = json!({ "attempts": [
        attempt(&events(1..=3), "close"),
        attempt(&events([1]), "close"),
        attempt(&events(1..=4), "hold"),
    ] });
    for (transport, drop_replays) in [(FETCH, None), (NATIVE, Some(true))] {
        let scenario = Scenario::new(script.clone()).await;
        let builder = scenario.connect(transport).retry(quick());
        let source = builder.drop_replays(drop_replays).open().unwrap();
        assert_eq!(messages(&source, 4).await, [1, 2, 3, 4], "over {transport:?}");
        let asked: Vec<_> =
            scenario.attempts().await.iter().map(|attempt| attempt.resumed_from().to_owned()).collect();
        assert_eq!(asked, ["", "3", "3"], "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn an_id_to_begin_with_says_nothing_of_its_event() {
    let scenario = Scenario::sent(&events(7..=8)).await;
    let source = scenario.connect(FETCH).last_event_id("7").open().unwrap();
    assert_eq!(messages(&source, 2).await, [7, 8]);
}

#[wasm_bindgen_test]
async fn a_known_id_with_other_data_is_delivered_after_a_resume() {
    let other = "id: 1\ndata: 10\n\nid: 2\ndata: 20\n\n";
    let script = json!({ "attempts": [attempt(&events(1..=3), "close"), attempt(other, "hold")] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    assert_eq!(messages(&source, 5).await, [1, 2, 3, 10, 20]);
    assert_eq!(source.stats().replays, 0);
}

/// A response that says where it goes on.
fn going_on_from(id: &str, stream: &str, end: &str) -> Value {
    let headers = json!({
        "Mercure-Last-Event-ID": id,
        // Of those that the server shows to other origins.
        "Retry-After": id,
    });
    json!({ "headers": headers, "steps": [{ "send": stream }], "end": end })
}

fn gap(gap: &Gap) -> (&str, &str) {
    (&gap.asked, &gap.got)
}

#[wasm_bindgen_test]
async fn a_header_with_another_id_than_was_asked_for_tells_of_a_gap() {
    let script = json!({ "attempts": [
        going_on_from("earliest", &events(1..=3), "close"),
        going_on_from("3", &events([4]), "close"),
        going_on_from("é", &events(1..=2), "hold"),
    ] });
    for header in ["Mercure-Last-Event-ID", "Retry-After"] {
        let scenario = Scenario::new(script.clone()).await;
        let source = scenario.connect(FETCH).retry(quick()).gap_header(header).open().unwrap();
        let mut gaps = source.gaps();
        let mut errors = source.errors();
        // Ids may be used anew after it.
        assert_eq!(messages(&source, 6).await, [1, 2, 3, 4, 1, 2]);
        assert_eq!(gap(&next(&mut gaps).await), ("4", "é"));
        let stats = source.stats();
        assert_eq!((stats.gaps, stats.replays), (1, 0));
        source.close();
        assert!(rest(gaps).await.is_empty());
        assert!(rest(&mut errors).await.is_empty(), "somebody had read it");
    }
}

#[wasm_bindgen_test]
async fn an_event_tells_of_a_gap_and_is_delivered_too() {
    let lost = "event: gap\ndata: 0\n\n";
    let cut = attempt(&events(1..=3), "close");
    for (transport, gap_stream, got) in [
        (None, lost.to_owned(), ""),
        (FETCH, lost.to_owned(), ""),
        (NATIVE, lost.to_owned(), ""),
        (FETCH, format!("id: 8\n{lost}"), "8"),
        (NATIVE, format!("id: 8\n{lost}"), "8"),
    ] {
        let again = attempt(&[&gap_stream, &*events(1..=2)].concat(), "hold");
        let scenario = Scenario::new(json!({ "attempts": [cut, again] })).await;
        let source = scenario.connect(transport).retry(quick()).gap_event("gap").open().unwrap();
        let mut gaps = source.gaps();
        assert_eq!(messages(&source, 5).await, [1, 2, 3, 1, 2], "over {transport:?}");
        assert_eq!(gap(&next(&mut gaps).await), ("3", got), "over {transport:?}");
        assert_eq!(source.stats().gaps, 1);
    }
    let scenario = Scenario::sent(lost).await;
    let source = scenario.connect(None).gap_event("gap").open().unwrap();
    let mut gaps = source.gaps();
    assert_eq!(next(&mut source.subscribe::<u32>("gap")).await.unwrap().data, 0);
    assert_eq!(gap(&next(&mut gaps).await), ("", ""));
}

#[wasm_bindgen_test]
async fn a_gap_that_nobody_listens_to_is_among_the_errors() {
    let script = json!({ "attempts": [
        attempt(&events([1]), "close"),
        going_on_from("0", &events([2]), "hold"),
    ] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    drop(source.gaps());
    let mut errors = source.errors();
    let Failure::Gap(found) = next(&mut errors).await else { panic!("a gap") };
    assert_eq!(gap(&found), ("1", "0"));
    let text = Failure::Gap(found).to_string();
    assert!(text.contains("\"1\"") && text.contains("\"0\""), "{text}");
}

#[wasm_bindgen_test]
async fn the_numbers_say_what_happened() {
    let beat = "event: beat\ndata\n\n";
    let script = json!({ "attempts": [
        attempt(&[&events(1..=3), beat].concat(), "close"),
        { "status": 503 },
        attempt(&events(2..=6), "hold"),
    ] });
    let scenario = Scenario::new(script).await;
    let source = scenario.connect(FETCH).retry(quick()).buffer(220).heartbeat_event("beat");
    let source = source.overflow(Overflow::DropOldest).open().unwrap();
    assert_eq!(source.stats(), {
        let mut stats = Stats::default();
        stats.attempts = 1;
        stats
    });
    let log = Log::new();
    let noted = log.clone();
    let unread = source.subscribe::<Text>("message");
    let _handler = source.on("message", move |event: Event<u32>| noted.push(event.data));
    when("all events", || log.len() == 6).await;
    when("four to be dropped", || unread.dropped() == 4).await;
    let Stats { attempts, opened, events, dropped, replays, gaps, .. } = source.stats();
    assert_eq!((attempts, opened, events, dropped, replays, gaps), (3, 2, 7, 4, 2, 0));
    drop(unread);
    assert_eq!(source.stats().dropped, 4, "they stay counted");
}

#[wasm_bindgen_test]
async fn the_browser_that_reconnects_by_itself_makes_no_attempt_of_ours() {
    let script = json!({ "attempts": [attempt("retry: 1\ndata: 1\n\n", "close"), { "end": "hold" }] });
    let source = Scenario::new(script).await.connect(NATIVE).open().unwrap();
    let mut states = source.states();
    let _messages = source.subscribe::<u32>("message");
    until(&mut states, reconnecting).await;
    until(&mut states, open).await;
    assert_eq!((source.stats().attempts, source.stats().opened), (1, 2));
}

#[wasm_bindgen_test]
fn a_gap_header_has_to_be_a_name() {
    for name in ["", "x y", "x:", "é"] {
        let refused = connect("/", FETCH).gap_header(name).open().expect_err(name);
        assert!(refused.to_string().contains("gap_header"), "{refused}");
    }
}

#[wasm_bindgen_test]
async fn a_stream_of_a_few_events_that_come_again_and_again_is_heard_after_a_resume() {
    let again = events([1, 2]);
    let script = json!({ "attempts": [
        attempt(&events(1..=3), "close"),
        attempt(&again.repeat(10), "hold"),
    ] });
    let source = Scenario::new(script).await.connect(FETCH).retry(quick()).open().unwrap();
    // It may be that the first two are replays.
    let expected = [&[1, 2, 3][..], &[1, 2].repeat(9)].concat();
    assert_eq!(messages(&source, expected.len()).await, expected);
    assert_eq!(source.stats().replays, 2);
}
