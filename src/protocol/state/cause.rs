//! Why a stream was lost, and why a connection is closed.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::Response;

/// Why a stream was lost, or an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// No connection, or it broke; over fetch also a refusal by CORS, which looks the same.
    Network {
        /// The browser's message; empty if it hides the reason.
        message: String,
    },
    /// No response came within the connect timeout.
    Timeout {
        /// That time.
        after: Duration,
    },
    /// The server ended the stream.
    EndOfStream,
    /// A status other than 200.
    Status {
        /// The head of the response.
        response: Response,
    },
    /// A response that is no event stream.
    ContentType {
        /// The head of the response.
        response: Response,
    },
    /// An event went over the limit.
    EventTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// Nothing came for the idle time.
    Idle {
        /// That time.
        after: Duration,
    },
    /// The browser was offline.
    Offline,
    /// The page woke up, and the stream may be dead.
    Wake,
    /// The application asked for a new connection.
    Asked,
    /// The browser's EventSource gave up. It hides why: 204, 4xx, 5xx, a wrong content type and CORS
    /// look alike.
    Refused,
    /// The server ended a stream that is not reestablished, before the event that was to end it.
    Truncated,
}

impl Cause {
    /// The code used in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Network { .. } => "network",
            Self::Timeout { .. } => "timeout",
            Self::EndOfStream => "end-of-stream",
            Self::Truncated => "truncated",
            Self::Status { .. } => "status",
            Self::ContentType { .. } => "content-type",
            Self::EventTooLarge { .. } => "too-large",
            Self::Idle { .. } => "idle",
            Self::Offline => "offline",
            Self::Wake => "wake",
            Self::Asked => "asked",
            Self::Refused => "refused",
        }
    }

    /// Whether another attempt may help: 5xx, 429, 425, 408 and everything that is no answer at all.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Status { response } => self.is_refusal() || matches!(response.status, 500..=599),
            Self::ContentType { .. } | Self::EventTooLarge { .. } | Self::Truncated => false,
            _ => true,
        }
    }

    /// Whether the server has not carried the request out, so that any request may be sent again: 408, 425, 429, 503.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Status { response } if matches!(response.status, 408 | 425 | 429 | 503))
    }

    /// The head of the response, where there was one.
    pub fn response(&self) -> Option<&Response> {
        match self {
            Self::Status { response } | Self::ContentType { response } => Some(response),
            _ => None,
        }
    }

    /// The failure, and a way out of it, in a sentence.
    // Put together by hand: `format!` would bring the formatting machinery into the npm build.
    pub fn message(&self) -> String {
        match self {
            Self::Network { message } => {
                let message = if message.is_empty() { "the browser hides why" } else { message };
                ["the connection failed: ", message].concat()
            }
            Self::Timeout { after } => ["no response within ", &millis(*after), " ms"].concat(),
            Self::EndOfStream => "the server ended the stream".into(),
            Self::Truncated => {
                "the server ended the stream before `until` matched: the answer is incomplete; \
                 ask again, or leave `until` out if no event ends the stream"
                    .into()
            }
            Self::Status { response } => {
                let hint = match response.status {
                    400 | 431 if response.to_resume => {
                        " to a resume; it may not take the last event ID, start without one"
                    }
                    _ => "",
                };
                ["the server answered with status ", &decimal(response.status.into()), hint].concat()
            }
            Self::ContentType { response } => {
                ["expected content type text/event-stream, got \"", &response.content_type, "\""].concat()
            }
            Self::EventTooLarge { limit } => {
                ["an event is larger than the limit of ", &decimal(*limit as u64), " bytes"].concat()
            }
            Self::Idle { after } => ["nothing came for ", &millis(*after), " ms"].concat(),
            Self::Offline => "the browser was offline".into(),
            Self::Wake => "the page woke up".into(),
            Self::Asked => "a new connection was asked for".into(),
            Self::Refused => "the browser's EventSource gave up; it hides status and reason, \
                 the fetch transport shows them"
                .into(),
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Cause {}

/// Why a connection is closed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The application closed it, or dropped it.
    Closed,
    /// The application's abort signal fired.
    Aborted,
    /// The server answered 204: it has nothing more to say.
    NoContent,
    /// The stream came to its end.
    Ended {
        /// Who ended it.
        by: EndedBy,
    },
    /// Another attempt cannot help, or must not be made.
    Fatal(Cause),
    /// The browser's EventSource gave up more than
    /// [five times in a row](crate::protocol::connection::REFUSALS), and hides why.
    Refused,
    /// As many attempts as allowed failed; the last one so.
    AttemptsExhausted(Cause),
    /// A queue was full, and its policy is to stop then.
    Overflow,
    /// The engine could not start.
    StartFailed(String),
}

/// Who ended a stream that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndedBy {
    /// The application's `until` matched an event.
    Until,
    /// The server ended its response. The request is not repeated, and there was no `until` to wait for.
    Response,
}

impl EndedBy {
    /// The name used in JavaScript.
    pub fn name(self) -> &'static str {
        match self {
            Self::Until => "until",
            Self::Response => "response",
        }
    }
}

impl CloseReason {
    /// The code used in JavaScript.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Aborted => "aborted",
            Self::NoContent => "no-content",
            Self::Ended { .. } => "ended",
            Self::Fatal(_) => "fatal",
            Self::Refused => "refused",
            Self::AttemptsExhausted(_) => "attempts-exhausted",
            Self::Overflow => "overflow",
            Self::StartFailed(_) => "start-failed",
        }
    }

    /// Whether it is a failure: neither what the application asked for, nor the end of the stream.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Closed | Self::Aborted | Self::NoContent | Self::Ended { .. })
    }

    /// The failure behind it, where there is one.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Fatal(cause) | Self::AttemptsExhausted(cause) => Some(cause),
            Self::Refused => Some(&Cause::Refused),
            _ => None,
        }
    }
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed by the application"),
            Self::Aborted => f.write_str("aborted by the application's signal"),
            Self::NoContent => f.write_str("the server has nothing more to send (204)"),
            Self::Ended { by: EndedBy::Until } => f.write_str("the event came that ends the stream"),
            Self::Ended { by: EndedBy::Response } => f.write_str("the server ended the stream"),
            Self::Fatal(cause) => write!(f, "{cause}"),
            Self::Refused => write!(f, "{}", Cause::Refused),
            Self::AttemptsExhausted(cause) => write!(f, "no attempts left: {cause}"),
            Self::Overflow => f.write_str("a queue was full"),
            Self::StartFailed(why) => write!(f, "the engine could not start: {why}"),
        }
    }
}

fn millis(duration: Duration) -> String {
    decimal(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

fn decimal(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(b'0' + (number % 10) as u8));
        number /= 10;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 408, 16_777_216, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }

    #[test]
    fn an_end_that_was_asked_for_is_no_failure() {
        for end in [
            CloseReason::Closed,
            CloseReason::Aborted,
            CloseReason::NoContent,
            CloseReason::Ended { by: EndedBy::Response },
        ] {
            assert!(!end.is_failure(), "{end}");
        }
        let failures = [
            CloseReason::Fatal(Cause::Idle { after: Duration::ZERO }),
            CloseReason::Refused,
            CloseReason::AttemptsExhausted(Cause::EndOfStream),
            CloseReason::Overflow,
            CloseReason::StartFailed(String::new()),
        ];
        for failure in failures {
            assert!(failure.is_failure(), "{failure}");
        }
    }

    #[test]
    fn statuses_that_another_attempt_may_change_are_retryable() {
        let retryable = |status| Cause::Status { response: Response::new(status, "") }.is_retryable();
        for status in [408, 425, 429, 500, 502, 503, 504, 599] {
            assert!(retryable(status), "{status}");
        }
        for status in [204, 301, 400, 401, 403, 404, 410, 422, 431] {
            assert!(!retryable(status), "{status}");
        }
    }
}
