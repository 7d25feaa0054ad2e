//! What can happen to a connection.

use typed_eventsource::protocol::state::Cause;

/// One thing that happens. `attempt` counts back from the newest: 0 is that one, others are old.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    Start,
    Open {
        attempt: usize,
    },
    Received {
        attempt: usize,
    },
    LastEventId {
        attempt: usize,
        id: String,
    },
    ReconnectionTime {
        attempt: usize,
        ms: u64,
    },
    Interruption {
        attempt: usize,
    },
    Failure {
        attempt: usize,
        cause: Cause,
        verdict: Option<bool>,
    },
    Offline,
    Online,
    Hidden,
    Visible,
    Wake,
    Reconnect,
    Close,
    /// Time goes by, and no timer fires: the machine sleeps.
    Sleep {
        ms: u64,
    },
    /// A timer fires, due or not.
    Timeout,
    /// The next timer fires on time.
    Due,
    /// A timer fires, and the application is asked about the failure it finds.
    Overdue {
        verdict: Option<bool>,
    },
}
