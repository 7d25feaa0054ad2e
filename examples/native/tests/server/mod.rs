//! A server of a few lines, which answers one request after another as it is told.

use std::io;
use std::sync::{Arc, Mutex};

use reqwest::Url;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One answer.
pub(crate) struct Answer {
    /// The status, and headers after it.
    pub(crate) head: &'static str,
    pub(crate) body: &'static str,
    pub(crate) end: End,
}

/// What comes after the body.
pub(crate) enum End {
    /// A clean end.
    Close,
    /// The connection breaks.
    Abort,
    /// Silence.
    Hold,
}

impl Answer {
    /// An answer without a body.
    pub(crate) fn refusal(head: &'static str) -> Self {
        Self { head, body: "", end: End::Close }
    }

    pub(crate) fn stream(body: &'static str, end: End) -> Self {
        Self { head: "200 OK\r\ncontent-type: text/event-stream", body, end }
    }
}

/// The last event ID of each request, empty where there was none.
pub(crate) type Asked = Arc<Mutex<Vec<String>>>;

/// A server that lasts as long as the test. What comes after the last answer gets a 204.
pub(crate) async fn serve(answers: impl IntoIterator<Item = Answer>) -> (Url, Asked) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    let asked = Asked::default();
    let answers: Vec<_> = answers.into_iter().collect();
    tokio::spawn(answer_all(listener, answers, Arc::clone(&asked)));
    (url.parse().expect("a URL"), asked)
}

async fn answer_all(listener: TcpListener, answers: Vec<Answer>, asked: Asked) -> io::Result<()> {
    let mut held = Vec::new();
    let mut answers = answers.into_iter();
    loop {
        let (mut stream, _) = listener.accept().await?;
        let id = last_event_id(&mut stream).await?;
        asked.lock().expect("no panic").push(id);
        let Answer { head, body, end } = answers.next().unwrap_or(Answer::refusal("204 No Content"));
        stream.write_all(format!("HTTP/1.1 {head}\r\nconnection: close\r\n").as_bytes()).await?;
        if head.starts_with("200") {
            // In chunks, so that a clean end differs from a break.
            stream.write_all(b"transfer-encoding: chunked\r\n\r\n").await?;
            if !body.is_empty() {
                stream.write_all(format!("{:x}\r\n{body}\r\n", body.len()).as_bytes()).await?;
            }
            match end {
                End::Close => stream.write_all(b"0\r\n\r\n").await?,
                End::Abort => {}
                End::Hold => held.push(stream),
            }
        } else {
            stream.write_all(b"\r\n").await?;
        }
    }
}

/// Reads a request, which ends with its head.
async fn last_event_id(stream: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    let id = head.lines().find_map(|line| line.strip_prefix("last-event-id: "));
    Ok(id.unwrap_or_default().to_owned())
}
