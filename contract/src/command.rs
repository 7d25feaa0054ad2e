//! The files that follow from a contract, written or checked.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde_json::Value;

use crate::Contract;

const USAGE: &str = "\
usage: [--check] KIND FILE [KIND FILE …]

  typescript FILE   the event maps
  schema FILE       JSON Schema
  openapi FILE      an OpenAPI 3.2 document

  --check           writes nothing, and fails where a file is not what it would be";

/// A file is not what follows from the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stale(PathBuf);

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} does not follow from the enums: run this without --check, and commit it",
            self.0.display()
        )
    }
}

impl Contract {
    /// The body of a program that writes the files, or checks them:
    ///
    /// ```no_run
    /// # use std::process::ExitCode;
    /// # use typed_eventsource_contract::Contract;
    /// fn main() -> ExitCode {
    ///     let contract = Contract::new(); // .stream::<Orders>("Orders", "/orders/stream")
    ///     contract.command("shop", env!("CARGO_PKG_VERSION"), std::env::args().skip(1))
    /// }
    /// ```
    ///
    /// `cargo run --example contract -- typescript web/src/events.ts openapi openapi.json` writes both, and fails with
    /// `--check` where they are out of date. `title` and `version` are those of the OpenAPI document.
    #[must_use]
    pub fn command(&self, title: &str, version: &str, args: impl IntoIterator<Item = String>) -> ExitCode {
        match self.carry_out(title, version, args) {
            Ok(()) => ExitCode::SUCCESS,
            Err(sentence) => {
                eprintln!("error: {sentence}");
                ExitCode::FAILURE
            }
        }
    }

    fn carry_out(
        &self,
        title: &str,
        version: &str,
        args: impl IntoIterator<Item = String>,
    ) -> Result<(), String> {
        let (flags, words): (Vec<_>, Vec<_>) = args.into_iter().partition(|arg| arg.starts_with('-'));
        let check = match flags.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => false,
            ["--check"] => true,
            _ => return Err(format!("unknown flags {flags:?}\n\n{USAGE}")),
        };
        let (pairs, rest) = words.as_chunks();
        if pairs.is_empty() || !rest.is_empty() {
            return Err(format!("each kind needs a file\n\n{USAGE}"));
        }
        let text = |kind: &str| match kind {
            "typescript" => Ok(self.typescript()),
            "schema" => Ok(pretty(&self.json_schema())),
            "openapi" => Ok(pretty(&self.open_api(title, version))),
            _ => Err(format!("unknown kind {kind:?}\n\n{USAGE}")),
        };
        // All or none: before one is written, nothing may be wrong with any.
        let texts = pairs.iter().map(|[kind, _]| text(kind)).collect::<Result<Vec<_>, _>>()?;
        pairs.iter().zip(texts).try_for_each(|([_, file], text)| settle(Path::new(file), &text, check))
    }
}

fn settle(file: &Path, text: &str, check: bool) -> Result<(), String> {
    let about = |error: std::io::Error| format!("{}: {error}", file.display());
    if !check {
        return fs::write(file, text).map_err(about);
    }
    let before = fs::read_to_string(file).map_err(about)?;
    // Git may have changed the ends of lines.
    if before.replace("\r\n", "\n") == text { Ok(()) } else { Err(Stale(file.into()).to_string()) }
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(args: &[&str]) -> Result<(), String> {
        Contract::new().carry_out("t", "1", args.iter().map(|arg| (*arg).to_owned()))
    }

    #[test]
    fn files_are_written_and_checked() {
        let folder = std::env::temp_dir().join(format!("typed-eventsource-contract-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("events.ts").display().to_string();
        let document = folder.join("openapi.json").display().to_string();
        run(&["--check", "typescript", &file]).expect_err("there is none");
        run(&["typescript", &file, "openapi", &document]).expect("it is written");
        run(&["--check", "typescript", &file, "openapi", &document]).expect("they are new");
        let windows = fs::read_to_string(&file).expect("a file").replace('\n', "\r\n");
        fs::write(&file, windows).expect("a file");
        run(&["--check", "typescript", &file]).expect("only its lines end in another way");
        fs::write(&file, "old").expect("a file");
        run(&["typescript", &file, "bogus", &document]).expect_err("there is no such kind");
        let error = run(&["openapi", &document, "--check", "typescript", &file]).expect_err("it is old");
        assert!(error.contains("run this without --check"), "{error}");
        assert_eq!(fs::read_to_string(&file).expect("a file"), "old");
        fs::remove_dir_all(folder).expect("a folder");
    }

    #[test]
    fn wrong_arguments_are_told() {
        for args in [&[][..], &["typescript"], &["--force", "schema", "a"], &["python", "a"]] {
            assert!(run(args).expect_err("an error").contains("usage:"), "{args:?}");
        }
    }
}
