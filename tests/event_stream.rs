//! The adapter around a body: what it yields, how it ends, and that it makes no difference how the body is cut.
#![cfg(all(feature = "stream", not(target_arch = "wasm32")))]

mod reference;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::marker::PhantomPinned;
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::stream::{self, FusedStream, Stream, StreamExt};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde::Deserialize;
use typed_eventsource::protocol::decode::DecodeError;
use typed_eventsource::protocol::event::Text;
use typed_eventsource::protocol::parser::EventTooLarge;
use typed_eventsource::protocol::state::Cause;
use typed_eventsource::protocol::stream::{Event, EventStream, StreamError};

use reference::{Dispatched, interpret};

/// What a body does, step by step; after that it waits for more.
#[derive(Clone, Debug)]
enum Step {
    Chunk(Vec<u8>),
    Wait,
    Break(&'static str),
    End,
}
use Step::{Break, End, Wait};

fn chunk(bytes: impl AsRef<[u8]>) -> Step {
    Step::Chunk(bytes.as_ref().to_vec())
}

/// A body that must not move once it is polled, and counts its chunks.
struct Body {
    steps: RefCell<VecDeque<Step>>,
    asked: Rc<Cell<usize>>,
    /// Every chunk has a share in this.
    alive: Rc<()>,
    _pinned: PhantomPinned,
}

/// A chunk that knows whether it is still held, and is not `Unpin`.
struct Chunk(Vec<u8>, #[allow(dead_code, reason = "counts")] Rc<()>, PhantomPinned);

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Stream for Body {
    type Item = Result<Chunk, &'static str>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        assert_eq!(Rc::strong_count(&self.alive), 1, "the chunk before is gone");
        let Some(step) = self.steps.borrow_mut().pop_front() else { return Poll::Pending };
        match step {
            Step::Chunk(bytes) => {
                self.asked.set(self.asked.get() + 1);
                Poll::Ready(Some(Ok(Chunk(bytes, Rc::clone(&self.alive), PhantomPinned))))
            }
            Wait => Poll::Pending,
            Break(error) => Poll::Ready(Some(Err(error))),
            End => Poll::Ready(None),
        }
    }
}

/// What can be seen of a body from outside.
struct Watch {
    asked: Rc<Cell<usize>>,
    alive: Weak<()>,
}

impl Watch {
    /// And every chunk of it.
    fn is_dropped(&self) -> bool {
        self.alive.strong_count() == 0
    }
}

fn body(steps: impl IntoIterator<Item = Step>) -> (Pin<Box<Body>>, Watch) {
    let (asked, alive) = (Rc::default(), Rc::default());
    let watch = Watch { asked: Rc::clone(&asked), alive: Rc::downgrade(&alive) };
    let steps = RefCell::new(steps.into_iter().collect());
    (Box::pin(Body { steps, asked, alive, _pinned: PhantomPinned }), watch)
}

fn poll<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    stream.poll_next_unpin(&mut Context::from_waker(Waker::noop()))
}

/// Everything up to the end, however often the body waits.
fn drain<S: Stream + Unpin>(stream: &mut S) -> Vec<S::Item> {
    let mut items = Vec::new();
    let mut waits = 0;
    loop {
        match poll(stream) {
            Poll::Ready(Some(item)) => items.push(item),
            Poll::Ready(None) => return items,
            Poll::Pending => waits += 1,
        }
        assert!(items.len() + waits < 10_000, "no end");
    }
}

fn row(event: &Event) -> Dispatched {
    (event.event_type.to_string(), event.data.clone(), event.last_event_id.to_string())
}

fn event(poll: Poll<Option<Result<Event, StreamError<&'static str>>>>) -> Event {
    let Poll::Ready(Some(Ok(event))) = poll else { panic!("an event: {poll:?}") };
    event
}

#[test]
fn no_event_is_read_ahead() {
    let (body, watch) = body([
        chunk("retry: 1\nid: 1\ndata: a\n\nretry: 2\nid: 2\ndata: b\n\nid: 3"),
        Wait,
        chunk("\n\n"),
        Wait,
        End,
    ]);
    let mut events = EventStream::with_last_event_id(body, "0");
    assert_eq!((&*events.last_event_id(), events.reconnection_time()), ("0", None));
    for (data, id, retry) in [("a", "1", 1), ("b", "2", 2)] {
        assert_eq!(row(&event(poll(&mut events))), ("message".into(), data.into(), id.into()));
        assert_eq!(events.last_event_id(), id);
        assert_eq!(events.reconnection_time(), Some(Duration::from_millis(retry)));
        assert_eq!(watch.asked.get(), 1);
    }
    assert!(poll(&mut events).is_pending());
    assert_eq!(events.last_event_id(), "2", "the block has not ended");
    assert!(poll(&mut events).is_pending());
    assert_eq!((watch.asked.get(), &*events.last_event_id()), (2, "3"), "a block without data counts too");
    assert!(!events.is_terminated() && !watch.is_dropped());
    assert_eq!(poll(&mut events), Poll::Ready(None));
    assert!(events.is_terminated() && watch.is_dropped());
    assert_eq!(poll(&mut events), Poll::Ready(None), "for good");
    assert_eq!(events.last_event_id(), "3");
}

#[test]
fn an_unfinished_event_is_dropped() {
    for end in [End, Break("reset")] {
        let (body, _) = body([chunk("id: 1\ndata: a\n\nid: 2\nevent: b\ndata: b\n"), end.clone()]);
        let mut events = EventStream::new(body);
        let items = drain(&mut events);
        assert_eq!(row(items[0].as_ref().expect("an event")), ("message".into(), "a".into(), "1".into()));
        assert_eq!(events.last_event_id(), "1");
        assert_eq!(items.len(), if matches!(end, End) { 1 } else { 2 });
    }
}

#[test]
fn the_bodys_error_comes_last() {
    let (body, watch) = body([chunk("data: a\n\ndata: b"), Break("reset"), chunk("\n\ndata: c\n\n")]);
    let mut events = EventStream::new(body);
    event(poll(&mut events));
    let Poll::Ready(Some(Err(error))) = poll(&mut events) else { panic!("an error") };
    assert!(events.is_terminated() && watch.is_dropped());
    assert_eq!(poll(&mut events), Poll::Ready(None));
    assert_eq!(error.to_string(), "the connection broke: reset");
    assert!(error.is_retryable());
    assert_eq!(Cause::from(error), Cause::Network { message: "reset".into() });
    let error = StreamError::Body(std::io::Error::other("reset"));
    assert_eq!(std::error::Error::source(&error).expect("a source").to_string(), "reset");
}

#[test]
fn too_large_an_event_ends_the_stream() {
    let (body, watch) = body([chunk("id: 1\ndata: fine\n\ndata: too large\n\ndata: fine\n\n"), Wait, End]);
    let mut events = EventStream::new(body).event_limit(5);
    assert_eq!(event(poll(&mut events)).data, "fine");
    let Poll::Ready(Some(Err(error))) = poll(&mut events) else { panic!("an error") };
    assert_eq!(error, StreamError::EventTooLarge(EventTooLarge { limit: 5 }));
    assert_eq!(error.to_string(), "event larger than 5 bytes: raise the event limit or send smaller events");
    assert!(!error.is_retryable());
    assert_eq!(Cause::from(error), Cause::EventTooLarge { limit: 5 });
    assert!(events.is_terminated() && watch.is_dropped());
    assert_eq!(poll(&mut events), Poll::Ready(None));
    assert_eq!(events.last_event_id(), "1");
}

#[test]
fn a_limit_and_an_id_go_together() {
    let mut events =
        EventStream::with_last_event_id(stream::iter([Ok::<_, ()>("data: a\n\n")]), "old").event_limit(1);
    assert_eq!(events.last_event_id(), "old");
    let items = drain(&mut events);
    assert_eq!(&*items[0].as_ref().expect("an event").last_event_id, "old");
}

#[test]
fn events_are_decoded_on_request() {
    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase")]
    enum Orders {
        HeartRate(u32),
    }

    let (body, _) = body([chunk("event: heartRate\ndata: 72\n\nevent: weather\ndata: rain\n\n"), End]);
    let items = drain(&mut EventStream::new(body));
    let [Ok(rate), Ok(weather)] = &items[..] else { panic!("two events: {items:?}") };
    assert_eq!(rate.decode_data::<u32>().expect("a number"), 72);
    assert_eq!(rate.decode_variant::<Orders>().expect("a rate"), Orders::HeartRate(72));
    assert_eq!(weather.decode_data::<Text>().expect("a text").0, "rain");
    assert!(matches!(weather.decode_data::<u32>(), Err(DecodeError::Data(_))));
    assert!(matches!(weather.decode_variant::<Orders>(), Err(DecodeError::UnknownEventType(_))));
}

#[test]
fn any_bytes_and_any_stream_will_do() {
    let text = "data: a\n\n";
    assert_eq!(drain(&mut EventStream::new(stream::iter([Ok::<_, ()>(text)]))).len(), 1);
    assert_eq!(drain(&mut EventStream::new(stream::iter([Ok::<_, ()>(text.as_bytes())]))).len(), 1);
    assert_eq!(
        drain(&mut EventStream::new(stream::iter([Ok::<Box<[u8]>, ()>(text.as_bytes().into())]))).len(),
        1
    );
    let pinned = pin!(stream::once(async { Ok::<_, ()>(text.to_owned()) }));
    assert_eq!(drain(&mut EventStream::new(pinned)).len(), 1);
}

/// Lines of a stream, whole and broken.
fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"data: "[..],
        b"data",
        b"event: a",
        b"id: ",
        b"id: \0",
        b"retry: 7",
        b": c",
        b"x",
        b"12",
        b"\xC3\xA9",
        b"\xF0\x9F\x99\x82",
        b"\xFF",
        b"\n",
        b"\r",
        b"\r\n",
        b"\n\n",
        b"\r\r",
        b"\r\n\r\n",
        b"\xEF\xBB\xBF",
    ]);
    vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

/// The input as a body: cut anywhere, with empty chunks and waits between.
fn cut(input: &[u8], at: &[(Index, bool)]) -> Vec<Step> {
    let mut at: Vec<_> = at.iter().map(|(at, wait)| (at.index(input.len() + 1), *wait)).collect();
    at.sort_unstable();
    let mut steps = Vec::new();
    let mut from = 0;
    for (to, wait) in at {
        steps.push(chunk(&input[from..to]));
        steps.extend(wait.then_some(Wait));
        from = to;
    }
    steps.extend([chunk(&input[from..]), End]);
    steps
}

proptest! {
    // The number of cases comes from the environment: PROPTEST_CASES.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_chunking_reads_as_the_standard_does(
        input in input(),
        at in vec(any::<(Index, bool)>(), 0..30),
        id in prop_oneof![Just(""), Just("old")],
    ) {
        let expected = interpret(&input, id);
        for steps in [cut(&input, &at), cut(&input, &[]), input.chunks(1).map(chunk).chain([End]).collect()] {
            let (body, _) = body(steps);
            let mut events = EventStream::with_last_event_id(body, id);
            let mut rows = Vec::new();
            for item in drain(&mut events) {
                rows.push(row(&item.expect("no error")));
            }
            prop_assert_eq!(&rows, &expected.events);
            prop_assert_eq!(&*events.last_event_id(), &*expected.last_event_id);
            prop_assert_eq!(events.reconnection_time(), expected.reconnection_time);
        }
    }

    #[test]
    fn the_limit_does_not_depend_on_the_chunking(
        input in input(),
        at in vec(any::<(Index, bool)>(), 0..30),
        limit in 0..20_usize,
    ) {
        let read = |steps: Vec<Step>| {
            let mut events = EventStream::new(body(steps).0).event_limit(limit);
            (drain(&mut events), events.last_event_id().into_owned(), events.reconnection_time())
        };
        prop_assert_eq!(read(cut(&input, &at)), read(cut(&input, &[])));
    }
}
