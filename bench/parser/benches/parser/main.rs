//! The parser, a naive one and eventsource-stream over the same streams, cut as the network cuts them. Each gives every
//! event's type, last event ID and data as text; what it gives is counted, and thrown away.

mod naive;

use std::convert::Infallible;
use std::path::PathBuf;
use std::time::Duration;
use std::{env, fs, hint};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eventsource_stream::Eventsource;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use typed_eventsource::protocol::parser::Parser;

/// What `fetch` hands out at once, at most.
const CHUNK: usize = 64 * 1024;

criterion_group!(benches, parsers);
criterion_main!(benches);

fn parsers(criterion: &mut Criterion) {
    for (name, stream) in streams() {
        let events = naive(&stream);
        compare(criterion, "typed-eventsource", &name, &stream, events, ours);
        compare(criterion, "naive", &name, &stream, events, naive);
        compare(criterion, "eventsource-stream", &name, &stream, events, eventsource_stream);
    }
}

/// The streams that `npm run bench -- --host` has written, by name.
fn streams() -> Vec<(String, Vec<u8>)> {
    let folder = env::var_os("BENCH_STREAMS").expect("run it by npm run bench -- --host");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
        (name, fs::read(&file).expect("the stream can be read"))
    };
    files.into_iter().map(read).collect()
}

fn compare(
    criterion: &mut Criterion,
    parser: &str,
    name: &str,
    stream: &[u8],
    events: usize,
    parse: fn(&[u8]) -> usize,
) {
    assert_eq!(parse(stream), events, "{parser} gives other events of {name}");
    let mut group = criterion.benchmark_group(parser);
    group.throughput(Throughput::Bytes(stream.len() as u64));
    group.warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    group.bench_function(name, |bencher| bencher.iter(|| parse(hint::black_box(stream))));
    group.finish();
}

fn ours(stream: &[u8]) -> usize {
    let mut parser = Parser::new();
    let mut count = 0;
    for chunk in stream.chunks(CHUNK) {
        let mut events = parser.feed(chunk);
        while let Some(event) = events.next() {
            let event = event.expect("no event is too large");
            hint::black_box((event.event_type, event.last_event_id, event.data));
            count += 1;
        }
    }
    count
}

fn naive(stream: &[u8]) -> usize {
    let mut parser = naive::Parser::default();
    let count = |event| {
        hint::black_box(event);
    };
    stream.chunks(CHUNK).map(|chunk| parser.feed(chunk).into_iter().map(count).count()).sum()
}

fn eventsource_stream(stream: &[u8]) -> usize {
    let chunks = stream::iter(stream.chunks(CHUNK).map(Ok::<_, Infallible>));
    let events = chunks.eventsource().map(|event| {
        hint::black_box(event.expect("the stream is UTF-8"));
    });
    block_on(events.count())
}
