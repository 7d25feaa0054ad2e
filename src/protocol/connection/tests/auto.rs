//! Which transport carries the stream.

use super::*;
use Transport::{EventSource, Fetch};

fn transports(page: &Page) -> Vec<Transport> {
    page.opened.iter().map(|(_, transport, _)| *transport).collect()
}

#[test]
fn without_a_wish_the_browsers_event_source_comes_first() {
    assert_eq!(Page::started(auto()).transport(), EventSource);
    assert_eq!(Page::started(Config { event_source: false, ..auto() }).transport(), Fetch);
    assert_eq!(Page::started(fetch()).transport(), Fetch);
    assert_eq!(Page::started(event_source()).transport(), EventSource);
}

#[test]
fn after_the_browser_has_given_up_fetch_takes_over_for_good() {
    let mut page = Page::started(auto());
    page.fail_and_retry(Cause::Refused);
    assert_eq!(page.transport(), Fetch);
    page.answer();
    page.pass(secs(3600));
    page.fail_and_retry(network());
    page.reconnect();
    page.answer();
    page.wake_to_silence();
    page.wait_it_out();
    page.hide();
    page.show();
    page.wait_it_out();
    assert_eq!(transports(&page), [EventSource, Fetch, Fetch, Fetch, Fetch, Fetch]);
}

#[test]
fn fetch_then_sees_what_the_browser_hid() {
    for (answer, code) in [(status(204), "no-content"), (status(404), "fatal"), (content_type(), "fatal")] {
        let mut page = Page::started(auto());
        page.fail_and_retry(Cause::Refused);
        page.fail(answer);
        assert_eq!(page.closed().code(), code);
    }
    let mut page = Page::started(auto());
    page.fail_and_retry(Cause::Refused);
    for _ in 0..20 {
        page.fail_and_retry(status(503));
    }
}

#[test]
fn the_first_error_is_left_to_the_browser() {
    let mut page = Page::open(auto());
    let id = page.id();
    page.interrupt();
    assert!(matches!(
        page.state(),
        ConnectionState::Reconnecting { attempt: 2, wait: None, cause: Cause::Network { .. } }
    ));
    page.pass(secs(3));
    page.answer();
    assert_eq!((page.id(), page.opened.len()), (id, 1));
    assert_eq!(page.story(), ["connecting", "open", "reconnecting", "open"]);
}

#[test]
fn a_second_error_before_the_stream_was_stable_moves_to_fetch() {
    let mut page = Page::open(auto());
    page.interrupt();
    page.pass(secs(2));
    page.answer();
    page.pass(STABLE - secs(2) - ms(1));
    page.interrupt();
    assert!(page.wait() >= secs(1));
    page.wait_it_out();
    assert_eq!(transports(&page), [EventSource, Fetch]);
}

#[test]
fn errors_far_apart_stay_with_the_browser() {
    let mut page = Page::open(auto());
    for _ in 0..20 {
        page.interrupt();
        page.pass(secs(2));
        page.answer();
        page.pass(STABLE - secs(2));
    }
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn a_browser_that_tries_in_vain_is_relieved_however_slowly_it_does() {
    // The server's `retry:`, which nobody else sees, may make it wait longer than `stable`.
    let mut page = Page::open(auto());
    page.interrupt();
    page.pass(secs(20));
    page.interrupt();
    page.wait_it_out();
    assert_eq!(transports(&page), [EventSource, Fetch]);
}

#[test]
fn with_pacing_asked_for_fetch_is_taken_at_once() {
    let paced = Config { retry: Some(Retry::default()), ..auto() };
    let mut page = Page::open(paced.clone());
    // The browser would have kept it to itself.
    page.receive_retry(secs(7));
    page.fail(network());
    assert!(page.wait() >= secs(7));
    page.wait_it_out();
    assert_eq!(transports(&page), [Fetch, Fetch]);
    let page = Page::started(Config { fetch: false, ..paced });
    assert_eq!(page.transport(), EventSource);
}

#[test]
fn with_an_id_every_attempt_of_ours_to_the_own_origin_goes_over_fetch() {
    // The id that it begins with, or is persisted.
    let page = Page::started(Config { last_event_id: "1".into(), ..auto() });
    assert_eq!((page.transport(), page.resume()), (Fetch, &Resume::Header("1".into())));

    // One that has come: the browser's own reconnection sends it as the header too.
    let mut page = Page::open(auto());
    page.receive_id("2");
    page.interrupt();
    page.answer();
    assert_eq!(transports(&page), [EventSource]);
    page.reconnect();
    assert_eq!((page.transport(), page.resume()), (Fetch, &Resume::Header("2".into())));

    // To another origin the header costs a preflight, and the parameter does not.
    let cross = Config { cross_origin: true, ..auto() };
    let mut page = Page::open(Config { last_event_id: "1".into(), ..cross.clone() });
    assert_eq!((page.transport(), page.resume()), (EventSource, &Resume::Query("1".into())));
    page.reconnect();
    assert_eq!((page.transport(), page.resume()), (EventSource, &Resume::Query("1".into())));
    page.fail_and_retry(Cause::Refused);
    assert_eq!((page.transport(), page.resume()), (Fetch, &Resume::Query("1".into())));
}

#[test]
fn without_the_fetch_transport_the_browsers_is_all_there_is() {
    let config = Config { fetch: false, ..auto() };
    let mut page = Page::started(config.clone());
    for _ in 0..5 {
        page.fail_and_retry(Cause::Refused);
    }
    page.fail(Cause::Refused);
    assert_eq!(*page.closed(), CloseReason::Refused);

    let mut page = Page::open(config.clone());
    for _ in 0..10 {
        page.interrupt();
        page.pass(ms(100));
    }
    assert_eq!((page.status(), page.opened.len()), ("reconnecting", 1));

    // Without the parameter it cannot resume, and begins from the start.
    let mut page = Page::started(Config { last_event_id: "7".into(), last_event_id_param: false, ..config });
    assert_eq!((page.transport(), page.resume()), (EventSource, &Resume::FromStart));
    page.answer();
}

#[test]
fn an_explicit_event_source_never_becomes_fetch() {
    for retry in [None, Some(Retry::default())] {
        let mut page = Page::open(Config { retry, ..event_source() });
        page.interrupt();
        page.pass(secs(40));
        page.fail_and_retry(Cause::Refused);
        page.pass(secs(30));
        page.wait_it_out();
        page.answer();
        page.wake_to_silence();
        page.wait_it_out();
        assert!(transports(&page).iter().all(|&transport| transport == EventSource));
        assert!(page.opened.len() > 3);
    }
}

#[test]
fn an_explicit_event_source_is_paced_where_that_was_asked_for() {
    let mut page = Page::open(Config { retry: Some(Retry::default()), ..event_source() });
    page.receive_id("7");
    page.interrupt();
    assert!(page.wait() >= secs(1));
    page.wait_it_out();
    assert_eq!(*page.resume(), Resume::Query("7".into()));
}

#[test]
fn a_stale_parameter_is_never_repeated_by_the_browser() {
    for config in [Config { cross_origin: true, ..auto() }, event_source()] {
        let mut page = Page::open(Config { last_event_id: "1".into(), ..config });
        assert_eq!(*page.resume(), Resume::Query("1".into()));
        page.receive_id("2");
        page.interrupt();
        page.wait_it_out();
        assert_eq!((page.transport(), page.resume()), (EventSource, &Resume::Query("2".into())));
    }
}
