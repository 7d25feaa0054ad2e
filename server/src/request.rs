//! What is read from requests.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

use axum::extract::Query;
use axum::http::{HeaderMap, Uri};
use typed_eventsource_axum::Refusal;

/// The parameters of a query; of several with one name, the last.
pub(crate) fn query(uri: &Uri) -> Result<BTreeMap<String, String>, Refusal> {
    let Query(query) = Query::try_from_uri(uri).map_err(|_| {
        Refusal::bad_request(format!("the query of {uri} cannot be read: encode it as a form"))
    })?;
    Ok(query)
}

/// The value of a header as UTF-8, which is how browsers send a last event ID.
pub(crate) fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<Cow<'h, str>> {
    headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// The number in a parameter.
pub(crate) fn number(query: &BTreeMap<String, String>, param: &str) -> Result<Option<u64>, Refusal> {
    query.get(param).map(|value| parse(value, &format!("the parameter {param}"))).transpose()
}

/// Reads a number, or says what is none.
pub(crate) fn parse(value: &str, what: &str) -> Result<u64, Refusal> {
    value.parse().map_err(|_| Refusal::bad_request(format!("{what} is {value:?}: send a whole number")))
}

/// The milliseconds in a parameter, within bounds.
pub(crate) fn millis(
    query: &BTreeMap<String, String>,
    param: &str,
    bounds: RangeInclusive<u64>,
) -> Result<Option<Duration>, Refusal> {
    Ok(within(query, param, bounds, " milliseconds")?.map(Duration::from_millis))
}

/// The number in a parameter, within bounds; `unit` ends the sentence of a refusal.
pub(crate) fn within(
    query: &BTreeMap<String, String>,
    param: &str,
    bounds: RangeInclusive<u64>,
    unit: &str,
) -> Result<Option<u64>, Refusal> {
    match number(query, param)? {
        Some(number) if !bounds.contains(&number) => Err(Refusal::bad_request(format!(
            "{param} is {number}: send {} to {}{unit}",
            bounds.start(),
            bounds.end()
        ))),
        number => Ok(number),
    }
}
