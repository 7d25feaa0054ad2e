//! `GET /logs`: an endless stream of `log` events, as of a busy shop's server.
//!
//! Id n is due at the server's start + n · `everyMs` (1 to 60000, default 500); a resume gets what was logged meanwhile,
//! as far as the newest 5000.

use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use typed_eventsource_axum::{Gap, Refusal};

use crate::mix::mix;
use crate::stream_request::StreamRequest;
use crate::timestamp;

const KEPT: u64 = 5000;

/// The events of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Event {
    /// Something was logged.
    Log(Entry),
    /// Some are missing here.
    Gap(Gap),
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// How bad it is.
    pub level: Level,
    /// What happened.
    pub message: String,
    /// When it happened: RFC 3339, in UTC.
    pub at: String,
}

/// How bad something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Level {
    Info,
    Warn,
    Error,
}

pub(crate) async fn stream(request: StreamRequest) -> Result<Response, Refusal> {
    let every = request.pace(1..=60_000, 500)?;
    request.timeline(KEPT, every, |id, time| Event::Log(entry(id, timestamp::at(time))), Event::Gap)
}

/// The entry with an id: always the same.
fn entry(id: u64, at: String) -> Entry {
    let bits = mix(id.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let (kind, order, amount) = (bits % 100, 100 + (bits >> 8) % 900, 1 + (bits >> 32) % 400);
    let (level, message) = match kind {
        0..30 => (Level::Info, format!("GET /orders/{order} answered 200 in {amount} ms")),
        30..48 => (Level::Info, format!("POST /orders answered 201 in {amount} ms: order {order}")),
        48..62 => (Level::Info, format!("order {order} was handed to courier {}", 1 + amount % 9)),
        62..75 => (Level::Info, format!("cache: {amount} entries were refreshed")),
        75..83 => (Level::Info, format!("customer {} signed in", 1000 + order)),
        83..90 => (Level::Warn, format!("payment for order {order} took {} ms", 1000 + 7 * amount)),
        90..96 => (Level::Warn, format!("queue \"mail\" holds {} messages", 100 + amount)),
        96..98 => (Level::Error, format!("payment for order {order} failed: card declined")),
        _ => (Level::Error, format!("courier service did not answer: retry {} of 9", 1 + amount % 9)),
    };
    Entry { level, message, at }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;

    #[test]
    fn entries_vary_and_stay_the_same() {
        let entries: Vec<_> = (0..2000).map(|id| entry(id, String::new())).collect();
        assert_eq!(entries[7], entry(7, String::new()));
        let mut levels = HashMap::new();
        for entry in &entries {
            *levels.entry(entry.level).or_insert(0) += 1;
        }
        assert!(levels[&Level::Info] > levels[&Level::Warn] && levels[&Level::Warn] > levels[&Level::Error]);
        assert!(levels[&Level::Error] > 20);
        let messages: HashSet<_> = entries.iter().map(|entry| &entry.message).collect();
        assert!(messages.len() > 1000);
    }
}
