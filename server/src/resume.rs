//! Where a stream goes on for a client that was there before.

use typed_eventsource_axum::Gap;

/// The gap after the id that a client asked for, or after which it lost something.
pub(crate) fn gap(asked: u64, oldest: Option<u64>) -> Gap {
    Gap { asked: asked.to_string(), oldest: oldest.map(|id| id.to_string()) }
}

/// What comes next in a stream that can be resumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next<T> {
    /// An item and its id.
    Item(u64, T),
    /// Something is missing here.
    Gap(Gap),
}
