//! Where a client wants to resume.

use std::fmt;
use std::ops::Deref;

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

/// The last event ID of a request: after which event the client wants to go on. `None` for a client that was not there before.
///
/// It is read from the header `Last-Event-ID`, else from the query parameter `lastEventId`, by which a client sends it that
/// cannot set a header: a new `EventSource`, or one of another origin. The header wins, because it is newer: a browser that
/// reconnects repeats the address it began with. [`from_parts`](Self::from_parts) reads a parameter of another name.
///
/// An ID that no client of an event stream can have is refused with 400 and a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub Option<String>);

impl LastEventId {
    /// The longest ID that is taken, in bytes. Browsers send no longer ones.
    pub const MAX_BYTES: usize = 4096;

    /// The parameter that the extractor reads.
    pub const PARAM: &str = "lastEventId";

    /// Reads the header, else the query parameter of this name.
    ///
    /// # Errors
    ///
    /// If the ID is longer than [`MAX_BYTES`](Self::MAX_BYTES), is not UTF-8, or contains a character that no ID can have.
    pub fn from_parts(parts: &Parts, param: &str) -> Result<Self, InvalidLastEventId> {
        if let Some(header) = parts.headers.get("last-event-id").filter(|header| !header.is_empty()) {
            let id = std::str::from_utf8(header.as_bytes()).map_err(|_| InvalidLastEventId::NotUtf8)?;
            return Self::checked(id);
        }
        let query: Query<Vec<(String, String)>> =
            Query::try_from_uri(&parts.uri).map_err(|_| InvalidLastEventId::Query)?;
        let id = query.iter().rev().find(|(name, _)| name == param).map_or("", |(_, id)| id);
        if id.is_empty() { Ok(Self(None)) } else { Self::checked(id) }
    }

    fn checked(id: &str) -> Result<Self, InvalidLastEventId> {
        if id.len() > Self::MAX_BYTES {
            return Err(InvalidLastEventId::TooLong(id.len()));
        }
        if id.contains(['\r', '\n', '\0']) {
            return Err(InvalidLastEventId::Character);
        }
        Ok(Self(Some(id.to_owned())))
    }
}

impl Deref for LastEventId {
    type Target = Option<String>;

    fn deref(&self) -> &Option<String> {
        &self.0
    }
}

impl From<LastEventId> for Option<String> {
    fn from(LastEventId(id): LastEventId) -> Self {
        id
    }
}

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = InvalidLastEventId;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, InvalidLastEventId> {
        Self::from_parts(parts, Self::PARAM)
    }
}

/// The last event ID of a request is none. As a response: 400 with the sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidLastEventId {
    /// It has so many bytes.
    TooLong(usize),
    /// The header is not UTF-8.
    NotUtf8,
    /// It contains CR, LF or NUL.
    Character,
    /// The query of the URL cannot be read.
    Query,
}

impl fmt::Display for InvalidLastEventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong(bytes) => write!(
                f,
                "the last event ID has {bytes} bytes: send one of at most {}",
                LastEventId::MAX_BYTES
            ),
            Self::NotUtf8 => f.write_str("the header Last-Event-ID is not UTF-8: send the ID as it came"),
            Self::Character => {
                f.write_str("the last event ID contains CR, LF or NUL: send the ID as it came")
            }
            Self::Query => f.write_str("the query cannot be read: encode it as a form"),
        }
    }
}

impl std::error::Error for InvalidLastEventId {}

impl IntoResponse for InvalidLastEventId {
    fn into_response(self) -> Response {
        (StatusCode::BAD_REQUEST, self.to_string()).into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn last(uri: &str, header: Option<&[u8]>) -> Result<Option<String>, InvalidLastEventId> {
        let mut request = Request::builder().uri(uri);
        if let Some(header) = header {
            request = request.header("Last-Event-ID", header);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        LastEventId::from_parts(&parts, LastEventId::PARAM).map(Into::into)
    }

    #[test]
    fn the_header_wins_and_the_parameter_stands_in() {
        let is = |id: &str| Ok(Some(id.to_owned()));
        assert_eq!(last("/", None), Ok(None));
        assert_eq!(last("/?lastEventId=", Some(b"")), Ok(None));
        assert_eq!(last("/?lastEventId=a%20b", None), is("a b"));
        assert_eq!(last("/?lastEventId=old", Some(b"new")), is("new"));
        assert_eq!(last("/?lastEventId=old", Some(b"")), is("old"));
        assert_eq!(last("/?lastEventId=1&lastEventId=2", None), is("2"));
        assert_eq!(last("/", Some("é".as_bytes())), is("é"));
        assert_eq!(last("/?after=7", None), Ok(None));
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let long = "x".repeat(LastEventId::MAX_BYTES + 1);
        assert_eq!(last("/", Some(long.as_bytes())), Err(InvalidLastEventId::TooLong(4097)));
        assert_eq!(last("/", Some(&long.as_bytes()[1..])), Ok(Some(long[1..].to_owned())));
        assert_eq!(last("/", Some(b"\xff")), Err(InvalidLastEventId::NotUtf8));
        for text in ["%0A", "a%0Db", "%00"] {
            assert_eq!(last(&format!("/?lastEventId={text}"), None), Err(InvalidLastEventId::Character));
        }
        let response = InvalidLastEventId::Character.into_response();
        assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    }
}
