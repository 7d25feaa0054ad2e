//! What a stream does about an event that cannot be decoded.

use serde_json::Value;
use typed_eventsource::{Event, SubscriptionError, Text, Undecodable};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::cursor::{at, cursor};
use crate::harness::{BOTH, Scenario, next, rest, when};

const STREAM: &str = "id: 1\ndata: 1\n\nid: 2\ndata: two\n\nid: 3\ndata: 3\n\nevent: end\ndata\n\n";

/// Its number, or that it is none.
fn number(item: Result<Event<u32>, SubscriptionError>) -> Option<u32> {
    match item {
        Ok(event) => Some(event.data),
        Err(SubscriptionError::Decode(undecoded)) => {
            assert_eq!((&*undecoded.event.data, undecoded.more), ("two", 0));
            None
        }
        Err(other) => panic!("{other}"),
    }
}

#[wasm_bindgen_test]
async fn by_default_the_stream_goes_on_and_the_event_is_processed() {
    for transport in BOTH {
        let source = Scenario::sent(STREAM).await.connect(transport).open().unwrap();
        let mut numbers = source.subscribe::<u32>("message");
        next(&mut source.subscribe::<Text>("end")).await.unwrap();
        let mut read = Vec::new();
        for _ in 0..3 {
            read.push(number(next(&mut numbers).await));
        }
        assert_eq!(read, [Some(1), None, Some(3)]);
        numbers.done();
        when("all to be processed", || cursor(&source) == at("3", "3")).await;
    }
}

#[wasm_bindgen_test]
async fn it_may_end_the_stream_and_hold_the_cursor_and_costs_nobody_else_an_event() {
    for transport in BOTH {
        let builder = Scenario::sent(STREAM).await.connect(transport);
        let source = builder.undecodable(Undecodable::End).open().unwrap();
        let numbers = source.subscribe::<u32>("message");
        let mut texts = source.subscribe::<Text>("message");
        next(&mut source.subscribe::<Text>("end")).await.unwrap();
        let read: Vec<_> = rest(numbers).await.into_iter().map(number).collect();
        assert_eq!(read, [Some(1), None]);
        for text in ["1", "two", "3"] {
            assert_eq!(next(&mut texts).await.unwrap().data.0, text);
        }
        texts.done();
        assert_eq!(cursor(&source), at("3", "1"), "over {transport:?}");
    }
}

#[wasm_bindgen_test]
async fn each_stream_that_reads_it_ends() {
    let source = Scenario::sent(STREAM).await.connect(None).undecodable(Undecodable::End).open().unwrap();
    let streams = [source.subscribe::<u32>("message"), source.subscribe::<u32>("message")];
    for stream in streams {
        assert_eq!(rest(stream).await.len(), 2);
    }
    // One that comes later begins with what comes later.
    let _later = source.subscribe::<Value>("message");
}
