//! What is posted reaches everybody, then and later.

use reqwest::RequestBuilder;
use serde_json::{Value, json};
use typed_eventsource_server::notifications::{Event, Headline};

mod common;
use common::{Received, Server};

fn post(server: &Server, title: &str) -> RequestBuilder {
    server.post("/notifications").json(&json!({ "title": title, "text": format!("All about {title}") }))
}

async fn publish(server: &Server, title: &str) -> Value {
    let (status, _, body) = server.answer(post(server, title)).await;
    assert_eq!(status, 201, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

fn ids(events: &[Received]) -> Vec<&str> {
    events.iter().map(|event| &event.id[..]).collect()
}

#[tokio::test]
async fn everybody_gets_what_is_published_from_now_on() {
    let server = Server::start().await;
    publish(&server, "before").await;
    let mut streams = [server.stream("/notifications").await, server.stream("/notifications").await];
    let made = publish(&server, "Parcel").await;
    for stream in &mut streams {
        let event = stream.next().await.expect("an event");
        let Event::Notification(Headline { id, title, at }) = event.decoded() else { panic!("{event:?}") };
        assert_eq!((&event.id[..], id, &title[..]), ("2", 2, "Parcel"));
        humantime::parse_rfc3339(&at).expect("a timestamp");
        assert_eq!(event.json(), made, "the answer tells what the event tells");
    }
}

#[tokio::test]
async fn the_text_is_fetched_by_id() {
    let server = Server::start().await;
    let response = post(&server, "Parcel").send().await.expect("a response");
    assert_eq!(response.headers()["location"], "/notifications/1");
    let whole = server.json("/notifications/1").await;
    assert_eq!(whole["text"], "All about Parcel");
    let mut headline = whole;
    headline.as_object_mut().expect("an object").remove("text");
    assert_eq!(headline, response.json::<Value>().await.expect("JSON"));
    for id in ["2", "x"] {
        let (status, _, sentence) = server.answer(server.get(&format!("/notifications/{id}"))).await;
        assert_eq!(status, 404);
        assert!(
            sentence.starts_with(&format!("there is no notification \"{id}\": it was never")),
            "{sentence}"
        );
    }
}

#[tokio::test]
async fn a_resume_gets_what_it_missed_and_goes_on() {
    let server = Server::start().await;
    for title in ["a", "b", "c", "d"] {
        publish(&server, title).await;
    }
    let mut stream = server.resumed("/notifications", "2").await;
    assert_eq!(ids(&stream.take(2).await), ["3", "4"]);
    publish(&server, "e").await;
    assert_eq!(ids(&stream.take(1).await), ["5"]);
}

#[tokio::test]
async fn what_made_room_is_a_gap() {
    let server = Server::start_limited(|limits| limits.replay_events = 2.try_into().expect("not zero")).await;
    let mut early = server.resumed("/notifications", "7").await;
    let gap = early.next().await.expect("a gap");
    assert_eq!((gap.json(), &gap.id[..]), (json!({ "asked": "7", "oldest": null }), ""));
    for title in ["a", "b", "c", "d"] {
        publish(&server, title).await;
        early.next().await.expect("an event");
    }
    let events = server.resumed("/notifications", "1").await.take(3).await;
    assert_eq!(events[0].json(), json!({ "asked": "1", "oldest": "3" }));
    assert_eq!(ids(&events), ["", "3", "4"]);
    assert_eq!(server.answer(server.get("/notifications/2")).await.0, 404);
}

#[tokio::test]
async fn a_wrong_post_is_explained() {
    let server = Server::start().await;
    let long = json!({ "title": "é".repeat(201) }).to_string();
    let table = [
        ("", "missing field `title`"),
        (r#"{"title": 1}"#, r#"send JSON as in {"title": "Parcel", "text": "It is here."}"#),
        (r#"{"title": "a", "body": "b"}"#, "unknown field `body`"),
        (r#"{"title": ""}"#, "the title has 1 to 200 characters"),
        (&long, "the title has 1 to 200 characters"),
    ];
    for (body, expected) in table {
        let (status, _, sentence) = server.answer(server.post("/notifications").body(body.to_owned())).await;
        assert_eq!(status, 400, "{body}");
        assert!(sentence.contains(expected), "{sentence}");
    }
}
