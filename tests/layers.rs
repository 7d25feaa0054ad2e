//! The files of the client import one another in one direction.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test that finds something else than it expects shall fail")]

use std::fs;
use std::path::{Path, PathBuf};

/// The files in the order that the client's own documentation gives them.
fn order(entry: &str) -> Vec<&str> {
    let lists = entry.lines().filter_map(|line| line.strip_prefix("//! - "));
    let names = lists.filter_map(|list| list.split_once(':')).flat_map(|(names, _)| names.split(", "));
    names.map(|name| name.trim_matches('`')).collect()
}

/// The client's files that a text imports. `depth` is how many folders it lies below the client's.
fn imports(text: &str, depth: usize) -> Vec<String> {
    let own = format!("use {}", "super::".repeat(depth + 1));
    let mut found = Vec::new();
    for line in text.lines().map(|line| line.trim_start().trim_start_matches("pub(super) ")) {
        for start in [&*own, "use crate::client::"] {
            let Some(rest) = line.strip_prefix(start) else { continue };
            let name = rest.split([':', ';', ' ']).next().unwrap();
            if !["super", "*"].contains(&name) {
                found.push(name.to_owned());
            }
        }
    }
    found
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_file_of_the_client_imports_one_that_comes_after_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/client");
    let entry = fs::read_to_string(folder.join("mod.rs")).unwrap();
    let order = order(&entry);
    let place = |name: &str| order.iter().position(|known| *known == name);
    let mut seen = 0;
    for path in files(&folder) {
        let within = path.strip_prefix(&folder).unwrap();
        let name = within.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs");
        if name == "mod" || within.ends_with("tests.rs") {
            continue;
        }
        let own = place(name).unwrap_or_else(|| panic!("src/client/mod.rs does not say where {name} is"));
        for import in imports(&fs::read_to_string(&path).unwrap(), within.iter().count() - 1) {
            seen += 1;
            let other = place(&import)
                .unwrap_or_else(|| panic!("{}: import {import} from its own file", path.display()));
            assert!(other <= own, "{} imports {import}, which comes after it", path.display());
        }
    }
    assert!(seen > 50, "only {seen} imports were found");
}
