//! The client in a real browser, against the native server.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, reason = "a test that finds something else than it expects shall fail")]

mod delivery;
mod harness;
mod isolation;
mod leaks;
mod refusal;
mod requests;
mod resume;
mod routing;
mod states;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
