//! Where the server is asked to go on.

use super::*;
use Resume::{FromStart, Header, Query};

fn with_id(id: &str, config: Config) -> Config {
    Config { last_event_id: id.into(), ..config }
}

#[test]
fn the_way_the_id_goes_depends_on_transport_origin_and_parameter() {
    let explicit = |transport| Some(transport);
    let native = Transport::EventSource;
    let id = || "7".to_owned();
    // transport asked for, browser's EventSource, cross-origin, parameter → transport, resume
    for (transport, event_source, cross_origin, param, expected) in [
        // Most servers do not read the parameter.
        (None, true, false, true, (Transport::Fetch, Header(id()))),
        (None, true, true, true, (native, Query(id()))),
        // Only fetch can say where to resume.
        (None, true, false, false, (Transport::Fetch, Header(id()))),
        (None, true, true, false, (Transport::Fetch, Header(id()))),
        (None, false, false, true, (Transport::Fetch, Header(id()))),
        // The header would cost a preflight.
        (None, false, true, true, (Transport::Fetch, Query(id()))),
        (None, false, true, false, (Transport::Fetch, Header(id()))),
        (explicit(Transport::Fetch), true, true, true, (Transport::Fetch, Header(id()))),
        (explicit(Transport::Fetch), true, false, false, (Transport::Fetch, Header(id()))),
        (explicit(native), true, false, true, (native, Query(id()))),
        (explicit(native), true, true, true, (native, Query(id()))),
        (explicit(native), true, false, false, (native, FromStart)),
    ] {
        let config = Config {
            transport,
            event_source,
            cross_origin,
            last_event_id_param: param,
            ..with_id("7", auto())
        };
        let page = Page::started(config.clone());
        assert_eq!((page.transport(), page.resume().clone()), expected, "{config:?}");
    }
}

#[test]
fn without_an_id_nothing_is_sent() {
    for config in [auto(), fetch(), event_source(), Config { cross_origin: true, ..auto() }] {
        let mut page = Page::started(config);
        assert_eq!(*page.resume(), FromStart);
        page.fail_and_retry(network());
        assert_eq!(*page.resume(), FromStart);
    }
}

#[test]
fn the_newest_id_is_resumed_from_and_the_state_says_so() {
    let mut page = Page::open(with_id("1", fetch()));
    page.receive_id("2");
    page.receive_id("3");
    assert_eq!(page.connection.last_event_id(), "3");
    assert!(matches!(page.state(), ConnectionState::Open { resumed_from, .. } if resumed_from == "1"));
    page.fail_and_retry(network());
    assert_eq!(*page.resume(), Header("3".into()));
    // An attempt that was not answered has taken nothing away.
    page.fail_and_retry(network());
    assert_eq!(*page.resume(), Header("3".into()));
    page.answer();
    assert!(matches!(page.state(), ConnectionState::Open { resumed_from, .. } if resumed_from == "3"));
}

#[test]
fn an_id_survives_every_kind_of_new_connection() {
    let mut page = Page::open(fetch());
    page.receive_id("5");
    page.reconnect();
    assert_eq!(*page.resume(), Header("5".into()));
    page.answer();
    page.wake_to_silence();
    page.wait_it_out();
    assert_eq!(*page.resume(), Header("5".into()));
    page.hide();
    page.show();
    page.wait_it_out();
    assert_eq!(*page.resume(), Header("5".into()));
}

#[test]
fn the_id_goes_along_from_the_browsers_event_source_to_fetch() {
    for (cross_origin, expected) in [(false, Header("9".into())), (true, Query("9".into()))] {
        let mut page = Page::open(Config { cross_origin, ..auto() });
        page.receive_id("9");
        page.fail_and_retry(Cause::Refused);
        assert_eq!((page.transport(), page.resume()), (Transport::Fetch, &expected));
    }
}

#[test]
fn an_emptied_id_is_not_sent() {
    for config in [fetch(), event_source()] {
        let mut page = Page::open(with_id("1", config));
        page.receive_id("");
        page.fail_and_retry(network());
        assert_eq!(*page.resume(), FromStart);
        assert_eq!(page.connection.last_event_id(), "");
    }
}

#[test]
fn an_id_over_four_kibibytes_is_kept_and_never_sent() {
    let longest = "x".repeat(4096);
    let longer = "x".repeat(4097);
    // Bytes, not characters: that is what a server counts.
    let wide = "é".repeat(2049);
    for (id, sent) in [(&longest, true), (&longer, false), (&wide, false)] {
        for config in [fetch(), event_source(), Config { cross_origin: true, ..auto() }] {
            let mut page = Page::open(config);
            page.receive_id(id);
            page.fail_and_retry(network());
            assert_eq!(page.resume().id() == *id, sent);
            assert!(sent || *page.resume() == FromStart);
            assert_eq!(page.connection.last_event_id(), *id);
        }
    }
}

#[test]
fn nor_does_the_browser_send_it_by_itself() {
    for config in [auto(), event_source(), Config { last_event_id_param: false, ..event_source() }] {
        let mut page = Page::open(config);
        page.receive_id(&"x".repeat(4097));
        page.interrupt();
        page.wait_it_out();
        assert_eq!(*page.resume(), FromStart);
    }
}

#[test]
fn a_browser_that_reconnects_by_itself_resumes_from_what_it_received() {
    let mut page = Page::open(auto());
    page.receive_id("4");
    page.interrupt();
    page.answer();
    assert_eq!(page.opened.len(), 1);
    assert!(matches!(page.state(), ConnectionState::Open { resumed_from, .. } if resumed_from == "4"));

    // An id of ours that it was never told is not what it resumes from.
    let begins = |page: &mut Page| {
        page.interrupt();
        page.answer();
        matches!(page.state(), ConnectionState::Open { resumed_from, .. } if resumed_from.is_empty())
    };
    let mut page = Page::open(with_id("1", Config { last_event_id_param: false, ..event_source() }));
    assert!(begins(&mut page));
    page.receive_id("2");
    assert!(!begins(&mut page));
    page.fail_and_retry(Cause::Refused);
    assert!(begins(&mut page), "a new one of the browser's knows nothing of the old");
}

#[test]
fn a_resume_that_is_refused_says_so() {
    for code in [400, 431] {
        let mut page = Page::started(with_id("7", fetch()));
        page.fail(status(code));
        assert_eq!(page.closed().code(), "fatal");
        let message = page.closed().to_string();
        assert!(message.contains("last event ID"), "{message}");

        let mut page = Page::started(fetch());
        page.fail(status(code));
        let message = page.closed().to_string();
        assert!(!message.contains("last event ID"), "{message}");
    }
    let mut page = Page::started(with_id("7", fetch()));
    page.fail(status(404));
    assert_eq!(page.closed().to_string(), "the server answered with status 404");
}
