//! What a line answers while it refuses requests, and which of them.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::Instant;
use typed_eventsource_axum::Refusal;

use crate::request;

const FOR_MS: RangeInclusive<u64> = 100..=60_000;
const TIMES: RangeInclusive<u64> = 1..=1000;
const RETRY_AFTER_SECONDS: RangeInclusive<u64> = 0..=600;

/// A line refuses requests until a time has passed, or so many of them were refused.
#[derive(Debug)]
pub(super) struct Refusing {
    until: Instant,
    /// `None`: all that come in time.
    left: Option<u64>,
    refusal: Refusal,
}

impl Refusing {
    /// As a query asks for it.
    pub(super) fn asked(query: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        let left = request::within(query, "times", TIMES, "")?;
        let time = match (request::millis(query, "forMs", FOR_MS)?, left) {
            (Some(time), _) => time,
            // What nobody asks for does not wait for ever: lines are to be forgotten.
            (None, Some(_)) => Duration::from_millis(*FOR_MS.end()),
            (None, None) => {
                return Err(Refusal::bad_request(
                    "for how long is missing: add ?forMs= with 100 to 60000 milliseconds, or ?times= with 1 to 1000",
                ));
            }
        };
        let status = status(query)?;
        let by_default = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        let retry_after =
            request::within(query, "retryAfter", RETRY_AFTER_SECONDS, " seconds")?.or(by_default);
        let refusal = Refusal::new(status, sentence(status));
        let refusal = retry_after.into_iter().fold(refusal, Refusal::retry_after);
        Ok(Self { until: Instant::now() + time, left, refusal })
    }

    /// Whether another request would be refused.
    pub(super) fn lasts(&self) -> bool {
        Instant::now() < self.until && self.left != Some(0)
    }

    /// What a request gets that comes now.
    pub(super) fn next(&mut self) -> Option<Refusal> {
        if !self.lasts() {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        Some(self.refusal.clone())
    }
}

fn status(query: &BTreeMap<String, String>) -> Result<StatusCode, Refusal> {
    let Some(text) = query.get("status") else { return Ok(StatusCode::SERVICE_UNAVAILABLE) };
    let refuses = |status: &StatusCode| status.is_client_error() || status.is_server_error();
    StatusCode::from_bytes(text.as_bytes())
        .ok()
        .filter(refuses)
        .ok_or_else(|| Refusal::bad_request(format!("status is {text:?}: send 400 to 599")))
}

/// What the body says.
fn sentence(status: StatusCode) -> String {
    let told = "as it was told to";
    match status {
        StatusCode::SERVICE_UNAVAILABLE => format!("this line refuses requests for now, {told}: try again"),
        StatusCode::UNAUTHORIZED => format!("this line takes no token, {told}: log in and try again"),
        StatusCode::TOO_MANY_REQUESTS => {
            format!("this line has had enough, {told}: wait, then try again")
        }
        _ if status.is_server_error() => {
            format!("this line fails with {}, {told}: try again", status.as_u16())
        }
        _ => format!("this line refuses with {}, {told}: ask for something else", status.as_u16()),
    }
}
