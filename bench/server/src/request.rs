//! The little of a request that matters here.

use std::io::{self, Read as _};
use std::net::TcpStream;
use std::time::Duration;

/// A request longer than this is none of ours.
const LIMIT: usize = 16 * 1024;

/// What a page asks for.
pub(crate) struct Request {
    pub(crate) path: String,
    query: String,
    /// How long the answer is to wait.
    pub(crate) wait: Duration,
}

impl Request {
    /// Reads one; `None` if the connection ends before, or it is too long.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        // The body is read too: a connection that is closed with unread bytes is reset, and the response is lost.
        while !is_whole(&bytes) {
            let count = stream.read(&mut part)?;
            if count == 0 || bytes.len() > LIMIT {
                return Ok(None);
            }
            bytes.extend(part.iter().take(count));
        }
        let text = String::from_utf8_lossy(&bytes);
        let target = text.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let (path, wait) = late(path).unwrap_or((path, Duration::ZERO));
        Ok(Some(Self { path: path.to_owned(), query: query.to_owned(), wait }))
    }

    /// The number that a parameter of the query has.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let parameters = self.query.split('&').filter_map(|parameter| parameter.split_once('='));
        parameters.into_iter().find(|(key, _)| *key == name)?.1.parse().ok()
    }
}

/// Whether a request has come to its end, by the length that its head gives for its body.
fn is_whole(bytes: &[u8]) -> bool {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let (head, rest) = bytes.split_at(end + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    rest.len() >= length.and_then(|length| length.trim().parse().ok()).unwrap_or(0)
}

/// The path behind `/late/MILLISECONDS`, and the wait. The wait is part of the path, not of the query: so the modules that a
/// module imports are late too.
fn late(path: &str) -> Option<(&str, Duration)> {
    let (ms, path) = path.strip_prefix("/late/")?.split_once('/')?;
    Some((path, Duration::from_millis(ms.parse().ok()?)))
}
