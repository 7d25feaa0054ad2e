use super::*;

struct Stream {
    parser: Parser,
    replays: Replays,
    wanted: Wanted,
    output: Output,
}

impl Stream {
    fn new() -> Self {
        let mut wanted = Wanted::NOTHING;
        wanted.set(b"", true);
        Self { parser: Parser::new(), replays: Replays::default(), wanted, output: Output::new() }
    }

    fn feed(&mut self, chunk: &str) -> u32 {
        self.output.events(&mut self.parser, chunk.as_bytes(), Some(&mut self.replays), &mut self.wanted)
    }

    fn names(&self) -> &str {
        str::from_utf8(&self.output.wanted.names).expect("a text")
    }

    /// How many bytes go out.
    fn size(&self) -> usize {
        let Section { names, data, numbers, .. } = &self.output.wanted;
        names.len() + data.len() + numbers.len()
    }
}

#[test]
fn an_id_goes_out_when_it_changes_and_not_for_each_event_or_chunk() {
    let mut stream = Stream::new();
    assert_eq!(stream.feed("data: a\n\n"), 0);
    assert_eq!(stream.names(), "message\r", "the first id is known");
    assert_eq!(stream.feed("id: 1\ndata: a\n\ndata: b\n\nid: 1\ndata: c\n\n"), found::IDENTIFIED);
    assert_eq!(stream.names(), "message\r1\r1");
    assert_eq!(stream.feed("data: d\n\n"), 0);
    assert_eq!(stream.names(), "message\r");
    assert_eq!(stream.feed("id: 2\n\n"), found::IDENTIFIED);
    assert_eq!(stream.names(), "2");
    assert_eq!(stream.feed("id\n\n"), found::IDENTIFIED);
    assert_eq!(stream.names(), "");
}

#[test]
fn events_that_nobody_wants_begin_with_the_same_id_as_those_that_somebody_does() {
    let mut stream = Stream::new();
    stream.wanted.set(b"", false);
    stream.wanted.set(b"a", true);
    stream.feed("id: 1\n\n");
    stream.feed("event: a\ndata\n\nevent: b\ndata\n\nid: 2\nevent: b\ndata\n\n");
    assert_eq!(stream.output.wanted.names, b"a\r2");
    assert_eq!(stream.output.others.names, b"b\r2\r");
}

#[test]
fn what_goes_out_is_in_proportion_to_what_comes() {
    let mut stream = Stream::new();
    let id = "x".repeat(1024 * 1024);
    stream.feed(&format!("id: {id}\n\n"));
    assert_eq!(stream.size(), id.len() + 8);
    for chunk in [":\n", "data\n\n", &"data\n\n".repeat(100), "id: y\n\n"] {
        stream.feed(chunk);
        assert!(stream.size() <= 6 * chunk.len() + 64, "{} bytes for {chunk:?}", stream.size());
    }
}

#[test]
fn an_id_that_comes_with_another_event_stands_behind_the_names() {
    let mut stream = Stream::new();
    stream.feed("id: 1\ndata: a\n\nid: 2\ndata: b\n\n");
    stream.replays.handle_open(true);
    // The parser of a new connection goes on with the id of the one before.
    stream.parser = Parser::with_last_event_id("2");
    assert_eq!(stream.feed("id: 1\ndata: a\n\n"), found::IDENTIFIED);
    assert_eq!(
        stream.feed("data: c\n\nid: 2\ndata: other\n\nid: 3\ndata: d\n\n"),
        found::REUSED | found::IDENTIFIED
    );
    assert_eq!(stream.names(), "message\r2\r3\r2\r3");
    assert_eq!(stream.output.wanted.numbers.last_chunk(), Some(&1_u32.to_ne_bytes()), "one replay");

    // As the last thing, without another id.
    stream.replays.handle_open(true);
    stream.parser = Parser::with_last_event_id("3");
    assert_eq!(stream.feed("id: 3\ndata: other\n\n"), found::REUSED);
    assert_eq!(stream.names(), "message\r3\r");
}
