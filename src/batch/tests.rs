use super::*;

/// (event type, data, last event ID)
type Row = (String, String, String);

fn rows(batch: &Batch) -> Vec<Row> {
    (0..batch.len())
        .filter_map(|index| batch.get(index))
        .map(|member| {
            let event_type = batch.event_type(member.type_number());
            (event_type.into(), member.data().into(), member.last_event_id().into())
        })
        .collect()
}

fn row(event_type: &str, data: &str, last_event_id: &str) -> Row {
    (event_type.into(), data.into(), last_event_id.into())
}

#[cfg(feature = "fetch")]
mod of_a_chunk {
    use super::*;

    #[test]
    fn a_batch_splits_anywhere_and_its_parts_outlive_each_other() {
        let stream: String = (0..40).map(|n| format!("event: t{}\nid: {n}\ndata: {n}\n\n", n % 23)).collect();
        for at in 0..=40 {
            let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
            let mut head = read(&mut parser, &spare, stream.as_bytes());
            head.end(&"left".into());
            let whole = rows(&head);
            let mut middle = head.split_off(at / 2);
            let tail = middle.split_off(at - at / 2);
            assert_eq!(
                (head.last_event_id(), tail.last_event_id().map(|id| &**id)),
                (None, Some("left")),
                "{at}"
            );
            let mut found = rows(&head);
            drop(head);
            found.extend(rows(&middle));
            drop(middle);
            found.extend(rows(&tail));
            assert_eq!(found, whole, "{at}");
            // No part has to look at the types of all.
            let first = tail.get(0);
            assert!(first.is_none_or(|first| first.type_number() < RECENT_TYPES));
            drop(tail);
            assert!(spare.0.take().bytes.capacity() >= stream.len(), "the last part gives the buffers back");
        }
    }

    fn read(parser: &mut Incoming, spare: &Spare, chunk: &[u8]) -> Batch {
        let mut batch = Batch::new(&"http://127.0.0.1".into(), spare);
        let too_large =
            batch.read(chunk.len(), |bytes| bytes.copy_from_slice(chunk), parser, |_| Some(false));
        assert_eq!(too_large, None);
        batch
    }

    #[test]
    fn values_are_found_wherever_the_parser_lends_them_from() {
        let stream = "event: tick\nid: 1\ndata: a\ndata: b\n\ndata: c\n\nevent: tick\nid: 2\ndata:\n\nid\ndata: \u{e9}\n\n";
        let expected = [
            row("tick", "a\nb", "1"),
            row("message", "c", "1"),
            row("tick", "", "2"),
            row("message", "\u{e9}", ""),
        ];
        for at in 0..=stream.len() {
            let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
            let (head, tail) = stream.as_bytes().split_at(at);
            let mut found = rows(&read(&mut parser, &spare, head));
            found.extend(rows(&read(&mut parser, &spare, tail)));
            assert_eq!(found, expected, "cut at {at}");
        }
    }

    #[test]
    fn a_shorter_chunk_shows_nothing_of_the_one_before() {
        let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
        let long =
            read(&mut parser, &spare, b"event: tick\nid: 1\ndata: a longer text\ndata: of two lines\n\n");
        assert_eq!(rows(&long), [row("tick", "a longer text\nof two lines", "1")]);
        drop(long);
        let short = read(&mut parser, &spare, b"data: b\ndata\n\n");
        assert_eq!(rows(&short), [row("message", "b\n", "1")]);
        drop(short);
        let none = read(&mut parser, &spare, b"");
        assert!(none.is_empty());
    }

    #[test]
    fn buffers_that_have_grown_large_are_given_back() {
        let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
        let mut capacity = |length| {
            let chunk = [b"data: ", &*vec![b'.'; length], b"\n\n"].concat();
            let batch = read(&mut parser, &spare, &chunk);
            assert_eq!(batch.get(0).map(|member| member.data().len()), Some(length));
            drop(batch);
            let content = spare.0.take();
            let capacity = content.bytes.capacity();
            spare.0.set(content);
            capacity
        };
        assert!(capacity(1000) >= 1000);
        assert_eq!(capacity(KEPT_CAPACITY), 0);
    }

    #[test]
    fn what_is_not_valid_utf_8_is_repaired_in_each_value() {
        let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
        let batch = read(&mut parser, &spare, b"event: \xff\nid: \xc3\ndata: \xe2\x82\n\n");
        assert_eq!(rows(&batch), [row("\u{fffd}", "\u{fffd}", "\u{fffd}")]);
    }

    #[test]
    fn events_share_an_id_until_another_comes_and_a_block_without_data_leaves_its_own_behind() {
        let (mut parser, spare) = (Incoming::new(Parser::new()), Spare::default());
        let mut batch =
            read(&mut parser, &spare, b"id: 1\ndata: a\n\ndata: b\n\nid: 2\ndata: c\n\nid: 3\n\n");
        let members: Vec<_> = (0..3).filter_map(|index| batch.get(index)).collect();
        assert!(members[0].shares_id(members[1]));
        assert!(!members[1].shares_id(members[2]));
        assert_eq!(members.iter().map(|member| member.has_own_id()).collect::<Vec<_>>(), [true, false, true]);
        batch.end(&"3".into());
        assert_eq!(batch.last_event_id().map(|id| &**id), Some("3"));
        batch.end(&"2".into());
        assert_eq!(batch.last_event_id(), None);
    }

    #[test]
    fn a_long_id_is_neither_copied_nor_decoded_for_each_chunk() {
        let (mut incoming, spare) = (Incoming::new(Parser::new()), Spare::default());
        let id = "x".repeat(1024 * 1024);
        assert_eq!(incoming.changed(false), None);
        drop(read(&mut incoming, &spare, format!("id: {id}\n\n").as_bytes()));
        assert_eq!(incoming.changed(false).map(|id| &**id), Some(&*id));
        assert_eq!(incoming.changed(false), None);
        let before = Arc::clone(&incoming.last_event_id);
        for chunk in [&b"data: a\n\ndata: b\n\n"[..], b":\n", b"data: c\n\n"] {
            let batch = read(&mut incoming, &spare, chunk);
            assert!(batch.content().index.more.len() <= "message".len());
            for member in (0..batch.len()).filter_map(|index| batch.get(index)) {
                assert!(std::ptr::eq(&*member.last_event_id(), &*before), "the same text");
            }
        }
        assert!(Arc::ptr_eq(&before, &incoming.last_event_id));
        // Nothing has come but that only replays have.
        assert_eq!(incoming.changed(true).map(|id| &**id), Some(&*id));
        // Given again, it is the same one; and one that comes in between is another.
        let batch = read(&mut incoming, &spare, b"data: a\n\nid: 2\ndata: b\n\ndata: c\n\n");
        let ids = rows(&batch).into_iter().map(|(_, _, id)| id.len()).collect::<Vec<_>>();
        assert_eq!(ids, [1024 * 1024, 1, 1]);
        let members: Vec<_> = (0..3).filter_map(|index| batch.get(index)).collect();
        assert!(!members[0].shares_id(members[1]) && members[1].shares_id(members[2]));
        assert_eq!(incoming.changed(true).map(|id| &**id), Some("2"));
    }

    #[test]
    fn an_id_is_one_string_for_as_long_as_it_does_not_change() {
        let (mut incoming, spare) = (Incoming::new(Parser::with_last_event_id("0")), Spare::default());
        let mut ids: Vec<Arc<str>> = Vec::new();
        let chunks = [
            "data: a\n\nid: 1\ndata: b\n\ndata: c\n\nid: 2\ndata: d\n\n",
            ":\n",
            "data: e\n\nid: 2\ndata: f\n\nid: 3\n\n",
            "data: g\n\n",
        ];
        for chunk in chunks {
            let mut batch = read(&mut incoming, &spare, chunk.as_bytes());
            if let Some(id) = incoming.changed(false) {
                batch.end(id);
            }
            // Parts of one chunk, as a gap splits it.
            for _ in 0..batch.len() {
                let rest = batch.split_off(1);
                ids.extend(batch.get(0).map(Member::shared_id));
                batch = rest;
            }
            ids.extend(batch.last_event_id().cloned());
        }
        assert_eq!(ids.iter().map(|id| &**id).collect::<String>(), "01122233");
        for pair in ids.windows(2) {
            assert_eq!(Arc::ptr_eq(&pair[0], &pair[1]), pair[0] == pair[1], "{pair:?}");
        }
    }

    #[test]
    fn an_event_that_is_not_admitted_is_not_there() {
        let mut batch = Batch::new(&"".into(), &Spare::default());
        let chunk = b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n";
        let admit =
            |event: &EventBytes<'_>| (event.last_event_id != b"1").then_some(event.last_event_id == b"2");
        batch.read(
            chunk.len(),
            |bytes| bytes.copy_from_slice(chunk),
            &mut Incoming::new(Parser::new()),
            admit,
        );
        assert_eq!(rows(&batch), [row("message", "b", "2"), row("message", "c", "3")]);
        let behind: Vec<_> = (0..2).filter_map(|index| batch.get(index)).map(Member::is_behind).collect();
        assert_eq!(behind, [true, false]);
    }
}

#[test]
fn an_event_that_comes_alone_has_its_data_as_it_is_given() {
    let spare = Spare::default();
    for data in ["a text", ""] {
        let mut batch = Batch::new(&"http://127.0.0.1".into(), &spare);
        batch.take("tick", data.to_owned(), &"7".into(), false);
        assert_eq!(rows(&batch), [row("tick", data, "7")]);
        assert_eq!(&**batch.origin(), "http://127.0.0.1");
    }
}
