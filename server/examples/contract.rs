//! Writes what follows from the enums of the server's streams: `cargo run --package typed-eventsource-server --example
//! contract -- typescript www/src/events.ts`.

use std::error::Error;
use std::process::ExitCode;

use typed_eventsource_contract::Contract;
use typed_eventsource_server::{heart_rate, jobs, logs, notifications, orders, readings};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let contract = Contract::new()
        .stream::<heart_rate::Event>("HeartRate", "/heart-rate")?
        .stream::<orders::Event>("Orders", "/orders/stream")?
        .stream::<notifications::Event>("Notifications", "/notifications")?
        .stream::<jobs::Event>("Job", "/jobs/{id}/stream")?
        .stream::<logs::Event>("Logs", "/logs")?
        .stream::<readings::Event>("Readings", "/readings")?;
    Ok(contract.command("The demo server", env!("CARGO_PKG_VERSION"), std::env::args().skip(1)))
}
