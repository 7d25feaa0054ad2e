//! What is retried, what ends the connection, and with which reason.

use super::*;

#[test]
fn a_first_connection_connects_and_opens() {
    let mut page = Page::new(fetch());
    assert_eq!(page.status(), "connecting");
    assert_eq!((page.live, page.connection.poll_timeout()), (None, None));
    page.start();
    assert_eq!(*page.state(), ConnectionState::Connecting { attempt: 1 });
    let response = Response::new(200, "text/event-stream");
    #[cfg(feature = "std")]
    let response = response.headers(vec![("x-region".into(), "eu".into())]);
    let id = page.id();
    page.step(|connection, now| connection.handle_open(id, Some(response.clone()), now));
    assert_eq!(
        *page.state(),
        ConnectionState::Open {
            transport: Transport::Fetch,
            resumed_from: String::new(),
            response: Some(response),
        }
    );
    assert_eq!(page.story(), ["connecting", "open"]);
}

#[test]
fn starting_twice_makes_one_attempt() {
    let mut page = Page::started(fetch());
    page.start();
    page.answer();
    page.start();
    page.fail(network());
    page.start();
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn attempts_are_numbered_until_a_stream_was_stable() {
    let mut page = Page::started(fetch());
    page.fail(network());
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 2, .. }));
    page.wait_it_out();
    assert_eq!(*page.state(), ConnectionState::Connecting { attempt: 2 });
    page.answer();
    page.fail(network());
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 3, .. }));
    page.wait_it_out();
    page.answer();
    page.pass(STABLE);
    assert_eq!(page.connection.attempt(), 3, "as long as it is open, nothing has changed");
    page.fail(network());
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 2, .. }));
}

#[test]
fn what_another_attempt_may_help_is_retried_and_keeps_its_cause() {
    let mut causes = vec![
        network(),
        Cause::Timeout { after: secs(30) },
        Cause::EndOfStream,
        Cause::Idle { after: secs(1) },
    ];
    causes.extend([408, 429, 500, 502, 503, 504, 599].map(status));
    for cause in causes {
        for open in [false, true] {
            let mut page = Page::started(fetch());
            if open {
                page.answer();
            }
            page.fail(cause.clone());
            assert_eq!(*page.cause(), cause);
            page.wait_it_out();
            page.answer();
        }
    }
}

#[test]
fn what_another_attempt_cannot_help_is_fatal() {
    let mut causes = vec![content_type(), Cause::EventTooLarge { limit: 9 }];
    causes.extend([400, 401, 403, 404, 410, 422, 431, 301, 206, 600].map(status));
    for cause in causes {
        let mut page = Page::started(fetch());
        page.fail(cause.clone());
        assert_eq!(*page.closed(), CloseReason::Fatal(cause));
        assert_eq!(page.story(), ["connecting", "closed"]);
    }
}

#[test]
fn no_content_ends_the_stream_whatever_the_application_says() {
    for verdict in [None, Some(true), Some(false)] {
        for config in [fetch(), request(Request::Once), request(Request::Idempotent)] {
            let mut page = Page::started(config);
            page.fail_with(status(204), verdict);
            assert_eq!(*page.closed(), CloseReason::NoContent);
        }
    }
}

#[test]
fn the_application_overrides_both_ways() {
    for cause in [status(404), status(401), content_type(), Cause::EventTooLarge { limit: 9 }] {
        let mut page = Page::started(fetch());
        page.fail_with(cause.clone(), Some(true));
        assert_eq!(*page.cause(), cause);
        page.wait_it_out();
        // A verdict is about one failure.
        page.fail(cause.clone());
        assert_eq!(*page.closed(), CloseReason::Fatal(cause));
    }
    for cause in [status(503), network(), Cause::EndOfStream, Cause::Timeout { after: secs(30) }] {
        let mut page = Page::started(fetch());
        page.fail_with(cause.clone(), Some(false));
        assert_eq!(*page.closed(), CloseReason::Fatal(cause));
    }
    let mut page = Page::started(event_source());
    page.fail_with(Cause::Refused, Some(false));
    assert_eq!(*page.closed(), CloseReason::Fatal(Cause::Refused));
}

#[test]
fn retry_after_counts_where_the_application_retries_what_else_is_fatal() {
    let mut page = Page::started(fetch());
    page.fail_with(status_after(403, secs(40)), Some(true));
    assert!(page.wait() >= secs(40));
}

#[test]
fn attempts_are_exhausted_with_the_last_cause() {
    let config = Config { retry: Some(Retry::default().max_attempts(3)), ..fetch() };
    let mut page = Page::started(config.clone());
    page.fail_and_retry(network());
    page.fail_and_retry(status(500));
    page.fail(status(503));
    assert_eq!(*page.closed(), CloseReason::AttemptsExhausted(status(503)));
    assert_eq!(page.opened.len(), 3);

    // Not in a row: a stable stream between them.
    let mut page = Page::started(config);
    for _ in 0..10 {
        page.fail_and_retry(network());
        page.fail_and_retry(network());
        page.answer();
        page.pass(STABLE);
        page.fail_and_retry(network());
        page.answer();
        page.pass(STABLE);
    }
}

#[test]
fn one_attempt_is_one_attempt() {
    let mut page = Page::started(Config { retry: Some(Retry::default().max_attempts(1)), ..fetch() });
    page.fail(network());
    assert_eq!(*page.closed(), CloseReason::AttemptsExhausted(network()));
}

#[test]
fn attempts_are_unlimited_by_default() {
    let mut page = Page::started(fetch());
    for _ in 0..1000 {
        page.fail_and_retry(network());
    }
}

#[test]
fn a_browsers_own_attempts_count_where_it_cannot_be_paced() {
    // Without the parameter, the browser alone knows where to resume.
    let retry = Some(Retry::default().max_attempts(3));
    let mut page = Page::open(Config { retry, last_event_id_param: false, ..event_source() });
    page.receive_id("7");
    page.interrupt();
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 2, wait: None, .. }));
    page.interrupt();
    page.interrupt();
    assert_eq!(page.closed().code(), "attempts-exhausted");
}

#[test]
fn opaque_refusals_are_retried_five_times_then_taken_for_an_answer() {
    let mut page = Page::started(event_source());
    for _ in 0..5 {
        page.fail_and_retry(Cause::Refused);
    }
    page.fail(Cause::Refused);
    assert_eq!(*page.closed(), CloseReason::Refused);
    assert_eq!(page.opened.len(), 6);
    assert!(page.opened.iter().all(|(_, transport, _)| *transport == Transport::EventSource));
}

#[test]
fn refusals_are_counted_in_a_row() {
    let mut page = Page::started(event_source());
    for _ in 0..4 {
        for _ in 0..5 {
            page.fail_and_retry(Cause::Refused);
        }
        page.answer();
        page.fail_and_retry(Cause::Refused);
        page.reconnect();
    }
}

#[test]
fn a_limit_of_attempts_below_the_limit_of_refusals_comes_first() {
    let mut page = Page::started(Config { retry: Some(Retry::default().max_attempts(2)), ..event_source() });
    page.fail_and_retry(Cause::Refused);
    page.fail(Cause::Refused);
    assert_eq!(*page.closed(), CloseReason::AttemptsExhausted(Cause::Refused));
}

#[test]
fn a_request_that_is_no_get_ends_with_its_answer() {
    for (kind, verdicts) in
        [(Request::Once, &[None, Some(false), Some(true)][..]), (Request::Idempotent, &[None, Some(false)])]
    {
        for verdict in verdicts {
            let mut page = Page::open(request(kind));
            page.fail_with(Cause::EndOfStream, *verdict);
            assert_eq!(*page.closed(), ended());
            // An answer is whole only if the event has come that ends it.
            let mut page = Page::open(Config { until: true, ..request(kind) });
            page.fail_with(Cause::EndOfStream, *verdict);
            assert_eq!(*page.closed(), CloseReason::Fatal(Cause::Truncated));
        }
    }
}

fn ended() -> CloseReason {
    CloseReason::Ended { by: EndedBy::Response }
}

#[test]
fn what_is_reestablished_is_not_cut_short() {
    let until = |config| Config { until: true, ..config };
    for (config, verdict) in [(fetch(), None), (request(Request::Idempotent), Some(true))] {
        let mut page = Page::open(until(config));
        page.fail_with(Cause::EndOfStream, verdict);
        assert_eq!(*page.cause(), Cause::EndOfStream);
    }
}

#[test]
fn an_idempotent_request_is_repeated_after_its_end_if_the_application_says_so() {
    let mut page = Page::open(request(Request::Idempotent));
    for _ in 0..3 {
        page.receive_id("1");
        page.fail_with(Cause::EndOfStream, Some(true));
        assert_eq!(*page.cause(), Cause::EndOfStream);
        page.wait_it_out();
        assert_eq!(*page.resume(), Resume::Header("1".into()));
        page.answer();
    }
    page.fail_with(Cause::EndOfStream, None);
    assert_eq!(*page.closed(), ended());
}

#[test]
fn a_request_that_may_have_been_carried_out_is_not_repeated() {
    let causes =
        [network(), Cause::Timeout { after: secs(30) }, Cause::Idle { after: secs(1) }, content_type()];
    for cause in causes {
        for verdict in [None, Some(true)] {
            for open in [false, true] {
                let mut page = Page::started(request(Request::Once));
                if open {
                    page.answer();
                }
                page.fail_with(cause.clone(), verdict);
                assert_eq!(*page.closed(), CloseReason::Fatal(cause.clone()));
                assert_eq!(page.opened.len(), 1);
            }
        }
    }
}

#[test]
fn a_request_that_was_refused_is_sent_again() {
    for code in [408, 425, 429, 503] {
        let mut page = Page::started(request(Request::Once));
        assert!(page.connection.is_retryable(&status(code)), "{code}");
        for _ in 0..3 {
            page.fail_and_retry(status(code));
        }
        assert!(page.fail_and_retry(status_after(code, secs(40))) >= secs(40), "{code}");
        page.fail_with(status(code), Some(false));
        assert_eq!(*page.closed(), CloseReason::Fatal(status(code)));

        let retry = Some(Retry::default().max_attempts(2));
        let mut page = Page::started(Config { retry, ..request(Request::Once) });
        page.fail_and_retry(status(code));
        page.fail(status(code));
        assert_eq!(*page.closed(), CloseReason::AttemptsExhausted(status(code)));
    }
    // Nobody knows what the server has done, but the application may.
    for code in [400, 404, 500, 502, 504] {
        let mut page = Page::started(request(Request::Once));
        assert!(!page.connection.is_retryable(&status(code)), "{code}");
        page.fail_with(status(code), Some(true));
        page.wait_it_out();
        page.fail(status(code));
        assert_eq!(*page.closed(), CloseReason::Fatal(status(code)));
    }
}

#[test]
fn a_request_that_waits_to_be_sent_again_waits_for_the_network_too() {
    let mut page = Page::started(request(Request::Once));
    page.offline();
    page.fail(status(503));
    assert!(page.is_paused(Pause::Offline));
    page.online();
    page.wait_it_out();
    page.answer();
    page.fail(network());
    assert_eq!(*page.closed(), CloseReason::Fatal(network()));
}

#[test]
fn an_idempotent_request_is_repeated_after_a_failure() {
    let mut page = Page::open(request(Request::Idempotent));
    page.receive_id("3");
    page.fail_and_retry(network());
    assert_eq!(*page.resume(), Resume::Header("3".into()));
    page.fail_and_retry(status(503));
    page.fail(status(404));
    assert_eq!(*page.closed(), CloseReason::Fatal(status_to_resume(404)));
}

fn status_to_resume(code: u16) -> Cause {
    let mut response = Response::new(code, "text/plain");
    response.to_resume = true;
    Cause::Status { response }
}

#[test]
fn the_application_itself_may_repeat_any_request() {
    let mut page = Page::open(request(Request::Once));
    page.reconnect();
    assert_eq!(page.opened.len(), 2);
}

#[test]
fn a_new_connection_that_is_asked_for_is_made_at_once() {
    type Story = fn(&mut Page);
    let stories: [(&str, Story); 7] = [
        ("connecting", |_| {}),
        ("open", Page::answer),
        ("waiting", |page| page.fail(network())),
        ("told to wait", |page| page.fail(status_after(503, secs(600)))),
        ("offline", |page| {
            page.offline();
            page.fail(network());
        }),
        ("hidden", Page::hide),
        ("asked before", Page::reconnect),
    ];
    for (name, story) in stories {
        let mut page = Page::started(fetch());
        story(&mut page);
        let (attempts, states) = (page.opened.len(), page.states.len());
        page.reconnect();
        assert_eq!(page.opened.len(), attempts + 1, "{name}");
        assert_eq!(
            page.states[states..],
            [
                ConnectionState::Reconnecting { attempt: 1, wait: Some(ZERO), cause: Cause::Asked },
                ConnectionState::Connecting { attempt: 1 },
            ],
            "{name}"
        );
    }
}

#[test]
fn asking_before_the_start_opens_nothing() {
    let mut page = Page::new(fetch());
    page.reconnect();
    assert_eq!(page.opened.len(), 0);
    page.start();
    assert_eq!(page.opened.len(), 1);
}

#[test]
fn the_caller_closes_for_its_own_reasons_and_the_first_one_stays() {
    let reasons = [
        CloseReason::Closed,
        CloseReason::Aborted,
        ended(),
        CloseReason::Ended { by: EndedBy::Until },
        CloseReason::Overflow,
        CloseReason::StartFailed("no wasm".into()),
    ];
    type Story = fn(&mut Page);
    let stories: [Story; 6] = [
        |_| {},
        Page::start,
        |page| {
            page.start();
            page.answer();
        },
        |page| {
            page.start();
            page.fail(network());
        },
        |page| {
            page.start();
            page.hide();
        },
        |page| {
            page.offline();
            page.start();
        },
    ];
    for reason in reasons {
        for story in stories {
            let mut page = Page::new(fetch());
            story(&mut page);
            page.close(reason.clone());
            assert_eq!(*page.closed(), reason);
            page.close(CloseReason::Closed);
            page.start();
            assert_eq!((page.closed(), page.live), (&reason, None));
        }
    }
}

#[test]
fn a_connection_closed_in_the_same_moment_is_let_go_of() {
    // No `poll` in between: the commands still come in an order that leaves nothing open.
    let mut page = Page::new(fetch());
    page.started = true;
    page.step(|connection, now| {
        connection.handle_start(now);
        connection.close(CloseReason::Aborted);
    });
    assert_eq!((page.opened.len(), page.live), (1, None));
}
