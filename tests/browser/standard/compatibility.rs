//! What the table of `docs/browsers.md` is made of: each test of a rule tells over which transport the rule holds in this
//! engine. What a test tells counts only if it passes.

use serde_json::json;
use wasm_bindgen_test::console_log;

use super::Way;

/// The rule that the running test is named after holds.
pub(super) fn holds(way: impl Into<Way>) {
    report(None, way.into(), None);
}

/// It does not hold, and the test has seen what is done instead.
pub(super) fn differs(way: impl Into<Way>, instead: &str) {
    report(None, way.into(), Some(instead));
}

/// A test may be one of many rules.
pub(super) fn report(rule: Option<&str>, way: Way, instead: Option<&str>) {
    console_log!("compatibility {}", json!({ "rule": rule, "way": format!("{way:?}"), "instead": instead }));
}
