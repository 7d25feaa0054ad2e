//! The inputs that the fuzzers found worth keeping, without a fuzzer.
#![cfg(not(target_arch = "wasm32"))]

#[allow(unreachable_pub, reason = "a crate of its own for the fuzzers")]
#[path = "../fuzz/src/lib.rs"]
mod checks;

use std::{fs, path::Path};

/// Runs all inputs of a target, of which there are some.
fn replay(target: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(&folder).expect("the corpus has a folder for each target") {
        let path = entry.expect("a readable folder").path();
        let bytes = fs::read(&path).expect("a readable input");
        // The last one that is shown is the one that fails.
        println!("{}", path.display());
        check(&bytes);
        inputs += 1;
    }
    assert!(inputs >= 10, "the corpus of {target} has {inputs} inputs");
}

#[test]
fn the_parser_agrees_with_the_reference() {
    replay("parser", checks::parser::check);
}

#[test]
fn the_connection_keeps_its_rules() {
    replay("connection", checks::connection::check);
}
