//! The command as a process of its own.

use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use super::PATIENCE;

/// The program, with nothing said yet about how to run it.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_typed-eventsource-server"));
    command.env_remove("PORT").stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The program, listening.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) stdout: Lines<BufReader<ChildStdout>>,
    /// What was printed before the address.
    pub(crate) before: Vec<String>,
    pub(crate) address: String,
}

/// Starts the program.
pub(crate) async fn start(command: &mut Command) -> Running {
    let mut child = command.spawn().expect("a started server");
    let mut stdout = BufReader::new(child.stdout.take().expect("its output")).lines();
    let mut before = Vec::new();
    loop {
        let line = timeout(PATIENCE, stdout.next_line()).await.expect("no hanging").expect("text");
        let line = line.expect("a line");
        if let Some(address) = line.strip_prefix("listening on ") {
            return Running { child, stdout, before, address: address.to_owned() };
        }
        before.push(line);
    }
}
