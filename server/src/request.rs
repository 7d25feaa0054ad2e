//! What the streams read from their requests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use axum::extract::Query;
use axum::http::{HeaderMap, StatusCode, Uri};

use crate::Refusal;

/// The query parameter that stands in for the header in a new `EventSource`, which cannot set one.
pub(crate) const LAST_EVENT_ID_PARAM: &str = "lastEventId";

const PACE_MS: RangeInclusive<u64> = 10..=60_000;

/// The parameters of a query; of several with one name, the last.
pub(crate) fn query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    let Query(query) = Query::try_from_uri(uri).map_err(|_| {
        (StatusCode::BAD_REQUEST, format!("the query of {uri} cannot be read: encode it as a form"))
    })?;
    Ok(query)
}

/// The value of a header as UTF-8, which is how browsers send a last event ID.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// Where the client wants to resume: the header `Last-Event-ID`, else the query parameter.
///
/// The header wins because it is newer: a browser that reestablishes a connection repeats the address it began with.
pub(crate) fn last_event_id(
    headers: &HeaderMap,
    query: &BTreeMap<String, String>,
    param: &str,
) -> Option<String> {
    header(headers, "last-event-id")
        .map(Cow::into_owned)
        .into_iter()
        .chain(query.get(param).cloned())
        .find(|id| !id.is_empty())
}

/// The number in a parameter.
pub(crate) fn number(query: &BTreeMap<String, String>, param: &str) -> Result<Option<u64>, Refusal> {
    query.get(param).map(|value| parse(value, &format!("the parameter {param}"))).transpose()
}

/// Reads a number, or says what is none.
pub(crate) fn parse(value: &str, what: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| (StatusCode::BAD_REQUEST, format!("{what} is {value:?}: send a whole number")))
}

/// The pace of a stream: the parameter `everyMs`, within bounds.
pub(crate) fn pace(query: &BTreeMap<String, String>, default: Duration) -> Result<Duration, Refusal> {
    match number(query, "everyMs")? {
        None => Ok(default),
        Some(ms) if PACE_MS.contains(&ms) => Ok(Duration::from_millis(ms)),
        Some(ms) => Err((
            StatusCode::BAD_REQUEST,
            format!("everyMs is {ms}: send {} to {} milliseconds", PACE_MS.start(), PACE_MS.end()),
        )),
    }
}
