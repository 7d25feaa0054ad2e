//! Requests that are not served, and why.

use std::error::Error;
use std::fmt;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::{LogError, PublishError};

/// A request that is not served: a status, a sentence that says why and what to do, and when to come again if that helps.
///
/// As a response it is plain text, with `Retry-After` where there is a time. A 401 has `WWW-Authenticate: Bearer`.
///
/// ```
/// use axum::http::StatusCode;
/// use typed_eventsource_axum::Refusal;
///
/// async fn jobs() -> Result<String, Refusal> {
///     Err(Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "64 jobs are running: wait for one to end").retry_after(3))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    sentence: String,
    retry_after: Option<u64>,
}

impl Refusal {
    /// A refusal of this status. The sentence says what happened, then what to do.
    pub fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self { status, sentence: sentence.into(), retry_after: None }
    }

    /// What was sent cannot be served, now or later: 400.
    pub fn bad_request(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// The client is not known, or not allowed any more: 401.
    pub fn unauthorized(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, sentence)
    }

    /// There is no such thing: 404.
    pub fn not_found(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, sentence)
    }

    /// Tells the client how many seconds to wait before the next attempt.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// Names another way out, at the end of the sentence.
    #[must_use]
    pub fn or(self, way_out: &str) -> Self {
        Self { sentence: format!("{}, or {way_out}", self.sentence), ..self }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// 413 for an event that is larger than its log; 503 while the log cannot be reached; else 500.
impl From<PublishError> for Refusal {
    fn from(error: PublishError) -> Self {
        let status = match &error {
            PublishError::Log(LogError::TooLarge { .. }) => StatusCode::PAYLOAD_TOO_LARGE,
            PublishError::Log(LogError::Unreachable(_)) => StatusCode::SERVICE_UNAVAILABLE,
            PublishError::Encode { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let refusal = Self::new(status, error.to_string());
        if status == StatusCode::SERVICE_UNAVAILABLE { refusal.retry_after(1) } else { refusal }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl Error for Refusal {}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let retry_after = self.retry_after.map(|seconds| [(header::RETRY_AFTER, seconds)]);
        // What a 401 wants is part of it.
        let wanted =
            (self.status == StatusCode::UNAUTHORIZED).then_some([(header::WWW_AUTHENTICATE, "Bearer")]);
        (self.status, retry_after, wanted, self.sentence).into_response()
    }
}
