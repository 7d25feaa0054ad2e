use super::*;
use crate::client::outcome::{FAILED, OPEN};

fn event(cursor: &mut Contiguous, id: &str) -> Progressed {
    cursor.finish(Some(&id.into()))
}

/// An event that so many keep.
fn kept(cursor: &mut Contiguous, id: &str, by: u32) -> u64 {
    let numbers: Vec<_> = (0..by).map(|_| cursor.keep()).collect();
    cursor.finish(Some(&id.into()));
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1]));
    numbers[0]
}

fn failed(cursor: &mut Contiguous, id: &str) {
    cursor.note(Outcome::Failed);
    cursor.finish(Some(&id.into()));
}

#[test]
fn what_everybody_is_done_with_at_once_is_processed() {
    let mut cursor = Contiguous::new("0".into());
    assert_eq!(cursor.processed(), "0");
    for id in ["1", "2", ""] {
        assert!(event(&mut cursor, id).moved);
        assert_eq!(cursor.processed(), id);
        assert!(!event(&mut cursor, id).moved, "it is there already");
    }
    assert!(!cursor.finish(None).moved);
}

#[test]
fn the_oldest_that_somebody_keeps_holds_it_back() {
    let mut cursor = Contiguous::default();
    let one = kept(&mut cursor, "1", 2);
    let two = kept(&mut cursor, "2", 1);
    event(&mut cursor, "3");
    assert!(!cursor.settle(two, Outcome::Done).moved);
    assert!(!cursor.settle(one, Outcome::Done).moved);
    assert_eq!(cursor.processed(), "");
    assert!(cursor.settle(one, Outcome::Done).moved);
    assert_eq!(cursor.processed(), "3");
    assert!(event(&mut cursor, "4").moved);
}

#[test]
fn an_event_may_be_settled_while_it_is_delivered() {
    let mut cursor = Contiguous::default();
    let number = cursor.keep();
    cursor.settle(number, Outcome::Done);
    // Begun already: a delivery that was broken off goes on.
    assert!(cursor.finish(Some(&"1".into())).moved);
    let number = kept(&mut cursor, "2", 1);
    cursor.settle(number, Outcome::Done);
    assert_eq!(cursor.processed(), "2");
    cursor.finish(Some(&"3".into()));
    assert_eq!(cursor.processed(), "3");
}

#[test]
fn an_event_that_leaves_the_id_where_it_is_holds_it_back_all_the_same() {
    let mut cursor = Contiguous::new("3".into());
    let number = cursor.keep();
    cursor.finish(None);
    event(&mut cursor, "4");
    assert_eq!(cursor.processed(), "3");
    cursor.settle(number, Outcome::Done);
    assert_eq!(cursor.processed(), "4");
}

#[test]
fn one_that_failed_is_passed_over_after_1024_later_ones() {
    let mut cursor = Contiguous::default();
    event(&mut cursor, "before");
    failed(&mut cursor, "poison");
    for later in 1..FAILED {
        assert_eq!(event(&mut cursor, &later.to_string()), Progressed::default());
        assert_eq!(cursor.processed(), "before");
    }
    assert_eq!(event(&mut cursor, "last"), Progressed { moved: true, skipped: vec!["poison".into()] });
    assert_eq!(cursor.processed(), "last");
    assert!(cursor.entries.is_empty());
}

#[test]
fn each_that_failed_has_its_own_1024() {
    let mut cursor = Contiguous::default();
    failed(&mut cursor, "a");
    failed(&mut cursor, "b");
    (2..FAILED).for_each(|later| drop(event(&mut cursor, &later.to_string())));
    assert_eq!(event(&mut cursor, "x").skipped, ["a"]);
    assert_eq!(cursor.processed(), "a");
    assert_eq!(event(&mut cursor, "y").skipped, ["b"]);
    assert_eq!(cursor.processed(), "y");
}

#[test]
fn one_that_failed_behind_one_that_is_kept_is_passed_over_with_it() {
    let mut cursor = Contiguous::default();
    let number = kept(&mut cursor, "kept", 1);
    failed(&mut cursor, "poison");
    (0..FAILED).for_each(|later| drop(event(&mut cursor, &later.to_string())));
    assert_eq!(cursor.processed(), "");
    assert_eq!(
        cursor.settle(number, Outcome::Done),
        Progressed { moved: true, skipped: vec!["poison".into()] }
    );
}

#[test]
fn one_that_is_never_settled_is_passed_over_in_the_end() {
    let mut cursor = Contiguous::default();
    let number = kept(&mut cursor, "kept", 1);
    (1..OPEN).for_each(|later| assert!(event(&mut cursor, &later.to_string()).skipped.is_empty()));
    assert_eq!(cursor.processed(), "");
    assert_eq!(event(&mut cursor, "last").skipped, ["kept"]);
    assert_eq!(cursor.processed(), "last");
    // Too late, and no other event's.
    let other = kept(&mut cursor, "other", 1);
    cursor.settle(number, Outcome::Done);
    assert_eq!(cursor.processed(), "last");
    cursor.settle(other, Outcome::Done);
    assert_eq!(cursor.processed(), "other");
}

#[test]
fn the_worst_outcome_of_an_event_counts_in_whatever_order_they_come() {
    use Outcome::{CutOff, Done, Failed, Left, Unwanted};
    let outcomes = [Done, Unwanted, Left, Failed, CutOff];
    for (rank, one) in outcomes.into_iter().enumerate() {
        for (other_rank, other) in outcomes.into_iter().enumerate() {
            let mut cursor = Contiguous::default();
            let number = kept(&mut cursor, "1", 2);
            cursor.settle(number, one);
            assert_eq!(cursor.processed(), "", "another subscriber still has it");
            cursor.settle(number, other);
            let worst = outcomes[rank.max(other_rank)];
            let passes = if worst <= Unwanted { "1" } else { "" };
            assert_eq!(cursor.processed(), passes, "{one:?}, {other:?}");
            (1..FAILED).for_each(|later| drop(event(&mut cursor, &format!("later {later}"))));
            let skipped = event(&mut cursor, "last").skipped;
            assert_eq!(skipped.len(), usize::from(worst == Failed), "{one:?}, {other:?}");
            let end = if worst == CutOff { "" } else { "last" };
            assert_eq!(cursor.processed(), end, "{one:?}, {other:?}");
        }
    }
}

#[test]
fn one_that_was_cut_off_never_passes() {
    let mut cursor = Contiguous::new("0".into());
    let number = cursor.keep();
    cursor.note(Outcome::CutOff);
    cursor.finish(Some(&"1".into()));
    (0..=OPEN).for_each(|later| drop(event(&mut cursor, &later.to_string())));
    assert_eq!(cursor.settle(number, Outcome::Done), Progressed::default());
    assert_eq!(cursor.processed(), "0");
}

#[test]
fn an_outcome_belongs_to_one_event() {
    let mut cursor = Contiguous::default();
    cursor.note(Outcome::Unwanted);
    assert!(cursor.pass());
    assert_eq!(cursor.current.worst, Outcome::Done);
    failed(&mut cursor, "poison");
    assert_eq!(cursor.current.worst, Outcome::Done);
}

#[test]
fn an_id_is_not_copied() {
    let mut cursor = Contiguous::default();
    let id: Arc<str> = "1".into();
    let number = cursor.keep();
    cursor.finish(Some(&id));
    cursor.settle(number, Outcome::Done);
    assert!(Arc::ptr_eq(&cursor.processed, &id));
    let other: Arc<str> = "2".into();
    cursor.finish(Some(&other));
    assert!(Arc::ptr_eq(&cursor.processed, &other));
}
