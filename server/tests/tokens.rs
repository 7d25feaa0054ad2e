//! An answer, word by word.

use serde_json::json;

mod common;
use common::{Reader, Received, Server};

const ASK: &str = "/tokens?everyMs=1&question=What+about+HTTP/2%3F";

fn text(events: &[Received]) -> String {
    events.iter().map(|event| &event.data[..]).collect()
}

#[tokio::test]
async fn an_answer_comes_in_words_and_says_when_it_is_done() {
    let server = Server::start().await;
    let events = server.stream(ASK).await.rest().await;
    assert!(events.iter().all(|event| event.event_type == "message"));
    let ids: Vec<_> = events.iter().map(Received::number).collect();
    assert_eq!(ids, (1..=events.len() as u64).collect::<Vec<_>>());
    let (done, words) = events.split_last().expect("events");
    assert_eq!(done.data, "[DONE]");
    assert!(text(words).starts_with("Over HTTP/1.1 a browser opens"), "{}", text(words));
    assert!(words[1..].iter().all(|word| word.data.starts_with(' ')));

    for seen in [1, 40, words.len()] {
        let rest = server.resumed(ASK, &seen.to_string()).await.rest().await;
        assert_eq!(rest, events[seen..], "after {seen}");
    }
    for seen in [events.len(), 100_000] {
        let request = server.get(ASK).header("Last-Event-ID", seen);
        assert_eq!(server.answer(request).await.0, 204, "after {seen}");
    }
}

#[tokio::test]
async fn the_question_decides_also_when_it_is_posted() {
    let server = Server::start().await;
    let got = server.stream(ASK).await.rest().await;
    let request = server
        .post("/tokens?everyMs=1")
        .header("Last-Event-ID", "3")
        .json(&json!({ "question": "What about HTTP/2?" }));
    let posted = Reader::new(request.send().await.expect("a response")).rest().await;
    assert_eq!(posted, got, "from its start: a post is not resumed");
    let other = server.stream("/tokens?everyMs=1&question=Is+polling+bad%3F").await.rest().await;
    assert_ne!(text(&other), text(&got));
    let (status, _, sentence) = server.answer(server.post("/tokens")).await;
    assert_eq!(status, 400);
    assert!(sentence.contains(r#"send JSON as in {"question": "What is an event?"}"#), "{sentence}");
}
