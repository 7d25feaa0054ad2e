//! How the connection is reestablished: when, where, and with which last event ID.

use std::time::Duration;

use serde_json::json;
use typed_eventsource::{ConnectionState, Retry};
use wasm_bindgen_test::wasm_bindgen_test;

use super::compatibility::{differs, holds};
use super::{Playing, WAYS, Way, play, row};
use crate::engine::Engine;
use crate::harness::{Attempt, FETCH, NATIVE, Scenario, reconnecting, until};

fn asked_for(attempts: &[Attempt]) -> Vec<&str> {
    attempts.iter().map(Attempt::resumed_from).collect()
}

#[wasm_bindgen_test]
async fn a_block_with_only_an_id_commits_it() {
    for way in WAYS {
        let sent = [json!("retry: 1\nid: 1\ndata: x\n\nid: 7\n\n")];
        let played = play(way, &[&sent], &["message"]).await;
        // Who replaces the browser's EventSource knows the id of the last event only: x comes twice from there.
        // Of the browsers' own, that of Chromium alone sends the other.
        let commits = match way {
            Way::Browser => Engine::here() == Engine::Chromium,
            Way::Renewed => false,
            Way::Fetch => true,
        };
        assert_eq!(asked_for(&played.attempts), ["", if commits { "7" } else { "1" }], "{way:?}");
        if commits {
            holds(way);
        } else {
            differs(way, "the id of the last event is sent");
        }
    }
}

#[wasm_bindgen_test]
async fn an_event_of_a_type_nobody_listens_to_commits_its_id() {
    for way in WAYS {
        let sent = [json!("retry: 1\nid: 1\ndata: x\n\nid: 7\nevent: other\ndata: y\n\n")];
        let played = play(way, &[&sent], &["message"]).await;
        // The browser's EventSource does not show that event.
        let expected = if way == Way::Renewed { "1" } else { "7" };
        assert_eq!(asked_for(&played.attempts), ["", expected], "{way:?}");
        if way == Way::Renewed {
            differs(way, "the id of the last event heard is sent");
        } else {
            holds(way);
        }
    }
}

#[wasm_bindgen_test]
async fn the_id_of_an_event_that_was_cut_is_not_committed() {
    for way in WAYS {
        let first = [json!("retry: 1\nid: 1\ndata: a\n\n"), json!("id: 2\ndata: b\n")];
        let second = [json!("id: 2\ndata: b\n\n")];
        let played = play(way, &[&first, &second], &["message"]).await;
        assert_eq!(played.events, [row(("message", "a", "1")), row(("message", "b", "2"))], "{way:?}");
        assert_eq!(asked_for(&played.attempts), ["", "1", "2"], "{way:?}");
        holds(way);
    }
}

#[wasm_bindgen_test]
async fn the_id_resumed_from_is_that_of_events_without_one() {
    for way in WAYS {
        let first = [json!("retry: 1\nid: 1\ndata: a\n\n")];
        let second = [json!("data: b\n\n")];
        let third = [json!("data: c\n\n")];
        let played = play(way, &[&first, &second, &third], &["message"]).await;
        let rows = [("message", "a", "1"), ("message", "b", "1"), ("message", "c", "1")].map(row);
        assert_eq!(played.events, rows, "{way:?}");
        assert_eq!(asked_for(&played.attempts), ["", "1", "1", "1"], "{way:?}");
        holds(way);
    }
}

#[wasm_bindgen_test]
async fn an_id_goes_out_in_the_header_where_it_can_and_otherwise_in_the_query() {
    for way in WAYS {
        let played = play(way, &[&[json!("retry: 1\nid: 1\ndata: a\n\n")]], &["message"]).await;
        let Attempt { last_event_id, query, .. } = &played.attempts[1];
        let sent = (last_event_id.as_deref(), query.get("lastEventId").map(String::as_str));
        let renewed = way == Way::Renewed;
        assert_eq!(sent, if renewed { (None, Some("1")) } else { (Some("1"), None) }, "{way:?}");
        holds(way);
    }
}

#[wasm_bindgen_test]
async fn until_the_server_says_otherwise_the_wait_is_one_to_two_seconds_and_the_browsers_own_is_hidden() {
    for (transport, ours) in [(NATIVE, false), (NATIVE, true), (FETCH, true)] {
        let scenario = Scenario::always(json!({ "end": "close" })).await;
        let builder = scenario.connect(transport);
        let source = if ours { builder.retry(Retry::default()) } else { builder }.open().unwrap();
        let seen = until(&mut source.states(), reconnecting).await;
        let Some(ConnectionState::Reconnecting { wait, .. }) = seen.last() else { panic!("{seen:?}") };
        let second = Duration::from_secs(1);
        let fits = wait.map_or(!ours, |wait| ours && wait >= second && wait <= 2 * second);
        assert!(fits, "over {transport:?}: {wait:?}");
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn over_the_browsers_eventsource_a_reconnection_time_is_cut_short_by_the_connect_timeout() {
    for (transport, expected) in
        [(NATIVE, ["network", "timeout"]), (FETCH, ["end-of-stream", "end-of-stream"])]
    {
        let ended = json!({ "steps": [{ "send": "retry: 3000\n\n" }] });
        let scenario = Scenario::always(ended).await;
        let builder = scenario.connect(transport).connect_timeout(Duration::from_millis(1500));
        let source = builder.open().unwrap();
        let mut states = source.states();
        // The browser does not tell that it waits, nor how long: nothing shows whether its attempt hangs.
        let mut seen = Vec::new();
        while seen.len() < expected.len() {
            if let Some(ConnectionState::Reconnecting { cause, .. }) =
                until(&mut states, reconnecting).await.last()
            {
                seen.push(cause.code());
            }
        }
        assert_eq!(seen, expected, "over {transport:?}");
        holds(transport);
    }
}

#[wasm_bindgen_test]
async fn a_huge_reconnection_time_is_told_and_does_not_mean_at_once() {
    /// 30 days, longer than a timer can take.
    const MOST: u64 = 30 * 24 * 60 * 60 * 1000;
    for (value, told) in [("18446744073709551616", MOST), ("2147483648", 1 << 31), ("4294967297", MOST)] {
        let sent = json!([{ "steps": [{ "send": format!("retry: {value}\n\n") }] }]);
        let playing = Playing::open(Way::Fetch, sent, &[]).await;
        let seen = until(&mut playing.source.states(), reconnecting).await;
        let Some(ConnectionState::Reconnecting { wait, .. }) = seen.last() else { panic!("{seen:?}") };
        assert_eq!(*wait, Some(Duration::from_millis(told)), "{value}");
        // A timer that took it for less would have fired by the time of some answers.
        for _ in 0..20 {
            assert_eq!(playing.scenario.attempts().await.len(), 1, "{value}");
        }
        holds(Way::Fetch);
    }
}

#[wasm_bindgen_test]
async fn after_a_temporary_redirect_the_connection_is_reestablished_at_the_first_url() {
    redirected(307, &[Engine::Chromium]).await;
}

#[wasm_bindgen_test]
async fn after_a_permanent_redirect_the_connection_is_reestablished_at_the_first_url() {
    redirected(308, &[Engine::Chromium, Engine::Firefox]).await;
}

/// The EventSources of some engines reconnect to the last URL; we to the first, in all of them.
async fn redirected(status: u16, to_the_last: &[Engine]) {
    for way in WAYS {
        let streams =
            ["1", "2"].map(|id| json!({ "steps": [{ "send": format!("retry: 1\nid: {id}\ndata: a\n\n") }] }));
        let target = Scenario::new(json!({ "attempts": streams, "afterwards": "no-content" })).await;
        let path = target.url.rsplit_once("/scenarios").unwrap().1;
        let redirect = json!({ "status": status, "headers": { "location": format!("/scenarios{path}") } });
        let playing = Playing::open(way, json!([redirect, redirect]), &["message"]).await;
        let played = playing.end().await;
        let events: Vec<_> = played.events.iter().map(|(_, data, _)| &**data).collect();
        assert_eq!(events, ["a", "a"], "{way:?}");
        let (first, target) = (played.attempts.len(), target.attempts().await);
        if way == Way::Browser && to_the_last.contains(&Engine::here()) {
            assert_eq!((first, target.len()), (1, 3), "{way:?}");
            assert_eq!(asked_for(&target), ["", "1", "2"], "{way:?}");
            differs(way, "it is reestablished at the last URL");
        } else {
            assert_eq!((first, target.len()), (3, 2), "{way:?}");
            assert_eq!(asked_for(&played.attempts), ["", "1", "2"], "{way:?}");
            holds(way);
        }
        if way == Way::Fetch {
            // A header survives the redirect, a query that we added does not.
            assert_eq!(asked_for(&target), ["", "1"], "{way:?}");
        }
    }
}
