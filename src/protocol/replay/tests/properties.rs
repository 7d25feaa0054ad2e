//! Servers of every kind, beside a naive reading of the rules.

use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::*;

type Event = (Option<&'static str>, &'static str, &'static str);

/// The rules, said with whole events.
#[derive(Default)]
struct Naive {
    seen: Vec<Event>,
    /// What is remembered and has not come in this run.
    left: Vec<Event>,
    is_run: bool,
}

impl Naive {
    fn open(&mut self, is_resumed: bool) {
        self.is_run = is_resumed && !self.seen.is_empty();
        self.left = self.seen.clone();
    }

    fn admit(&mut self, event: Event) -> Admission {
        if event.1 == "gap" {
            *self = Self::default();
        }
        if event.0.is_none_or(str::is_empty) {
            return Admission::New;
        }
        let mut admission = Admission::New;
        if self.is_run {
            let is_newest = self.seen.last() == Some(&event);
            let left = self.left.iter().position(|left| *left == event);
            self.is_run = left.is_some() && !is_newest;
            if let Some(left) = left {
                self.left.remove(left);
                return Admission::Replay;
            }
            if !self.seen.contains(&event) && self.seen.iter().any(|seen| seen.0 == event.0) {
                admission = Admission::Reused;
            }
        }
        self.seen.push(event);
        admission
    }
}

/// A connection: whether it resumes, and what the server sends.
fn a_connection() -> impl Strategy<Value = (bool, Vec<Event>)> {
    let id = select(vec![None, Some(""), Some("1"), Some("2"), Some("3"), Some("4")]);
    let event_type = select(vec!["a", "a", "a", "a", "b", "gap"]);
    let data = select(vec!["x", "x", "y"]);
    (prop::bool::weighted(0.8), vec((id, event_type, data), 0..12))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever a server sends, an event that comes after a cut more often than it was sent before is delivered, and the
    /// rules are those that are written down.
    #[test]
    fn for_any_server_nothing_new_is_dropped(connections in vec(a_connection(), 1..12), seed in any::<u64>()) {
        let mut replays = Replays::default().gap_event("gap").seed(seed);
        let mut naive = Naive::default();
        let mut sent: HashMap<Event, usize> = HashMap::new();
        for (is_resumed, events) in connections {
            replays.handle_open(is_resumed);
            naive.open(is_resumed);
            let mut reused = 0;
            let mut left = sent.clone();
            for event in events {
                let (id, event_type, data) = event;
                let admission = replays.admit(id.map(str::as_bytes), event_type.as_bytes(), data.as_bytes());
                if admission == Admission::Replay {
                    let left = left.entry(event).or_default();
                    prop_assert!(*left > 0, "{:?} is new", event);
                    *left -= 1;
                } else {
                    *sent.entry(event).or_default() += 1;
                }
                prop_assert_eq!(admission, naive.admit(event), "{:?}", event);
                prop_assert_eq!(replays.is_behind(), naive.is_run);
                reused += usize::from(admission == Admission::Reused);
            }
            prop_assert!(reused <= 1, "told once for each connection");
        }
    }

    /// A server has a log of events, no two alike. After each cut it goes on from where it likes, as long as nothing is
    /// missing.
    #[test]
    fn for_any_server_that_replays_nothing_is_doubled_and_nothing_lost(
        log in vec((prop::bool::weighted(0.8), any::<bool>(), 0..3u8), 1..60),
        connections in vec((any::<Index>(), any::<Index>()), 0..20),
        last in any::<Index>(),
        seed in any::<u64>(),
    ) {
        let mut replays = Replays::default().seed(seed);
        let mut delivered = Vec::new();
        // How far the client has come.
        let mut reached = 0;
        let mut last_event_id = false;
        let whole = [(last, None)];
        let cut = connections.into_iter().map(|(from, to)| (from, Some(to)));
        for (from, to) in cut.chain(whole) {
            replays.handle_open(last_event_id);
            let from = from.index(reached + 1);
            let to = to.map_or(log.len(), |to| from + to.index(log.len() - from + 1));
            for (place, (has_id, is_tick, data)) in log.iter().enumerate().take(to).skip(from) {
                let id = place.to_string();
                let event_type: &[u8] = if *is_tick { b"tick" } else { b"tock" };
                let admission = replays.admit(has_id.then_some(id.as_bytes()), event_type, &[*data]);
                if *has_id && admission != Admission::Replay {
                    delivered.push(place);
                }
                prop_assert!(admission != Admission::Reused);
                last_event_id |= has_id;
                reached = reached.max(place + 1);
            }
        }
        let expected: Vec<_> = (0..log.len()).filter(|place| log[*place].0).collect();
        prop_assert_eq!(delivered, expected);
    }
}
