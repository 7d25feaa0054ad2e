//! A known last event ID that comes again after a resume with another event.

use typed_eventsource::{Failure, TypedEventSource};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::harness::{next, nothing_more, rest};
use crate::network::{Network, task, tasks_until};

/// Sends these events over a new connection and waits until they are there.
async fn resumed(source: &TypedEventSource, network: &Network, events: &[(u32, &str)]) {
    let (requests, opened) = (network.count(), source.stats().opened);
    if requests > 0 {
        source.reconnect();
    }
    tasks_until("a request", || network.count() > requests).await;
    tasks_until("the stream", || source.stats().opened > opened).await;
    let came = || source.stats().events + source.stats().replays;
    let before = came();
    network.send(&events.iter().map(|(id, data)| format!("id: {id}\ndata: {data}\n\n")).collect::<String>());
    tasks_until("the events", || came() == before + events.len() as u64).await;
}

#[wasm_bindgen_test]
async fn it_is_delivered_counted_and_told_once_for_each_connection() {
    let network = Network::new();
    let source = network.connect().open().unwrap();
    let mut errors = source.errors();
    let mut texts = source.subscribe::<typed_eventsource::Text>("message");
    resumed(&source, &network, &[(1, "a"), (2, "b"), (3, "c")]).await;
    nothing_more(&mut errors).await;

    // Its log began anew.
    resumed(&source, &network, &[(1, "x"), (2, "y")]).await;
    let failure = next(&mut errors).await;
    let Failure::Reused { last_event_id } = &failure else { panic!("{failure}") };
    assert_eq!((&**last_event_id, failure.code()), ("1", "id-reused"));
    nothing_more(&mut errors).await;
    let told = source.stats().reused;
    assert!(told > 0);

    // And once more: another connection is told of by itself.
    resumed(&source, &network, &[(1, "p")]).await;
    assert_eq!(next(&mut errors).await.code(), "id-reused");
    nothing_more(&mut errors).await;
    assert!(source.stats().reused > told);

    source.close();
    task().await;
    let texts: Vec<_> = rest(&mut texts).await.into_iter().map(|text| text.unwrap().data.0).collect();
    assert_eq!(texts, ["a", "b", "c", "x", "y", "p"], "nothing is lost");
    assert_eq!(source.stats().replays, 0);
}
