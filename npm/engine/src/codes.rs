//! The numbers of what crosses; the same stand in `npm/src/engine/codes.ts`.

use alloc::string::String;
use core::time::Duration;

use typed_eventsource::protocol::state::{Cause, CloseReason, ConnectionState, Pause, Response, Transport};

use crate::duration;

/// The flags of a source.
pub(crate) mod flag {
    pub(crate) const EVENT_SOURCE: u32 = 1;
    pub(crate) const FETCH: u32 = 2;
    pub(crate) const NO_EVENT_SOURCE: u32 = 4;
    pub(crate) const CROSS_ORIGIN: u32 = 8;
    pub(crate) const RETRY: u32 = 16;
    pub(crate) const LAST_EVENT_ID_PARAM: u32 = 32;
    pub(crate) const IDEMPOTENT: u32 = 64;
    pub(crate) const ONCE: u32 = 128;
    pub(crate) const KEEP_REPLAYS: u32 = 256;
    pub(crate) const RESUME_BY_GET: u32 = 512;
    pub(crate) const UNTIL: u32 = 1024;
}

/// What `poll` says.
pub(crate) mod command {
    pub(crate) const NOTHING: u32 = 0;
    pub(crate) const OPEN: u32 = 1;
    pub(crate) const RELEASE: u32 = 2;
    pub(crate) const NOTIFY: u32 = 3;
}

/// The bits of what `feed` says.
pub(crate) mod found {
    pub(crate) const TOO_LARGE: u32 = 1;
    /// Nothing but replays has come since the last resume.
    pub(crate) const BEHIND: u32 = 2;
    /// The last event ID has changed: it stands behind the names.
    pub(crate) const IDENTIFIED: u32 = 4;
    /// A known id came with another event: it stands behind the names, with a CR, before the last event ID.
    pub(crate) const REUSED: u32 = 8;
}

/// The application's word on a failure.
pub(crate) mod verdict {
    pub(crate) const RETRY: u32 = 1;
    pub(crate) const NONE: u32 = 2;
}

/// The codes of causes; 0 is none.
pub(crate) mod cause {
    pub(crate) const NETWORK: u32 = 1;
    pub(crate) const TIMEOUT: u32 = 2;
    pub(crate) const END_OF_STREAM: u32 = 3;
    pub(crate) const STATUS: u32 = 4;
    pub(crate) const CONTENT_TYPE: u32 = 5;
    pub(crate) const EVENT_TOO_LARGE: u32 = 6;
    pub(crate) const IDLE: u32 = 7;
    pub(crate) const OFFLINE: u32 = 8;
    pub(crate) const WAKE: u32 = 9;
    pub(crate) const ASKED: u32 = 10;
    pub(crate) const REFUSED: u32 = 11;
    pub(crate) const TRUNCATED: u32 = 12;
}

pub(crate) fn of_cause(cause: &Cause) -> u32 {
    match cause {
        Cause::Timeout { .. } => cause::TIMEOUT,
        Cause::EndOfStream => cause::END_OF_STREAM,
        Cause::Status { .. } => cause::STATUS,
        Cause::ContentType { .. } => cause::CONTENT_TYPE,
        Cause::EventTooLarge { .. } => cause::EVENT_TOO_LARGE,
        Cause::Idle { .. } => cause::IDLE,
        Cause::Offline => cause::OFFLINE,
        Cause::Wake => cause::WAKE,
        Cause::Asked => cause::ASKED,
        Cause::Refused => cause::REFUSED,
        Cause::Truncated => cause::TRUNCATED,
        _ => cause::NETWORK,
    }
}

/// The cause that TypeScript reports; what it says about it in words stays there.
pub(crate) fn to_cause(code: u32, status: u32, retry_after: f64, limit: usize) -> Cause {
    match code {
        cause::TIMEOUT => Cause::Timeout { after: Duration::ZERO },
        cause::IDLE => Cause::Idle { after: Duration::ZERO },
        cause::END_OF_STREAM => Cause::EndOfStream,
        cause::STATUS | cause::CONTENT_TYPE => {
            let wait = (!retry_after.is_nan()).then(|| duration(retry_after));
            let response = Response::new(status as u16, String::new()).retry_after(wait);
            if code == cause::STATUS { Cause::Status { response } } else { Cause::ContentType { response } }
        }
        cause::EVENT_TOO_LARGE => Cause::EventTooLarge { limit },
        cause::OFFLINE => Cause::Offline,
        cause::WAKE => Cause::Wake,
        cause::REFUSED => Cause::Refused,
        _ => Cause::Network { message: String::new() },
    }
}

pub(crate) fn of_state(state: &ConnectionState) -> u32 {
    match state {
        ConnectionState::Open { .. } => 1,
        ConnectionState::Reconnecting { .. } => 2,
        ConnectionState::Paused { .. } => 3,
        ConnectionState::Closed { .. } => 4,
        _ => 0,
    }
}

pub(crate) fn of_transport(transport: Transport) -> u32 {
    match transport {
        Transport::EventSource => 0,
        Transport::Fetch => 1,
    }
}

pub(crate) fn of_pause(why: Pause) -> u32 {
    u32::from(why == Pause::Hidden)
}

pub(crate) fn of_reason(reason: &CloseReason) -> u32 {
    match reason {
        CloseReason::NoContent => 1,
        // By the response: TypeScript itself closes where `until` has matched.
        CloseReason::Ended { .. } => 2,
        CloseReason::Fatal(_) => 3,
        CloseReason::Refused => 4,
        CloseReason::AttemptsExhausted(_) => 5,
        _ => 0,
    }
}

/// What is told.
pub(crate) mod report {
    pub(crate) const START: u32 = 0;
    pub(crate) const TIMEOUT: u32 = 1;
    pub(crate) const RECONNECT: u32 = 2;
    pub(crate) const OPENED: u32 = 3;
    pub(crate) const INTERRUPTED: u32 = 4;
    pub(crate) const IDENTIFIED: u32 = 5;
    pub(crate) const FAILED: u32 = 6;
    pub(crate) const RECEIVED: u32 = 7;
    pub(crate) const OFFLINE: u32 = 8;
    pub(crate) const ONLINE: u32 = 9;
    pub(crate) const HIDDEN: u32 = 10;
    pub(crate) const VISIBLE: u32 = 11;
    pub(crate) const WAKE: u32 = 12;
    pub(crate) const GAP: u32 = 13;
}
