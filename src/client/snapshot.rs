//! Numbers and positions that a source gives when it is asked.

/// How far a stream has come, by last event IDs: see [`TypedEventSource::cursor`](super::TypedEventSource::cursor).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cursor {
    /// The newest last event ID, which the source itself resumes from.
    pub received: String,
    /// The one up to which every event has been processed.
    pub processed: String,
}

/// Counts so far: see [`TypedEventSource::stats`](super::TypedEventSource::stats).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Attempts to connect that the source has made, without those that the browser's EventSource makes by itself.
    pub attempts: u64,
    /// How often the stream was open, also where the browser's EventSource reconnected by itself.
    pub opened: u64,
    /// Events that came, heartbeats too, but no replays.
    pub events: u64,
    /// Events that full queues of streams have dropped.
    pub dropped: u64,
    /// Events that were dropped because they had come before.
    pub replays: u64,
    /// Events whose id had come before a resume, with other content: see [`Failure::Reused`](super::Failure::Reused).
    pub reused: u64,
    /// Gaps that the server told of.
    pub gaps: u64,
}
