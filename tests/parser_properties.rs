//! The parser against a naive reading of the standard, under any chunking.
#![cfg(not(target_arch = "wasm32"))]

mod reference;

use proptest::{collection::vec, prelude::*, sample::Index};
use typed_eventsource::protocol::parser::{EventTooLarge, Parser};

use reference::{Dispatched, Outcome, interpret};

/// Parses the input cut at `cuts`, and gives the error, if any, beside what came before it.
fn parse(mut parser: Parser, input: &[u8], cuts: &[usize]) -> (Outcome, Option<EventTooLarge>) {
    let mut outcome = Outcome::default();
    let mut error = None;
    let ends = cuts.iter().copied().chain([input.len()]);
    let mut from = 0;
    for to in ends {
        let mut events = parser.feed(&input[from..to]);
        while let Some(event) = events.next() {
            assert_eq!(error, None, "nothing comes after the error");
            match event {
                Ok(event) => {
                    let row: Dispatched =
                        (event.event_type.into(), event.data.into(), event.last_event_id.into());
                    outcome.events.push(row);
                }
                Err(too_large) => error = Some(too_large),
            }
        }
        from = to;
    }
    outcome.last_event_id = parser.last_event_id().into();
    outcome.reconnection_time = parser.reconnection_time();
    (outcome, error)
}

/// What streams are made of, whole and in pieces, so that random input reaches the rules.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let field = prop::sample::select(vec![
        "data", "event", "id", "retry", "data:", "event:", "id:", "retry:", "data: ", "event: ", "id: ",
        "retry: ", "\ndata: ", "\ndata", "Data: ", "datax", "dat", "d", "ev", "i", "ret", ":", ": c", " ",
    ]);
    let end = prop::sample::select(vec!["\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r", "\r\r\n"]);
    let mark = prop::sample::select(vec![&b"\xEF\xBB\xBF"[..], b"\xEF", b"\xEF\xBB", b"\xBB\xBF", b"\xBF"]);
    let text = prop::sample::select(vec![
        &b"x"[..],
        b"hello",
        b"\0",
        b"0",
        b"7",
        b"99999999999999999999",
        b"+5",
        b"\xC3\xA9",
        b"\xE2\x82\xAC",
        b"\xF0\x9F\x99\x82",
        b"\xE2\x80\xA8",
        b"\xFF",
        b"\xE2\x82",
        b"\xF0\x9F\x98",
        b"\x82",
        b"\xC0\x8A",
        b"\xED\xA0\x80",
        b"\xF4\x90\x80\x80",
    ]);
    prop_oneof![
        6 => field.prop_map(|field| field.as_bytes().to_vec()),
        5 => end.prop_map(|end| end.as_bytes().to_vec()),
        4 => text.prop_map(<[u8]>::to_vec),
        1 => mark.prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 1..4),
        1 => (b'a'..=b'z', 1..200_usize).prop_map(|(byte, times)| vec![byte; times]),
    ]
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let mark = prop_oneof![4 => Just(&b""[..]), 1 => Just(&b"\xEF\xBB\xBF"[..])];
    (mark, vec(piece(), 0..60)).prop_map(|(mark, pieces)| [mark, &pieces.concat()].concat())
}

fn cuts(cuts: &[Index], input: &[u8]) -> Vec<usize> {
    let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
    cuts.sort_unstable();
    cuts
}

fn last_event_id() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("old".to_owned()), "\\PC{0,5}"]
}

proptest! {
    // The number of cases comes from the environment: PROPTEST_CASES.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_parses_as_the_standard_reads(
        input in stream(),
        at in vec(any::<Index>(), 0..20),
        id in last_event_id(),
    ) {
        let expected = (interpret(&input, &id), None);
        let parser = || Parser::with_last_event_id(id.as_str());
        let cuts = cuts(&at, &input);
        prop_assert_eq!(&parse(parser(), &input, &cuts), &expected, "cut at {:?}", cuts);
        prop_assert_eq!(&parse(parser(), &input, &[]), &expected, "whole");
        let every: Vec<_> = (0..input.len()).collect();
        prop_assert_eq!(&parse(parser(), &input, &every), &expected, "byte by byte");
    }

    #[test]
    fn one_cut_anywhere_changes_nothing(input in stream()) {
        let whole = parse(Parser::new(), &input, &[]);
        for cut in 0..=input.len() {
            prop_assert_eq!(&parse(Parser::new(), &input, &[cut]), &whole, "cut at {}", cut);
        }
    }

    #[test]
    fn the_limit_holds_and_does_not_depend_on_the_chunking(
        input in stream(),
        at in vec(any::<Index>(), 0..20),
        limit in 0..40_usize,
    ) {
        let parser = || Parser::new().event_limit(limit);
        let whole = parse(parser(), &input, &[]);
        prop_assert_eq!(&parse(parser(), &input, &cuts(&at, &input)), &whole);
        let every: Vec<_> = (0..input.len()).collect();
        prop_assert_eq!(&parse(parser(), &input, &every), &whole);

        let (outcome, error) = whole;
        let unlimited = interpret(&input, "");
        prop_assert!(unlimited.events.starts_with(&outcome.events));
        match error {
            None => prop_assert_eq!(&outcome, &unlimited),
            Some(error) => prop_assert_eq!(error, EventTooLarge { limit }),
        }
        // A byte that is not UTF-8 comes out as three.
        prop_assert!(error.is_none() || limit < 3 * input.len());
        for (event_type, data, _) in &outcome.events {
            let event_type = if event_type == "message" { "" } else { event_type };
            let repaired = [data, event_type].iter().any(|text| text.contains('\u{FFFD}'));
            let most = if repaired { 3 * limit } else { limit };
            prop_assert!(data.len() + event_type.len() <= most);
        }
    }
}
