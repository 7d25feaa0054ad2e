//! How much the server takes upon itself.

use std::num::NonZeroUsize;

use clap::Args;

/// What bounds the server's memory and streams. Each is an option of the program.
///
/// What is no option: the head of a request has 64 KiB (else 431) and, over HTTP/1.1, a minute; a body has 30 s for its
/// next byte and two minutes in all (408); the bodies that come in hold 32 MiB together (503); the scenarios and their
/// reports 128 MiB (503), for which older ones go; large writes of scenarios 128 MiB, and large reports on their way 64 MiB:
/// they wait for each other.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at a time; beyond that the one that is without a request longest ends, or the new one.
    #[arg(long = "max-connections", value_name = "COUNT", default_value = "960")]
    pub connections: NonZeroUsize,
    /// Streams that one client address may have open; the next one is answered 429.
    #[arg(long = "max-streams-per-client", value_name = "COUNT", default_value = "512")]
    pub streams_per_client: NonZeroUsize,
    /// Bytes of a request's body, those of /scenarios aside; a larger one is answered 413.
    #[arg(long = "max-body-bytes", value_name = "BYTES", default_value = "65536")]
    pub body_bytes: NonZeroUsize,
    /// Notifications that are kept for those who resume; older ones go.
    #[arg(long, value_name = "COUNT", default_value = "1000")]
    pub replay_events: NonZeroUsize,
    /// Bytes of the kept notifications; older ones go, and one that is larger by itself is answered 413.
    #[arg(long, value_name = "BYTES", default_value = "1048576")]
    pub replay_bytes: NonZeroUsize,
    /// Milliseconds within which a stopping server ends its streams, one after the other; each client comes back as much later
    /// as it is told.
    #[arg(long, value_name = "MS", default_value = "1000")]
    pub drain_ms: u32,
    /// Jobs that run at a time; the next one is answered 503.
    #[arg(long = "max-jobs", value_name = "COUNT", default_value = "64")]
    pub jobs: NonZeroUsize,
    /// Lines that are remembered; the one that was idle longest is forgotten first.
    #[arg(long = "max-lines", value_name = "COUNT", default_value = "1024")]
    pub lines: NonZeroUsize,
}

impl Default for Limits {
    fn default() -> Self {
        let count = |count| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN);
        Self {
            // Many systems let a program open 1024 files.
            connections: count(960),
            streams_per_client: count(512),
            body_bytes: count(64 * 1024),
            replay_events: count(1000),
            replay_bytes: count(1024 * 1024),
            drain_ms: 1000,
            jobs: count(64),
            lines: count(1024),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Program {
        #[command(flatten)]
        limits: Limits,
    }

    #[test]
    fn the_programs_defaults_are_the_librarys() {
        assert_eq!(Program::parse_from(["program"]).limits, Limits::default());
        assert!(Program::try_parse_from(["program", "--max-jobs", "0"]).is_err());
    }
}
