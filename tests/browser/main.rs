//! The client in a real browser, against the native server.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test that finds something else than it expects shall fail")]

mod any_request;
mod any_request_credentials;
mod any_request_ending;
mod asked;
mod behaviour;
mod behaviour_requests;
mod closing;
mod cursor;
mod delivery;
mod ending;
mod engine;
mod fates;
mod foreign;
mod foreign_event_source;
mod gaps;
mod harness;
mod hints;
mod isolation;
#[cfg(feature = "js-values")]
mod js_options;
#[cfg(feature = "js-values")]
mod js_options_delivery;
#[cfg(feature = "js-values")]
mod js_options_request;
#[cfg(feature = "js-values")]
mod js_values;
mod leaks;
mod mcp;
mod memory;
mod network;
mod options;
mod overflow;
mod pace;
mod page;
mod persist;
mod refusal;
mod reopen;
mod replays;
mod requests;
mod resume;
mod reused;
mod routing;
mod secrets;
mod silence;
mod standard;
mod states;
mod tokens;
mod undecodable;
mod unstoppable;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
