//! The little of a request that matters here.

use std::io::{self, Read as _};
use std::net::TcpStream;

/// A request longer than this is none of ours.
const LIMIT: usize = 16 * 1024;

/// What a page asks for.
pub(crate) struct Request {
    pub(crate) path: String,
    query: String,
}

impl Request {
    /// Reads one; `None` if the connection ends before, or it is too long.
    pub(crate) fn read(stream: &mut TcpStream) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        let mut part = [0; 4096];
        while !bytes.ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut part)?;
            if count == 0 || bytes.len() > LIMIT {
                return Ok(None);
            }
            bytes.extend(part.iter().take(count));
        }
        let text = String::from_utf8_lossy(&bytes);
        let target = text.split(' ').nth(1).unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        Ok(Some(Self { path: path.to_owned(), query: query.to_owned() }))
    }

    /// The number that a parameter of the query has.
    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        let parameters = self.query.split('&').filter_map(|parameter| parameter.split_once('='));
        parameters.into_iter().find(|(key, _)| *key == name)?.1.parse().ok()
    }
}
