//! Answers that are streams of events.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, BodyDataStream, Bytes};
use axum::response::IntoResponse;
use futures_util::stream::{self, StreamExt};
use serde::{Serialize, Serializer};
use tokio::time::Instant;
use typed_eventsource_axum::{Item, KeepAlive, Sse, SseError, Text};

fn body(sse: Sse) -> BodyDataStream {
    sse.into_response().into_body().into_data_stream()
}

/// What a response has to say, without the comment that it begins with.
async fn said(sse: Sse) -> String {
    let all = axum::body::to_bytes(Body::from_stream(body(sse)), 1 << 20).await.expect("no error");
    let text = String::from_utf8(all.to_vec()).expect("UTF-8");
    text.strip_prefix(": \n\n").expect("a comment").to_owned()
}

async fn next(body: &mut BodyDataStream) -> Bytes {
    body.next().await.expect("it goes on").expect("no error")
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Orders {
    HeartRate(u32),
    OrderUpdate { status: String },
    Note(Text),
}

#[tokio::test]
async fn plain_data_items_and_variants_are_events() {
    assert_eq!(said(Sse::new(stream::iter([1, 2]))).await, "data: 1\n\ndata: 2\n\n");
    assert_eq!(said(Sse::of_type("tick", stream::iter([1]))).await, "event: tick\ndata: 1\n\n");
    let items = [
        Item::new(72).event_type("heartRate").id(9).reconnection_time(Duration::from_secs(2)),
        Item::new(73),
    ];
    let expected = "event: heartRate\ndata: 72\nid: 9\nretry: 2000\n\ndata: 73\n\n";
    assert_eq!(said(Sse::new(stream::iter(items))).await, expected);
    let variants = [Orders::HeartRate(72), Orders::Note("a\nb".into())];
    let expected = "event: heartRate\ndata: 72\n\nevent: note\ndata: a\ndata: b\n\n";
    assert_eq!(said(Sse::variants(stream::iter(variants))).await, expected);
    let update = Item::new(Orders::OrderUpdate { status: "Placed".into() }).id(4).event_type("unused");
    let expected = "event: orderUpdate\ndata: {\"status\":\"Placed\"}\nid: 4\n\n";
    assert_eq!(said(Sse::variants(stream::iter([update]))).await, expected);
}

#[tokio::test]
async fn a_response_begins_at_once_and_is_not_held_back() {
    let response = Sse::new(stream::pending::<u32>()).into_response();
    let header = |name| response.headers()[name].to_str().expect("text");
    assert_eq!(header("content-type"), "text/event-stream");
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-accel-buffering"), "no");
    assert_eq!(next(&mut response.into_body().into_data_stream()).await, ": \n\n");
    let sse = Sse::new(stream::pending::<u32>()).reconnection_time(Duration::from_millis(1500));
    assert_eq!(next(&mut body(sse)).await, "retry: 1500\n\n");
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled() {
    let late = || {
        stream::once(async {
            tokio::time::sleep(Duration::from_secs(40)).await;
            1
        })
    };
    let table = [
        (KeepAlive::default(), &[15, 30][..], ": keep-alive\n\n"),
        (KeepAlive::events(Duration::from_secs(18), "heartbeat"), &[18, 36], "event: heartbeat\ndata: 1\n\n"),
        (KeepAlive::off(), &[], ""),
    ];
    for (keep_alive, times, filling) in table {
        let mut body = body(Sse::new(late()).keep_alive(keep_alive));
        next(&mut body).await;
        let start = Instant::now();
        for time in times {
            assert_eq!(next(&mut body).await, filling);
            assert_eq!(start.elapsed(), Duration::from_secs(*time));
        }
        assert_eq!(next(&mut body).await, "data: 1\n\n");
        assert_eq!(start.elapsed(), Duration::from_secs(40));
    }
}

#[tokio::test]
async fn a_producer_is_held_back_and_ends_with_its_listener() {
    struct Alive(Arc<AtomicUsize>);
    impl Drop for Alive {
        fn drop(&mut self) {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    let made = Arc::new(AtomicUsize::new(0));
    let alive = Alive(Arc::clone(&made));
    let items = stream::iter(0..).map(move |n: u32| {
        alive.0.fetch_add(1, Ordering::Relaxed);
        Text(format!("{n:01024}"))
    });
    let mut body = body(Sse::new(items));
    next(&mut body).await;
    assert_eq!(made.load(Ordering::Relaxed), 0, "nobody has asked for more");
    let write = next(&mut body).await;
    let first = made.load(Ordering::Relaxed);
    assert!((2..=17).contains(&first), "some in one write: {first}");
    assert!(write.len() >= first * 1024, "all of them whole");
    next(&mut body).await;
    assert_eq!(made.load(Ordering::Relaxed), 2 * first);
    drop(body);
    assert_eq!(made.load(Ordering::Relaxed), 0, "the producer is gone");
}

#[tokio::test]
async fn what_is_not_ready_is_not_waited_for() {
    let items = stream::iter([1, 2]).chain(stream::once(pending()));
    let mut body = body(Sse::new(items));
    next(&mut body).await;
    assert_eq!(next(&mut body).await, "data: 1\n\ndata: 2\n\n");
}

/// Data that cannot be encoded.
struct Unwritable;

impl Serialize for Unwritable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("it is secret"))
    }
}

/// What was sent before a response broke off, and why it did: as the body and as the server's log have it.
async fn broken(sse: Sse) -> (String, String) {
    let (tell, told) = std::sync::mpsc::channel();
    let mut body = body(sse.on_error(move |error: &SseError| tell.send(error.to_string()).expect("a log")));
    next(&mut body).await;
    let mut sent = Vec::new();
    let error = loop {
        match body.next().await.expect("no clean end") {
            Ok(write) => sent.extend(write),
            Err(error) => break error,
        }
    };
    assert!(body.next().await.is_none());
    let told = told.try_recv().expect("the log was told");
    assert!(error.to_string().contains(&told), "{error} {told}");
    (String::from_utf8(sent).expect("UTF-8"), told)
}

#[tokio::test]
async fn data_that_cannot_be_encoded_is_an_error_and_no_half_event() {
    #[derive(Serialize)]
    enum Job {
        Progress(u32),
        Secret { data: Unwritable },
    }
    let items = stream::iter([Job::Progress(1), Job::Secret { data: Unwritable }, Job::Progress(2)]);
    let (sent, told) = broken(Sse::variants(items)).await;
    assert_eq!(sent, "event: Progress\ndata: 1\n\n");
    assert!(told.starts_with("an event of the type \"Secret\" could not be encoded: "), "{told}");
    assert!(told.ends_with(": it is secret"), "{told}");
    let (sent, told) = broken(Sse::of_type("secret", stream::iter([Unwritable]))).await;
    assert_eq!(sent, "");
    assert!(told.starts_with("an event of the type \"secret\" could not be encoded: "), "{told}");
}

#[tokio::test]
async fn a_failure_and_a_panic_break_the_response_off() {
    let items = stream::iter([Ok(1), Err("the database is gone"), Ok(2)]);
    let failed = "the stream of items failed: the database is gone";
    assert_eq!(broken(Sse::try_new(items)).await, ("data: 1\n\n".to_owned(), failed.to_owned()));
    let items = stream::iter(1..).map(|n| if n < 3 { n } else { panic!("no {n}") });
    let (sent, told) = broken(Sse::new(items)).await;
    assert_eq!((&*sent, &*told), ("data: 1\n\ndata: 2\n\n", "the stream of items panicked: no 3"));
    let fine = stream::iter([Ok::<_, Infallible>(Orders::HeartRate(1))]);
    assert_eq!(said(Sse::try_variants(fine)).await, "event: heartRate\ndata: 1\n\n");
}
