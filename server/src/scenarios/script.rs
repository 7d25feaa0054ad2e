//! The script of a scenario, as it is posted.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use axum::http::header::{InvalidHeaderName, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::de::{IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use typed_eventsource_axum::{HEADERS, LastEventId};

use super::chunk::Chunk;
use super::events::Events;

/// How many attempts one script may have: no more are recorded.
pub(super) const ATTEMPTS: usize = 10_000;

/// How much the `send` steps of one script may come to.
const BYTES: usize = 64 * 1024 * 1024;

#[derive(Debug, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Script {
    pub(super) attempts: Attempts,
    pub(super) afterwards: Afterwards,
    pub(super) last_event_id_param: String,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            attempts: Attempts::default(),
            afterwards: Afterwards::NoContent,
            last_event_id_param: LastEventId::PARAM.to_owned(),
        }
    }
}

/// The attempts of a script. Those beyond the limit are counted while they are read, and not kept: each of them would
/// take a thousand times the bytes of `{}`.
#[derive(Debug, Default)]
pub(super) struct Attempts {
    kept: Vec<Attempt>,
    count: usize,
}

impl Deref for Attempts {
    type Target = [Attempt];

    fn deref(&self) -> &[Attempt] {
        &self.kept
    }
}

impl<'de> Deserialize<'de> for Attempts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counting;

        impl<'de> Visitor<'de> for Counting {
            type Value = Attempts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of attempts")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Attempts, A::Error> {
                let mut attempts = Attempts::default();
                while attempts.count < ATTEMPTS
                    && let Some(attempt) = list.next_element()?
                {
                    attempts.kept.push(attempt);
                    attempts.count += 1;
                }
                while list.next_element::<IgnoredAny>()?.is_some() {
                    attempts.count += 1;
                }
                Ok(attempts)
            }
        }

        deserializer.deserialize_seq(Counting)
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Afterwards {
    NoContent,
    RepeatLast,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Attempt {
    pub(super) status: Status,
    pub(super) headers: Headers,
    pub(super) respond: bool,
    pub(super) steps: Vec<Step>,
    pub(super) end: End,
}

impl Default for Attempt {
    fn default() -> Self {
        Self {
            status: Status(StatusCode::OK),
            headers: Headers::default(),
            respond: true,
            steps: Vec::new(),
            end: End::Close,
        }
    }
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "u16")]
pub(super) struct Status(pub(super) StatusCode);

impl TryFrom<u16> for Status {
    type Error = String;

    fn try_from(code: u16) -> Result<Self, Self::Error> {
        match StatusCode::from_u16(code) {
            // A response with 1xx would not be the last one.
            Ok(status) if code >= 200 => Ok(Self(status)),
            _ => Err(format!("{code} is not the status of a response: use 200 to 999")),
        }
    }
}

/// Those of an event stream, and what the script changes about them.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "BTreeMap<String, Option<String>>")]
pub(super) struct Headers(pub(super) HeaderMap);

impl Default for Headers {
    fn default() -> Self {
        Self(HEADERS.into_iter().collect())
    }
}

impl TryFrom<BTreeMap<String, Option<String>>> for Headers {
    type Error = String;

    fn try_from(changes: BTreeMap<String, Option<String>>) -> Result<Self, Self::Error> {
        let mut headers = Self::default();
        for (name, value) in changes {
            let key: HeaderName = name.parse().map_err(|error: InvalidHeaderName| {
                format!("the header name {name:?} is refused: {error}")
            })?;
            match value {
                None => headers.0.remove(key),
                Some(value) => {
                    let value =
                        HeaderValue::from_bytes(value.as_bytes()).map_err(|error: InvalidHeaderValue| {
                            format!("the value of the header {name:?} is refused: {error}")
                        })?;
                    // A map of headers has its limit, beyond which `insert` panics.
                    headers.0.try_insert(key, value).map_err(|_| "there are too many headers".to_owned())?
                }
            };
        }
        Ok(headers)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Step {
    Send(Chunk),
    WaitMs(u64),
    WaitForRelease,
    Events(Events),
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum End {
    Close,
    Abort,
    Hold,
}

impl Script {
    /// What no single field can tell.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.attempts.count > ATTEMPTS {
            return Err(format!("there are {} attempts: {ATTEMPTS} are the limit", self.attempts.count));
        }
        let mut sent = 0_usize;
        for step in self.attempts.iter().flat_map(|attempt| &attempt.steps) {
            match step {
                Step::Send(chunk) => sent = sent.saturating_add(chunk.len()),
                Step::WaitMs(_) | Step::WaitForRelease => {}
                Step::Events(events) => events.check()?,
            }
        }
        if sent > BYTES {
            return Err(format!("the send steps come to {sent} bytes: {BYTES} are the limit"));
        }
        Ok(())
    }
}
