//! Where a stream goes on for a client that was there before.

use serde::{Deserialize, Serialize};

/// The data of a `gap` event: what a client asked to resume from is no more, or was never there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Gap {
    /// The last event ID that the client sent.
    pub asked: String,
    /// The oldest id that follows, if there is one already.
    pub oldest: Option<String>,
}

impl Gap {
    pub(crate) fn new(asked: u64, oldest: Option<u64>) -> Self {
        Self { asked: asked.to_string(), oldest: oldest.map(|id| id.to_string()) }
    }
}

/// What comes next in a stream that can be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// An item and its id.
    Item(u64, T),
    /// Something is missing here.
    Gap(Gap),
}
