use super::*;

fn rules(drop_replays: Option<bool>) -> Resuming {
    Resuming::new(
        Rules {
            drop_replays,
            gap_event: Some("gap".into()),
            #[cfg(feature = "fetch")]
            gap_headers: vec!["Mercure-Last-Event-ID".into()],
        },
        1,
    )
}

fn event<'a>(event_type: &'a str, last_event_id: &'a str, has_own_id: bool) -> EventBytes<'a> {
    let (event_type, last_event_id) = (event_type.as_bytes(), last_event_id.as_bytes());
    EventBytes { event_type, data: b"", last_event_id, has_own_id, id_generation: 0 }
}

/// What is admitted of events with these ids, own ones over fetch.
fn admitted<'a>(resuming: &mut Resuming, ids: &[&'a str]) -> Vec<&'a str> {
    let own = resuming.transport == Transport::Fetch;
    ids.iter().copied().filter(|id| resuming.admit(&event("tick", id, own)).0).collect()
}

#[test]
fn replays_are_dropped_as_the_transport_and_the_option_say() {
    use Transport::{EventSource, Fetch};
    for (option, transport, dropped) in [
        (None, Fetch, true),
        (None, EventSource, false),
        (Some(true), Fetch, true),
        (Some(true), EventSource, true),
        (Some(false), Fetch, false),
        (Some(false), EventSource, false),
    ] {
        let mut resuming = rules(option);
        resuming.handle_open(transport, "");
        assert_eq!(admitted(&mut resuming, &["1", "2", "2"]).len(), 3, "{option:?} over {transport:?}");
        resuming.handle_open(transport, "2");
        let expected = if dropped { &["3"][..] } else { &["1", "2", "3"] };
        assert_eq!(admitted(&mut resuming, &["1", "2", "3"]), expected, "{option:?} over {transport:?}");
        assert_eq!(resuming.dropped(), if dropped { 2 } else { 0 });
    }
}

#[test]
fn what_came_over_the_browsers_eventsource_is_known_to_fetch() {
    let mut resuming = rules(None);
    resuming.handle_open(Transport::EventSource, "");
    admitted(&mut resuming, &["1", "1", "2", "3"]);
    resuming.handle_open(Transport::Fetch, "3");
    assert_eq!(admitted(&mut resuming, &["1", "2", "3", "4"]), ["4"]);
}

#[test]
fn the_id_of_a_replay_is_old_until_something_new_comes() {
    let mut resuming = rules(None);
    resuming.handle_open(Transport::Fetch, "");
    admitted(&mut resuming, &["1", "2", "3"]);
    resuming.handle_open(Transport::Fetch, "3");
    assert!(!resuming.is_old("3"));
    admitted(&mut resuming, &["1"]);
    assert!(resuming.is_behind() && resuming.is_old("1"));
    // An id that came without an event.
    assert!(!resuming.is_old("4"));
    admitted(&mut resuming, &["4"]);
    assert!(!resuming.is_behind() && !resuming.is_old("4"));
}

#[test]
fn an_event_tells_of_a_gap_and_ids_may_come_again() {
    let mut resuming = rules(None);
    resuming.handle_open(Transport::Fetch, "");
    admitted(&mut resuming, &["1", "2"]);
    resuming.handle_open(Transport::Fetch, "2");
    assert_eq!(resuming.admit(&event("gap", "2", false)), (true, true));
    assert_eq!(admitted(&mut resuming, &["1", "2"]), ["1", "2"]);
    assert_eq!(resuming.admit(&event("gap", "9", true)), (true, true));
    assert_eq!(resuming.admit(&event("tick", "10", true)), (true, false));
}

#[cfg(feature = "fetch")]
#[test]
fn a_header_tells_of_a_gap_after_a_resume_if_it_has_another_id() {
    let header = |text: &str| Some(text.bytes().map(char::from).collect::<String>());
    let mut resuming = rules(None);
    resuming.handle_open(Transport::Fetch, "");
    assert_eq!(resuming.gap(header("1")), None, "nothing was asked for");
    admitted(&mut resuming, &["1", "é"]);
    resuming.handle_open(Transport::Fetch, "é");
    assert_eq!(resuming.gap(None), None);
    assert_eq!(resuming.gap(header("é")), None);
    assert_eq!(resuming.gap(header("1")), Some(Gap { asked: "é".into(), got: "1".into() }));
    assert_eq!(admitted(&mut resuming, &["1", "é"]), ["1", "é"]);
}

#[test]
fn a_known_id_with_other_data_is_delivered_and_told_once_for_each_connection() {
    let mut resuming = rules(None);
    let with = |data: &'static [u8]| EventBytes { data, ..event("tick", "1", true) };
    resuming.handle_open(Transport::Fetch, "");
    assert!(resuming.admit(&with(b"a")).0);
    for (first, second) in [(b"b", b"c"), (b"d", b"e")] {
        resuming.handle_open(Transport::Fetch, "1");
        assert!(resuming.admit(&with(first)).0);
        assert_eq!(resuming.take_reused().as_deref(), Some("1"));
        assert!(resuming.admit(&with(second)).0);
        assert_eq!(resuming.take_reused(), None);
    }
    assert_eq!(resuming.dropped(), 0);
}
