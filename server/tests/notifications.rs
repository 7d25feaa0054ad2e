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

async fn publish_all<const N: usize>(server: &Server, titles: [&str; N]) -> Vec<String> {
    let mut made = Vec::new();
    for title in titles {
        made.push(publish(server, title).await["id"].as_str().expect("an id").to_owned());
    }
    made
}

fn ids(events: &[Received]) -> Vec<&str> {
    events.iter().map(|event| &event.id[..]).collect()
}

#[tokio::test]
async fn everybody_gets_what_is_published_from_now_on() {
    let server = Server::start().await;
    let before = publish(&server, "before").await;
    let mut streams = [server.stream("/notifications").await, server.stream("/notifications").await];
    let made = publish(&server, "Parcel").await;
    for stream in &mut streams {
        let event = stream.next().await.expect("an event");
        let Event::Notification(Headline { title, at }) = event.decoded() else { panic!("{event:?}") };
        assert_eq!(&title[..], "Parcel");
        humantime::parse_rfc3339(&at).expect("a timestamp");
        let mut told = event.json();
        told["id"] = Value::from(event.id.clone());
        assert_eq!(told, made, "the answer tells what the event tells, and its id");
        assert_ne!(made["id"], before["id"]);
    }
}

#[tokio::test]
async fn the_text_is_fetched_by_id() {
    let server = Server::start().await;
    let response = post(&server, "Parcel").send().await.expect("a response");
    let location = response.headers()["location"].to_str().expect("text").to_owned();
    let whole = server.json(&location).await;
    assert_eq!(whole["text"], "All about Parcel");
    assert_eq!(location, format!("/notifications/{}", whole["id"].as_str().expect("an id")));
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
    let made = publish_all(&server, ["a", "b", "c", "d"]).await;
    let mut stream = server.resumed("/notifications", &made[1]).await;
    assert_eq!(ids(&stream.take(2).await), made[2..]);
    let [next] = &publish_all(&server, ["e"]).await[..] else { panic!("one") };
    assert_eq!(ids(&stream.take(1).await), [next]);
}

#[tokio::test]
async fn what_made_room_is_a_gap() {
    let server = Server::start_limited(|limits| limits.replay_events = 2.try_into().expect("not zero")).await;
    let mut early = server.resumed("/notifications", "7").await;
    let gap = early.next().await.expect("a gap");
    assert_eq!((gap.json(), &gap.id[..]), (json!({ "asked": "7", "oldest": null }), ""));
    let mut made = Vec::new();
    for title in ["a", "b", "c", "d"] {
        made.extend(publish_all(&server, [title]).await);
        early.next().await.expect("an event");
    }
    let events = server.resumed("/notifications", &made[0]).await.take(3).await;
    assert_eq!(events[0].json(), json!({ "asked": made[0], "oldest": made[2] }));
    assert_eq!(ids(&events), ["", &made[2], &made[3]]);
    assert_eq!(server.answer(server.get(&format!("/notifications/{}", made[1]))).await.0, 404);
    assert_eq!(server.answer(server.get(&format!("/notifications/{}", made[2]))).await.0, 200);
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
