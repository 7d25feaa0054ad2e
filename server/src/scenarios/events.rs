//! The `events` step of a script: what it asks for, and how much of it may be in one write.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

/// How much one write may come to.
const WRITE: usize = 64 * 1024 * 1024;

/// The data's length without a pad and the digits of `n`.
pub(super) const FRAME: usize = r#"{"n":,"pad":""}"#.len();

/// How many digits a number has at most.
const DIGITS: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Events {
    pub(super) to: u64,
    #[serde(default = "unlimited")]
    pub(super) at_most: u64,
    #[serde(rename = "type")]
    pub(super) event_type: Option<String>,
    #[serde(default)]
    pub(super) seed: u64,
    #[serde(default)]
    pub(super) bytes: usize,
    pub(super) retry: Option<u64>,
    #[serde(default)]
    pub(super) line_end: LineEnd,
    #[serde(default)]
    pub(super) part_bytes: usize,
    #[serde(default = "one")]
    pub(super) per_write: NonZeroUsize,
    #[serde(default)]
    every_ms: u64,
}

/// How lines end; the standard knows three ways.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LineEnd {
    #[default]
    Lf,
    Cr,
    CrLf,
}

impl LineEnd {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::Cr => "\r",
            Self::CrLf => "\r\n",
        }
    }
}

fn unlimited() -> u64 {
    u64::MAX
}

fn one() -> NonZeroUsize {
    NonZeroUsize::MIN
}

impl Events {
    pub(super) fn every(&self) -> Option<Duration> {
        (self.every_ms > 0).then(|| Duration::from_millis(self.every_ms))
    }

    /// The most that so many events come to, with all that is written for them.
    pub(super) fn bytes_of(&self, count: usize) -> usize {
        let end = self.line_end.as_str().len();
        let event_type = self.event_type.as_ref().map_or(0, |name| "event: ".len() + name.len() + end);
        let data = self.bytes.max(FRAME + DIGITS);
        let retry = self.retry.map_or(0, |_| "retry: ".len() + DIGITS + end);
        data.saturating_add("data: ".len() + "id: ".len() + DIGITS + 3 * end + event_type + retry)
            .saturating_mul(count)
    }

    /// The most that one of its writes comes to.
    pub(super) fn write_bytes(&self) -> usize {
        self.bytes_of(self.per_write.get())
    }

    /// What no single field can tell.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.event_type.as_ref().is_some_and(|event_type| event_type.contains(['\r', '\n'])) {
            return Err("the type of events contains CR or LF: use send for what is malformed".to_owned());
        }
        let write = self.write_bytes();
        if write > WRITE {
            return Err(format!(
                "a write of {write} bytes is too large: make type, bytes or perWrite smaller"
            ));
        }
        Ok(())
    }
}
