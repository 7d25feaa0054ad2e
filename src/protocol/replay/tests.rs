use std::collections::HashSet;

use super::*;

/// What of these ids is delivered, as events of a type without a meaning.
fn admitted<'a>(replays: &mut Replays, ids: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    ids.into_iter().filter(|id| replays.admit(b"tick", Some(id.as_bytes()))).collect()
}

fn numbers(range: impl Iterator<Item = usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

fn seen(ids: &[&str]) -> Replays {
    let mut replays = Replays::default();
    assert_eq!(admitted(&mut replays, ids.iter().copied()), ids);
    replays
}

#[test]
fn nothing_is_a_replay_without_a_resume() {
    let mut replays = seen(&["1", "2", "3"]);
    assert_eq!(admitted(&mut replays, ["2", "3", "3"]), ["2", "3", "3"]);
    assert_eq!(replays.dropped(), 0);
}

#[test]
fn after_a_resume_what_is_known_is_dropped_up_to_the_first_new_id() {
    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_resume("3");
    assert!(replays.is_behind());
    assert_eq!(admitted(&mut replays, ["1", "2", "3", "4", "2"]), ["4", "2"]);
    assert!(!replays.is_behind());
    assert_eq!(replays.dropped(), 3);
}

#[test]
fn replays_may_come_in_any_order() {
    for order in [["3", "2", "1"], ["2", "3", "1"], ["1", "1", "3"]] {
        let mut replays = seen(&["1", "2", "3"]);
        replays.handle_resume("3");
        assert_eq!(admitted(&mut replays, order), [""; 0], "{order:?}");
    }
}

#[test]
fn an_event_without_an_id_of_its_own_is_never_dropped_and_ends_nothing() {
    let mut replays = seen(&["1"]);
    replays.handle_resume("1");
    assert!(replays.admit(b"tick", None));
    assert!(replays.admit(b"tick", Some(b"")));
    assert!(!replays.admit(b"tick", Some(b"1")));
}

#[test]
fn what_is_resumed_from_counts_as_seen() {
    let mut replays = Replays::default();
    replays.handle_resume("7");
    assert_eq!(admitted(&mut replays, ["7", "8"]), ["8"]);
}

#[test]
fn a_resume_that_is_cut_short_goes_on_dropping() {
    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_resume("3");
    assert_eq!(admitted(&mut replays, ["1"]), [""; 0]);
    replays.handle_resume("3");
    assert_eq!(admitted(&mut replays, ["2", "3", "4"]), ["4"]);
}

#[test]
fn after_a_gap_ids_may_be_used_anew() {
    let mut replays = seen(&["1", "2", "3"]).gap_event("gap");
    replays.handle_resume("3");
    assert!(replays.admit(b"gap", None));
    assert_eq!(admitted(&mut replays, ["1", "2"]), ["1", "2"]);
    replays.handle_resume("2");
    assert_eq!(admitted(&mut replays, ["2", "3"]), ["3"]);

    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_resume("3");
    replays.handle_gap();
    assert_eq!(admitted(&mut replays, ["1", "2"]), ["1", "2"]);
}

#[test]
fn the_newest_ids_are_remembered_and_no_more() {
    let mut replays = Replays::default();
    let ids = numbers(0..REMEMBERED + 10);
    admitted(&mut replays, ids.iter().map(String::as_str));
    assert!(replays.seen.capacity() <= REMEMBERED);
    for oldest in [10, 11, REMEMBERED, REMEMBERED + 9] {
        replays.handle_resume(&REMEMBERED.to_string());
        let again = ids.iter().skip(oldest).map(String::as_str);
        assert_eq!(admitted(&mut replays, again), [""; 0], "from {oldest}");
    }
    replays.handle_resume(&REMEMBERED.to_string());
    // Is unseen, and so ends the run; it is remembered in place of the oldest.
    assert_eq!(admitted(&mut replays, ["9", "10"]), ["9", "10"]);
}

#[test]
fn ids_that_differ_a_little_are_told_apart() {
    let numbers = (0..1_000_000).map(|number: u32| hash(number.to_string().as_bytes()));
    let hashes: HashSet<u64> = numbers.collect();
    assert_eq!(hashes.len(), 1_000_000);
}
