//! A connection that a failure has closed may begin again.

use super::*;

fn reopen(page: &mut Page, last_event_id: &str) {
    page.reopening = true;
    page.step(|connection, now| connection.handle_reopen(last_event_id, now));
    page.reopening = false;
}

#[test]
fn it_connects_as_if_nothing_had_failed_from_the_id_that_it_is_told() {
    let retry = Retry::default().max_attempts(2);
    let mut page = Page::open(Config { retry: Some(retry), ..fetch() });
    let id = page.id();
    page.step(|connection, _| connection.handle_last_event_id(id, "7"));
    page.fail(network());
    page.wait_it_out();
    page.fail(network());
    assert_eq!(page.status(), "closed");
    reopen(&mut page, "6");
    assert_eq!(*page.state(), ConnectionState::Connecting { attempt: 1 });
    assert_eq!(*page.resume(), Resume::Header("6".into()));
    page.answer();
    // All attempts are there again.
    page.fail(network());
    assert!(matches!(page.state(), ConnectionState::Reconnecting { attempt: 2, .. }));
}

#[test]
fn it_does_so_as_often_as_it_is_closed() {
    let mut page = Page::started(fetch());
    for _ in 0..3 {
        page.fail(status(404));
        assert_eq!(page.status(), "closed");
        reopen(&mut page, "");
        assert_eq!(page.status(), "connecting");
    }
}

#[test]
fn before_the_end_and_after_any_other_it_does_nothing() {
    for reason in [
        CloseReason::Closed,
        CloseReason::Aborted,
        CloseReason::Ended { by: EndedBy::Until },
        CloseReason::NoContent,
    ] {
        let mut page = Page::open(fetch());
        let story = page.story();
        reopen(&mut page, "");
        assert_eq!(page.story(), story);
        page.step(|connection, _| connection.close(reason.clone()));
        reopen(&mut page, "");
        assert_eq!(page.status(), "closed", "{reason}");
    }
}

#[test]
fn what_the_page_was_does_not_hold_it_back() {
    let mut page = Page::open(fetch());
    page.step(Connection::handle_offline);
    page.fail(status(404));
    reopen(&mut page, "");
    page.fail(network());
    assert!(matches!(page.state(), ConnectionState::Reconnecting { .. }), "{:?}", page.state());
}
