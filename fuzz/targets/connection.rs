//! Anything that can happen, in any order.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| typed_eventsource_fuzz::connection::check(bytes));
