mod properties;

use std::collections::HashSet;

use super::*;
use Admission::{New, Replay, Reused};

/// What becomes of events with these ids, whose data say nothing else.
fn admitted<'a>(replays: &mut Replays, ids: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    ids.into_iter().filter(|id| admit(replays, id, "") != Replay).collect()
}

fn admit(replays: &mut Replays, id: &str, data: &str) -> Admission {
    replays.admit(Some(id.as_bytes()), b"tick", data.as_bytes())
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
    replays.handle_open(true);
    // A connection that does not resume ends the run of one that did.
    replays.handle_open(false);
    assert_eq!(admitted(&mut replays, ["1", "3"]), ["1", "3"]);
    assert_eq!(replays.dropped(), 0);
}

#[test]
fn after_a_resume_what_is_known_is_dropped_up_to_the_first_unseen_event() {
    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_open(true);
    assert!(replays.is_behind());
    assert_eq!(admitted(&mut replays, ["1", "2", "4", "2"]), ["4", "2"]);
    assert!(!replays.is_behind());
    assert_eq!((replays.dropped(), replays.reused()), (2, 0));
}

#[test]
fn the_newest_event_is_the_last_that_is_dropped() {
    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["2", "3"]), [""; 0]);
    assert!(!replays.is_behind());
    assert_eq!(admitted(&mut replays, ["3", "2"]), ["3", "2"]);
    assert_eq!(replays.dropped(), 2);
}

#[test]
fn replays_may_come_in_any_order_before_the_newest() {
    for order in [["2", "1", "3"], ["1", "2", "3"]] {
        let mut replays = seen(&["1", "2", "3"]);
        replays.handle_open(true);
        assert_eq!(admitted(&mut replays, order), [""; 0], "{order:?}");
    }
}

#[test]
fn an_event_is_replayed_as_often_as_it_has_come() {
    let mut replays = seen(&["1", "1", "2", "3"]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["1", "2", "1"]), [""; 0]);
    assert!(replays.is_behind());
    assert_eq!(admit(&mut replays, "1", ""), New);
    assert!(!replays.is_behind());
    // It is remembered three times now, and is the newest.
    assert_eq!(admitted(&mut replays, ["2", "1"]), ["2", "1"]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["2", "2", "3", "2"]), ["2"]);
}

#[test]
fn a_server_with_a_few_events_that_come_again_and_again_is_heard_after_a_resume() {
    let mut replays = seen(&["h1", "h2", "h3"]);
    replays.handle_open(true);
    let again = (0..2000).map(|number| if number % 2 == 0 { "h1" } else { "h2" });
    assert_eq!(admitted(&mut replays, again).len(), 1998);
    assert_eq!((replays.dropped(), replays.reused()), (2, 0));
}

#[test]
fn many_events_that_are_the_same_cost_no_more_than_others() {
    let mut replays = Replays::default();
    admitted(&mut replays, core::iter::repeat_n("1", REMEMBERED - 1).chain(["2"]));
    replays.handle_open(true);
    work::take();
    assert_eq!(admitted(&mut replays, core::iter::repeat_n("1", REMEMBERED)), ["1"]);
    let hashed = REMEMBERED * (1 + "tick".len() + 3);
    assert!(work::take() - hashed < 4 * REMEMBERED);
}

#[test]
fn a_replay_has_the_same_id_type_and_data() {
    let before = || {
        let mut replays = Replays::default();
        let _ = replays.admit(Some(b"12"), b"ab", b"xy");
        let _ = replays.admit(Some(b"newest"), b"ab", b"");
        replays.handle_open(true);
        replays
    };
    assert_eq!(before().admit(Some(b"12"), b"ab", b"xy"), Replay);
    // Whatever moves over a boundary makes another event.
    let others: [(&[u8], &[u8], &[u8]); 7] = [
        (b"12a", b"b", b"xy"),
        (b"1", b"2ab", b"xy"),
        (b"12", b"a", b"bxy"),
        (b"12", b"abx", b"y"),
        (b"12", b"ab", b"xy\0"),
        (b"12", b"ab", b""),
        (b"12", b"", b"abxy"),
    ];
    for (id, event_type, data) in others {
        let expected = if id == b"12" { Reused } else { New };
        assert_eq!(before().admit(Some(id), event_type, data), expected, "{id:?} {event_type:?} {data:?}");
    }
}

#[test]
fn a_server_that_gives_every_event_the_same_id_is_heard_after_a_resume() {
    let mut replays = Replays::default();
    for number in 0..5 {
        assert_eq!(admit(&mut replays, "1", &format!("before {number}")), New);
    }
    replays.handle_open(true);
    assert_eq!(admit(&mut replays, "1", "after 0"), Reused);
    for number in 1..1000 {
        assert_eq!(admit(&mut replays, "1", &format!("after {number}")), New);
    }
    assert_eq!((replays.dropped(), replays.reused()), (0, 1));
    replays.handle_open(true);
    assert_eq!(admit(&mut replays, "1", "at last"), Reused);
    assert_eq!(replays.reused(), 2);
}

#[test]
fn a_server_that_restarts_and_counts_from_1_loses_nothing() {
    let mut replays = Replays::default();
    for number in 1..=50 {
        assert_eq!(admit(&mut replays, &number.to_string(), &format!("old {number}")), New);
    }
    replays.handle_open(true);
    for number in 1..=40 {
        let expected = if number == 1 { Reused } else { New };
        assert_eq!(admit(&mut replays, &number.to_string(), &format!("new {number}")), expected);
    }
    assert_eq!(replays.dropped(), 0);
}

#[test]
fn a_revision_with_the_same_id_comes_through_after_the_cut() {
    let mut replays = Replays::default();
    assert_eq!(admit(&mut replays, "7", "one"), New);
    replays.handle_open(true);
    assert_eq!(admit(&mut replays, "7", "two"), Reused);
    replays.handle_open(true);
    // Both are known now.
    assert_eq!(admit(&mut replays, "7", "one"), Replay);
    assert_eq!(admit(&mut replays, "7", "two"), Replay);
    assert!(!replays.is_behind());
}

#[test]
fn an_event_without_an_id_of_its_own_is_never_dropped_and_ends_nothing() {
    let mut replays = seen(&["1", "2"]);
    replays.handle_open(true);
    assert_eq!(replays.admit(None, b"tick", b""), New);
    assert_eq!(replays.admit(Some(b""), b"tick", b""), New);
    assert_eq!(admitted(&mut replays, ["1"]), [""; 0]);
    assert!(replays.is_behind());
}

#[test]
fn an_id_that_a_page_begins_with_says_nothing_of_its_event() {
    let mut replays = Replays::default();
    replays.handle_open(true);
    assert!(!replays.is_behind(), "nothing is known that could come again");
    assert_eq!(admitted(&mut replays, ["7", "8"]), ["7", "8"]);
}

#[test]
fn what_comes_before_the_next_connection_is_known_to_it() {
    let mut replays = seen(&["1"]);
    replays.handle_open(true);
    // That of a connection that the browser has made by itself, which is not judged.
    replays.handle_open(false);
    assert_eq!(admit(&mut replays, "3", ""), New);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["3", "4"]), ["4"]);
}

#[test]
fn a_resume_that_is_cut_short_goes_on_dropping() {
    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["1"]), [""; 0]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["2", "3", "4"]), ["4"]);
}

#[test]
fn after_a_gap_ids_may_be_used_anew() {
    let mut replays = seen(&["1", "2", "3"]).gap_event("gap");
    replays.handle_open(true);
    assert_eq!(replays.admit(None, b"gap", b""), New);
    assert_eq!(admitted(&mut replays, ["1", "2"]), ["1", "2"]);
    replays.handle_open(true);
    assert_eq!(admitted(&mut replays, ["2", "3"]), ["3"]);

    let mut replays = seen(&["1", "2", "3"]);
    replays.handle_open(true);
    replays.handle_gap();
    assert_eq!(admitted(&mut replays, ["1", "2"]), ["1", "2"]);
    assert_eq!(replays.reused(), 0);
}

#[test]
fn the_newest_events_are_remembered_and_no_more() {
    let mut replays = Replays::default();
    let ids = numbers(0..REMEMBERED + 10);
    let id = |place: usize| ids.iter().skip(place).map(String::as_str);
    admitted(&mut replays, id(0));
    assert!(replays.seen.capacity() <= REMEMBERED);
    for oldest in [10, 11, REMEMBERED, REMEMBERED + 9] {
        replays.handle_open(true);
        assert_eq!(admitted(&mut replays, id(oldest)), [""; 0], "from {oldest}");
        assert!(!replays.is_behind(), "the newest has come");
    }
    replays.handle_open(true);
    // Is unseen, and so ends the run; it is remembered in place of the oldest.
    assert_eq!(admitted(&mut replays, ["9", "10"]), ["9", "10"]);
    assert_eq!(replays.seen.len(), REMEMBERED);
}

#[test]
fn without_a_run_an_event_is_hashed_and_no_more_and_a_run_leaves_no_table_behind() {
    let mut replays = Replays::default();
    let ids = numbers(0..REMEMBERED + 100);
    let hashed: usize = ids.iter().map(|id| id.len() + "tick".len() + 3).sum();
    work::take();
    admitted(&mut replays, ids.iter().map(String::as_str));
    assert_eq!(work::take(), hashed);
    replays.handle_open(true);
    assert!(replays.table.is_empty(), "no event of the run has come");
    admitted(&mut replays, [ids[200].as_str()]);
    assert!(!replays.table.is_empty());
    admitted(&mut replays, ["unseen"]);
    assert!(replays.table.is_empty());
}

#[test]
fn known_events_in_any_order_cost_what_they_cost_in_order() {
    let ids = numbers(0..REMEMBERED);
    let cost = |step: usize, seed: u64| {
        let mut replays = Replays::default().seed(seed);
        admitted(&mut replays, ids.iter().map(String::as_str));
        replays.handle_open(true);
        work::take();
        // Odd steps meet each place once; the newest, which would end the run, is left out.
        let order =
            (0..20_000).map(|number| number * step % REMEMBERED).filter(|place| *place + 1 < REMEMBERED);
        let again: Vec<_> = order.map(|place| ids[place].as_str()).collect();
        assert_eq!(admitted(&mut replays, again.iter().copied()), [""; 0]);
        let hashed: usize = again.iter().map(|id| id.len() + "tick".len() + 3).sum();
        work::take() - hashed
    };
    for seed in [0, 1, u64::MAX / 3] {
        let in_order = cost(1, seed);
        assert!(in_order >= REMEMBERED + 20_000, "the probes were not counted: {in_order}");
        for step in [3, 40_503, REMEMBERED - 1] {
            let scattered = cost(step, seed);
            assert!(scattered < 2 * in_order, "{scattered} by steps of {step}, {in_order} in order");
            assert!(scattered < 5 * REMEMBERED, "{scattered} probes in all");
        }
    }
}

#[test]
fn events_that_differ_a_little_are_told_apart() {
    let mut hashes = HashSet::new();
    for number in 0..1_000_000u32 {
        hashes.insert(hash(0, number.to_string().as_bytes()));
    }
    assert_eq!(hashes.len(), 1_000_000);

    // One bit, or two that could take each other back, anywhere in data of any length.
    hashes.clear();
    let mut count = 0;
    for length in [1, 7, 8, 9, 31, 32, 33, 64, 100, 128, 192] {
        let mut data = vec![b'x'; length];
        for first in 0..8 * length {
            data[first / 8] ^= 1 << (first % 8);
            for second in (first..8 * length).step_by(8 * 4).chain([first]) {
                data[second / 8] ^= 1 << (second % 8);
                hashes.insert(hash(7, &data));
                count += usize::from(second > first);
                data[second / 8] ^= 1 << (second % 8);
            }
            hashes.insert(hash(7, &data));
            count += 1;
            data[first / 8] ^= 1 << (first % 8);
        }
        // The data as they were.
        count += 1;
    }
    assert_eq!(hashes.len(), count);
}

#[test]
fn events_with_parts_in_another_order_are_told_apart() {
    let mut random = 1u64;
    let mut next = move || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        random >> 33
    };
    for length in [16, 64, 100, 128, 1000, 2048, 2056, 4096, 5000] {
        let data: Vec<u8> = (0..length).map(|_| b'0' + (next() % 10) as u8).collect();
        let before = hash(7, &data);
        let words = length / 8;
        for (first, second) in (0..words).flat_map(|first| (0..first).map(move |second| (first, second))) {
            let (first, second) = (8 * first, 8 * second);
            if data[first..first + 8] == data[second..second + 8] {
                continue;
            }
            let mut other = data.clone();
            let (front, back) = other.split_at_mut(first);
            front[second..second + 8].swap_with_slice(&mut back[..8]);
            assert_ne!(hash(7, &other), before, "words at {first} and {second} of {length}");
        }
    }
}

#[test]
fn a_hash_depends_on_its_seed_and_on_its_length() {
    let mut hashes = HashSet::new();
    for seed in 0..100 {
        for length in 0..100 {
            hashes.insert(hash(seed, &vec![0; length]));
        }
    }
    assert_eq!(hashes.len(), 100 * 100);
}
