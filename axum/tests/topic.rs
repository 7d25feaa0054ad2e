//! Topics: what who gets, who was there before and who was not.

use std::num::NonZeroUsize;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use serde::Serialize;
use typed_eventsource_axum::{LastEventId, LogError, MemoryLog, PublishError, Topic, TopicStream, Topics};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum News {
    Headline(u32),
}

fn count(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("not zero")
}

fn topic(events: usize) -> Topic<News> {
    Topic::variants(MemoryLog::new(count(events), count(1 << 20)))
}

async fn publish(topic: &Topic<News>, numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut ids = Vec::new();
    for number in numbers {
        ids.push(topic.publish(&News::Headline(number)).await.expect("it is small"));
    }
    ids
}

/// What there is to read without waiting.
fn ready(stream: &mut TopicStream) -> String {
    let mut all = String::new();
    while let Some(block) = stream.next().now_or_never() {
        all.push_str(std::str::from_utf8(&block.expect("no end").expect("no error")).expect("UTF-8"));
    }
    all
}

fn headlines<'a>(all: impl IntoIterator<Item = (u32, &'a String)>) -> String {
    all.into_iter().map(|(number, id)| format!("event: headline\ndata: {number}\nid: {id}\n\n")).collect()
}

#[tokio::test]
async fn a_listener_gets_what_is_published_from_now_on() {
    let topic = topic(10);
    let old = publish(&topic, [1, 2]).await;
    let mut stream = topic.stream(None);
    let new = publish(&topic, [3]).await;
    // The newest ID comes first, so that a cut before the first event loses nothing.
    assert_eq!(ready(&mut stream), format!("id: {}\n\n{}", old[1], headlines([(3, &new[0])])));
    let more = publish(&topic, [4, 5]).await;
    assert_eq!(ready(&mut stream), headlines([4, 5].into_iter().zip(&more)));
    let mut resumed = topic.stream(LastEventId(Some(old[1].clone())));
    assert_eq!(ready(&mut resumed), headlines([3, 4, 5].into_iter().zip(new.iter().chain(&more))));
    assert_eq!(ready(&mut topic.stream(more[1].clone())), "", "nothing is missing");
}

#[tokio::test]
async fn a_cut_before_the_first_event_loses_nothing() {
    let topic = topic(10);
    let mut stream = topic.stream(None);
    let begin = ready(&mut stream);
    let id = begin.strip_prefix("id: ").and_then(|rest| rest.strip_suffix("\n\n")).expect("an ID").to_owned();
    drop(stream);
    let ids = publish(&topic, [1, 2]).await;
    assert_eq!(ready(&mut topic.stream(id)), headlines([1, 2].into_iter().zip(&ids)));
}

#[tokio::test]
async fn a_waiting_listener_is_woken() {
    let topic = topic(10);
    let mut stream = topic.stream(None);
    ready(&mut stream);
    let listener = tokio::spawn(async move { stream.next().await });
    tokio::task::yield_now().await;
    let ids = publish(&topic, [7]).await;
    let block = listener.await.expect("no panic").expect("no end").expect("no error");
    assert_eq!(block, headlines([(7, &ids[0])]));
}

#[tokio::test]
async fn what_the_log_does_not_have_is_a_gap() {
    let log = topic(3);
    let ids = publish(&log, 1..=5).await;
    let kept = headlines((3..=5).zip(&ids[2..]));
    let gap = |asked: &str, oldest: &str| {
        format!("event: gap\ndata: {{\"asked\":\"{asked}\",\"oldest\":{oldest}}}\n\n")
    };
    let oldest = format!("\"{}\"", ids[2]);
    assert_eq!(ready(&mut log.stream(ids[1].clone())), kept);
    assert_eq!(ready(&mut log.stream(ids[0].clone())), gap(&ids[0], &oldest) + &kept);
    let (epoch, _) = ids[0].split_once('-').expect("an epoch");
    // Never there, of another log, or nothing that a log has written.
    let other = publish(&topic(3), [1]).await.remove(0);
    for id in [
        format!("{epoch}-6"),
        format!("{epoch}-18446744073709551615"),
        format!("{epoch}-05"),
        format!("{epoch}-+5"),
        format!("{epoch}-"),
        "5".to_owned(),
        String::new(),
        other,
    ] {
        assert_eq!(ready(&mut log.stream(id.clone())), gap(&id, &oldest) + &kept, "{id}");
    }
    // A log that began anew has nothing yet.
    let new = topic(3);
    let mut stream = new.stream(ids[4].clone());
    assert_eq!(ready(&mut stream), gap(&ids[4], "null"));
    let first = publish(&new, [1]).await;
    assert_eq!(ready(&mut stream), headlines([(1, &first[0])]), "it goes on");
}

#[tokio::test]
async fn a_slow_listener_is_told_what_it_lost() {
    let topic = topic(3);
    let mut stream = topic.stream(None);
    let first = publish(&topic, [1]).await.remove(0);
    assert!(ready(&mut stream).ends_with(&headlines([(1, &first)])));
    let ids = publish(&topic, 2..=10).await;
    let gap = format!("event: gap\ndata: {{\"asked\":\"{first}\",\"oldest\":\"{}\"}}\n\n", ids[6]);
    assert_eq!(ready(&mut stream), gap + &headlines((8..=10).zip(&ids[6..])));
}

#[tokio::test]
async fn bytes_are_a_bound_too() {
    let topic: Topic<String> = Topic::new("text", MemoryLog::new(count(100), count(1000)));
    let large = topic.publish(&"x".repeat(1000)).await;
    let Err(PublishError::Log(LogError::TooLarge { limit: 1000, .. })) = large else { panic!("{large:?}") };
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(topic.publish(&"x".repeat(300)).await.expect("it fits"));
    }
    assert!(ready(&mut topic.stream(ids[7].clone())).contains(&ids[9]), "two are kept");
    assert!(ready(&mut topic.stream(ids[6].clone())).starts_with("event: gap\n"), "and no third");
}

#[tokio::test]
async fn an_event_is_encoded_once() {
    let topic = topic(3);
    let (mut one, mut other) = (topic.stream(None), topic.stream(None));
    ready(&mut one);
    ready(&mut other);
    publish(&topic, [1]).await;
    let [one, other] =
        [one.next().await, other.next().await].map(|next| next.expect("no end").expect("no error"));
    assert_eq!(one.as_ptr(), other.as_ptr());
}

#[tokio::test]
async fn an_id_of_another_principal_means_nothing() {
    let inboxes = Topics::new(count(10), |_| topic(10));
    let mine = publish(&inboxes.of("me"), [1, 2]).await;
    let yours = publish(&inboxes.of("you"), [3, 4]).await;
    let stolen = ready(&mut inboxes.of("me").stream(yours[0].clone()));
    assert!(
        stolen.starts_with("event: gap\n") && stolen.ends_with(&headlines([1, 2].into_iter().zip(&mine)))
    );
    assert!(!stolen.contains("data: 4"), "{stolen}");
    assert_eq!(ready(&mut inboxes.of("you").stream(yours[0].clone())), headlines([(4, &yours[1])]));
}

#[tokio::test]
async fn an_idle_principal_makes_room_and_a_listening_one_does_not() {
    let inboxes = Topics::new(count(2), |_| topic(10));
    let idle = publish(&inboxes.of("idle"), [1]).await.remove(0);
    let mut listening = inboxes.of("listening").stream(None);
    ready(&mut listening);
    let _ = inboxes.of("new");
    let forgotten = ready(&mut inboxes.of("idle").stream(idle));
    assert!(forgotten.starts_with("event: gap\n"), "{forgotten}");
    for name in ["a", "b", "c"] {
        let _ = inboxes.of(name);
    }
    let ids = publish(&inboxes.of("listening"), [2]).await;
    assert_eq!(ready(&mut listening), headlines([(2, &ids[0])]));
}

#[tokio::test(flavor = "multi_thread")]
async fn listeners_lose_nothing_and_get_nothing_twice_while_many_publish() {
    const EACH: u32 = 500;
    let topic = topic(100_000);
    let publishers: Vec<_> = (0..4)
        .map(|number| {
            let topic = topic.clone();
            tokio::spawn(async move { publish(&topic, number * EACH..(number + 1) * EACH).await })
        })
        .collect();
    let listeners: Vec<_> = (0..8)
        .map(|number: usize| {
            let topic = topic.clone();
            tokio::spawn(async move {
                let mut last: Option<String> = Some(String::new());
                let mut seen = Vec::new();
                // Each is cut again and again, after other numbers of events.
                while seen.len() < 4 * EACH as usize {
                    let mut stream = topic.stream(last.clone()).take(3 + 7 * number);
                    while let Some(block) = stream.next().await {
                        let block = block.expect("no error");
                        let text = std::str::from_utf8(&block).expect("UTF-8");
                        if text.starts_with("event: gap") {
                            continue;
                        }
                        last = text.lines().find_map(|line| line.strip_prefix("id: ")).map(Into::into);
                        seen.push(text.lines().nth(1).expect("data").to_owned());
                        if seen.len() == 4 * EACH as usize {
                            break;
                        }
                    }
                }
                seen
            })
        })
        .collect();
    for publisher in publishers {
        publisher.await.expect("no panic");
    }
    let mut all: Vec<_> = (0..4 * EACH).map(|number| format!("data: {number}")).collect();
    all.sort();
    for listener in listeners {
        let waited = tokio::time::timeout(Duration::from_secs(300), listener);
        let mut seen = waited.await.expect("it gets them all").expect("no panic");
        seen.sort();
        assert_eq!(seen, all);
    }
}

#[tokio::test]
async fn what_is_kept_aside_is_sent_to_nobody_and_goes_with_its_event() {
    let topic: Topic<u32> = Topic::new("number", MemoryLog::new(count(2), count(1 << 20)));
    let mut stream = topic.stream(None);
    let id = topic.publish_with(&1, "a long text".to_owned()).await.expect("it is small");
    assert_eq!(topic.aside(&id).await.as_deref(), Some("a long text"));
    assert!(ready(&mut stream).ends_with(&format!("event: number\ndata: 1\nid: {id}\n\n")));
    let plain = topic.publish(&2).await.expect("it is small");
    for id in [&plain, "", "x", &format!("{plain}0")] {
        assert_eq!(topic.aside(id).await, None, "{id}");
    }
    topic.publish(&3).await.expect("it is small");
    assert_eq!(topic.aside(&id).await, None, "it made room");
    let small: Topic<u32> = Topic::new("number", MemoryLog::new(count(2), count(200)));
    let refused = small.publish_with(&1, "x".repeat(200)).await;
    assert!(matches!(refused, Err(PublishError::Log(LogError::TooLarge { .. }))), "{refused:?}");
}
