//! The command: events go to the standard output, states to the standard error.

use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use reqwest::Url;
use tokio::signal;
use typed_eventsource::protocol::connection::Config;
use typed_eventsource::protocol::retry::Retry;
use typed_eventsource::protocol::state::{CloseReason, ConnectionState};
use typed_eventsource::protocol::stream::Event;
use typed_eventsource_native::{Item, follow};

/// Follows an event stream, until Ctrl+C or until the server has nothing more to say.
#[derive(Parser)]
struct Arguments {
    /// The stream, as in http://127.0.0.1:8087/heart-rate.
    url: Url,
    /// Goes on after the event with this id.
    #[arg(long, value_name = "ID", default_value = "")]
    last_event_id: String,
    /// Gives up after so many failures in a row; without it, never.
    #[arg(long, value_name = "COUNT")]
    max_attempts: Option<u32>,
    /// Reconnects when no event came for so long.
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Arguments { url, last_event_id, max_attempts, idle } = Arguments::parse();
    let mut config = Config::default();
    config.last_event_id = last_event_id;
    config.idle = idle.map(Duration::from_secs);
    config.retry = max_attempts.map(|attempts| Retry::default().max_attempts(attempts));
    let interrupted = async {
        // Without a signal handler there is nothing to wait for but the end of the process.
        if signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    let reason = follow(&url, config, interrupted, |item| {
        let told = match item {
            Item::Event(event) => writeln!(io::stdout(), "{}", event_line(&event)),
            Item::State(state) => writeln!(io::stderr(), "{}", state_line(&state)),
        };
        // Whoever read the output has left.
        if told.is_err() {
            std::process::exit(1);
        }
    })
    .await;
    match reason {
        CloseReason::Closed | CloseReason::NoContent => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

fn event_line(event: &Event) -> String {
    let id = if event.last_event_id.is_empty() { "-" } else { &event.last_event_id };
    [printable(id), printable(&event.event_type), printable(&event.data)].join("\t")
}

/// What a server sends must not steer the terminal, nor end the line.
fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() { printable.extend(char.escape_default()) } else { printable.push(char) }
    }
    printable
}

fn state_line(state: &ConnectionState) -> String {
    let status = state.status();
    match state {
        ConnectionState::Connecting { attempt } => format!("{status}, attempt {attempt}"),
        ConnectionState::Open { resumed_from, .. } if resumed_from.is_empty() => status.to_owned(),
        ConnectionState::Open { resumed_from, .. } => {
            format!("{status}, resumed from {}", printable(resumed_from))
        }
        ConnectionState::Reconnecting { attempt, wait, cause } => {
            let wait = wait.unwrap_or_default().as_secs_f64();
            format!("{status} in {wait:.1} s, attempt {attempt}: {}", printable(&cause.to_string()))
        }
        ConnectionState::Closed { reason } => format!("{status}: {}", printable(&reason.to_string())),
        _ => status.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(printable("é {\"a\":1}\n\u{1b}[2J\u{9b}2J\r"), "é {\"a\":1}\\n\\u{1b}[2J\\u{9b}2J\\r");
    }
}
