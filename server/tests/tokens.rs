//! An answer, word by word.

use reqwest::Method;
use serde_json::{Value, json};

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

/// A token for so many requests.
async fn log_in(server: &Server, uses: u32) -> String {
    let response = server.post("/tokens/login").json(&json!({ "uses": uses })).send().await;
    let response = response.expect("a response");
    assert_eq!(response.status(), 201);
    let login: Value = response.json().await.expect("JSON");
    assert_eq!(login["uses"], uses);
    login["token"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn who_asks_for_it_is_answered_only_with_a_token() {
    let server = Server::start().await;
    let path = "/tokens?everyMs=1&auth=bearer";
    let ask = || server.post(path).json(&json!({ "question": "What about HTTP/2?" }));
    let token = log_in(&server, 2).await;
    let answered = server.stream(ASK).await.rest().await;
    let posted = Reader::new(ask().bearer_auth(&token).send().await.expect("a response")).rest().await;
    assert_eq!(posted, answered);
    let got = server.get(&format!("{ASK}&auth=bearer")).bearer_auth(&token).send().await;
    assert_eq!(Reader::new(got.expect("a response")).rest().await, answered);

    let missing = "a token is missing: send the header Authorization: Bearer with one of POST /tokens/login";
    for (request, expected) in [
        (ask(), missing),
        (ask().basic_auth("a", Some("b")), missing),
        (server.post(&format!("{path}&token={token}")), missing),
        (ask().bearer_auth("x"), "this token is not known: get one by POST /tokens/login"),
        (ask().bearer_auth(&token), "this token is used up: get another one by POST /tokens/login"),
    ] {
        let response = request.send().await.expect("a response");
        assert_eq!(response.status(), 401, "{expected}");
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert_eq!(response.text().await.expect("a sentence"), expected);
    }
    let used_up = server.answer(ask().bearer_auth(log_in(&server, 0).await)).await;
    assert_eq!(used_up.0, 401, "used up from the start");
    let other = server.answer(server.get("/tokens?auth=basic")).await;
    assert_eq!(other, (400, None, r#"auth is "basic": send bearer, or leave it out"#.to_owned()));
}

#[tokio::test]
async fn a_refused_request_uses_no_token_up() {
    let server = Server::start().await;
    let token = log_in(&server, 1).await;
    let path = "/tokens?everyMs=1&auth=bearer&line=a&question=x";
    let ask = || server.get(path).bearer_auth(&token);
    assert_eq!(server.answer(server.post("/lines/a/refuse?times=1")).await.0, 204);
    assert_eq!(server.answer(ask()).await.0, 503);
    Reader::new(ask().send().await.expect("a response")).rest().await;
    assert_eq!(server.answer(ask()).await.0, 401);
}

#[tokio::test]
async fn what_is_no_login_is_explained() {
    let server = Server::start().await;
    let (status, _, answer) = server.answer(server.post("/tokens/login")).await;
    let by_default: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!((status, &by_default["uses"]), (201, &json!(20)));
    for (body, expected) in [
        (json!({ "uses": 1001 }), "uses is 1001: send 0 to 1000"),
        (json!({ "name": "me" }), r#"send JSON as in {"uses": 20}"#),
    ] {
        let (status, _, sentence) = server.answer(server.post("/tokens/login").json(&body)).await;
        assert_eq!(status, 400);
        assert!(sentence.ends_with(expected), "{sentence}");
    }
    assert_eq!(server.answer(server.get("/tokens/login")).await.0, 405, "no token comes by a GET");
}

#[tokio::test]
async fn a_page_of_another_origin_may_log_in_and_ask() {
    let server = Server::start().await;
    let origin = "http://127.0.0.1:1";
    for (path, headers) in
        [("/tokens/login", "content-type"), ("/tokens?auth=bearer", "authorization,content-type")]
    {
        let asked = server
            .client
            .request(Method::OPTIONS, format!("{}{path}", server.address))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", headers);
        let response = asked.send().await.expect("a response");
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["access-control-allow-origin"], origin);
        assert_eq!(response.headers()["access-control-allow-methods"], "POST");
        assert_eq!(response.headers()["access-control-allow-headers"], headers);
    }
    let response = server.post("/tokens?auth=bearer").header("origin", origin).send().await;
    let response = response.expect("a response");
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["access-control-allow-origin"], origin, "the page may read why");
}
