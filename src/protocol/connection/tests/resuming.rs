//! A stream that a GET resumes, whatever the request was.

use super::*;

fn by_get(kind: Request) -> Config {
    Config { resume_by_get: true, ..request(kind) }
}

fn get(id: &str) -> Resume {
    Resume::Get(id.into())
}

#[test]
fn from_the_first_id_on_each_attempt_is_a_get() {
    for kind in [Request::Once, Request::Idempotent] {
        let mut page = Page::open(by_get(kind));
        assert_eq!(*page.resume(), Resume::FromStart);
        page.receive_id("1");
        page.receive_retry(ms(700));
        // The server ends its response at will: that is no failure.
        assert!(page.connection.is_retryable(&Cause::EndOfStream));
        assert!(page.fail_and_retry(Cause::EndOfStream) >= ms(700));
        assert_eq!(*page.resume(), get("1"));
        page.answer();
        page.receive_id("2");
        page.fail_and_retry(network());
        assert_eq!(*page.resume(), get("2"));
        // Nor is anything lost by asking again.
        page.fail_and_retry(status(500));
        page.fail_and_retry(Cause::Timeout { after: secs(30) });
        assert_eq!(*page.resume(), get("2"));
    }
}

#[test]
fn a_server_that_has_no_such_stream_ends_it() {
    let mut page = Page::open(by_get(Request::Once));
    page.receive_id("1");
    page.fail_and_retry(Cause::EndOfStream);
    page.fail(status(405));
    assert!(
        matches!(page.closed(), CloseReason::Fatal(Cause::Status { response }) if response.status == 405)
    );
}

#[test]
fn without_an_id_the_rules_of_the_request_hold() {
    let long = "x".repeat(LONGEST_SENT_ID + 1);
    for id in ["", &long] {
        let open = |config| {
            let mut page = Page::open(config);
            page.receive_id("1");
            page.receive_id(id);
            page
        };
        let mut page = open(by_get(Request::Once));
        page.fail(network());
        assert_eq!(*page.closed(), CloseReason::Fatal(network()));
        let mut page = open(by_get(Request::Once));
        page.fail(Cause::EndOfStream);
        assert_eq!(*page.closed(), CloseReason::Ended { by: EndedBy::Response });
        let mut page = open(Config { until: true, ..by_get(Request::Once) });
        page.fail(Cause::EndOfStream);
        assert_eq!(*page.closed(), CloseReason::Fatal(Cause::Truncated));
        let mut page = open(by_get(Request::Idempotent));
        page.fail_and_retry(network());
        assert_eq!(*page.resume(), Resume::FromStart);
    }
}

#[test]
fn with_an_id_to_begin_with_the_first_attempt_is_a_get() {
    let mut page = Page::started(Config { last_event_id: "7".into(), ..by_get(Request::Once) });
    assert_eq!(*page.resume(), get("7"));
    page.fail_and_retry(network());
    assert_eq!(*page.resume(), get("7"));
}

#[test]
fn it_goes_by_the_header_to_another_origin_too() {
    let mut page = Page::open(Config {
        cross_origin: true,
        transport: None,
        event_source: false,
        ..by_get(Request::Once)
    });
    page.receive_id("1");
    page.fail_and_retry(Cause::EndOfStream);
    assert_eq!(*page.resume(), get("1"));
}

#[test]
fn from_then_on_the_page_may_sleep_and_hide() {
    let mut page = Page::open(by_get(Request::Once));
    page.hide();
    page.show();
    page.wake_to_silence();
    assert_eq!((page.status(), page.opened.len()), ("open", 1), "a request that may not be repeated is kept");
    page.receive_id("1");
    page.wake_to_silence();
    page.pass(secs(1));
    assert_eq!((page.opened.len(), page.resume()), (2, &get("1")));
    page.hide();
    assert!(page.is_paused(Pause::Hidden));
    page.show();
    page.wait_it_out();
    assert_eq!(*page.resume(), get("1"));
}
