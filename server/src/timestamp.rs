//! Times of day as events carry them: RFC 3339 in UTC, with milliseconds.

use std::time::SystemTime;

pub(crate) fn now() -> String {
    at(SystemTime::now())
}

pub(crate) fn at(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}
