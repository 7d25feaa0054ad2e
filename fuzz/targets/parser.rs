//! Any bytes, however they are cut.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| typed_eventsource_fuzz::parser::check(bytes));
