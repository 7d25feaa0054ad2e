//! Jobs tell how far they have come, also to those who come later.

use serde_json::{Value, json};
use typed_eventsource_server::jobs::{Event, Progress};

mod common;
use common::{Received, Server, eventually};

async fn start(server: &Server, job: Value) -> Value {
    let (status, _, body) = server.answer(server.post("/jobs").json(&job)).await;
    assert_eq!(status, 201, "{body}");
    serde_json::from_str(&body).expect("JSON")
}

#[tokio::test]
async fn a_job_is_followed_to_its_end() {
    let server = Server::start().await;
    let made = start(&server, json!({ "name": "Export", "seconds": 0.2 })).await;
    let url = format!("/jobs/{}", made["id"].as_str().expect("an id"));
    let stream = format!("{url}/stream");
    assert_eq!(made, json!({ "id": made["id"], "name": "Export", "url": url, "stream": stream }));
    let events = server.stream(&stream).await.rest().await;
    let ids: Vec<_> = events.iter().map(Received::number).collect();
    assert_eq!(ids, (1..=52).collect::<Vec<_>>());
    let percents: Vec<_> = events[..51]
        .iter()
        .map(|event| match event.decoded() {
            Event::Progress(Progress { percent, .. }) => percent,
            other => panic!("progress: {other:?}"),
        })
        .collect();
    assert_eq!(percents, (0..=100).step_by(2).collect::<Vec<_>>());
    assert_eq!(events[51].event_type, "done");
    assert_eq!(events[51].json(), json!({ "seconds": 0.2 }));
    assert_eq!(
        server.json(&url).await,
        json!({ "id": made["id"], "name": "Export", "percent": 100, "done": true })
    );

    assert_eq!(server.resumed(&stream, "30").await.rest().await, events[30..]);
    assert_eq!(server.stream(&stream).await.rest().await, events);
    for seen in ["52", "99"] {
        let request = server.get(&stream).header("Last-Event-ID", seen);
        assert_eq!(server.answer(request).await.0, 204);
    }
}

#[tokio::test]
async fn a_running_job_tells_how_far_it_is() {
    let server = Server::start().await;
    let made = start(&server, json!({ "seconds": 600 })).await;
    assert_eq!(made["name"], "Job");
    let url = made["url"].as_str().expect("a path");
    let state = server.json(url).await;
    assert_eq!((&state["percent"], &state["done"]), (&json!(0), &json!(false)));
    let mut early = server.resumed(&format!("{url}/stream"), "40").await;
    let events = early.take(2).await;
    assert_eq!(
        events[0].decoded::<Event>(),
        serde_json::from_value(json!({ "gap": { "asked": "40", "oldest": "1" } })).expect("a gap")
    );
    assert_eq!((&events[0].id[..], &events[1].id[..]), ("", "1"));
}

#[tokio::test]
async fn so_many_jobs_run_at_a_time() {
    let server = Server::start_limited(|limits| limits.jobs = 1.try_into().expect("not zero")).await;
    start(&server, json!({ "seconds": 0.5 })).await;
    let (status, retry_after, sentence) = server.answer(server.post("/jobs")).await;
    assert_eq!((status, retry_after), (503, Some(1)));
    assert!(sentence.starts_with("1 jobs are running: wait for one to end"), "{sentence}");
    let made = eventually(async || {
        let (status, _, body) = server.answer(server.post("/jobs")).await;
        (status == 201).then(|| serde_json::from_str::<Value>(&body).expect("JSON"))
    })
    .await;
    assert_eq!(made["name"], "Job", "no body is no wish");
}

#[tokio::test]
async fn what_is_no_job_is_explained() {
    let server = Server::start().await;
    for seconds in [0.09, 600.1, -1.0] {
        let request = server.post("/jobs").json(&json!({ "seconds": seconds }));
        assert_eq!(
            server.answer(request).await,
            (400, None, format!("seconds is {seconds}: send 0.1 to 600"))
        );
    }
    let (status, _, sentence) =
        server.answer(server.post("/jobs").json(&json!({ "name": "x".repeat(101) }))).await;
    assert_eq!((status, &sentence[..]), (400, "the name has at most 100 characters: send a shorter one"));
    for path in ["/jobs/1", "/jobs/1/stream", "/jobs/x"] {
        let (status, _, sentence) = server.answer(server.get(path)).await;
        assert_eq!(status, 404);
        assert!(sentence.starts_with("there is no job \""), "{sentence}");
    }
}
