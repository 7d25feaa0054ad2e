//! Many clients of `/notifications` behind a proxy, and somebody who publishes: what each client gets is checked.
//!
//! `load certificate FOLDER` writes `certificate.der` and `key.der` for 127.0.0.1 into a folder.
//! `load clients ADDRESS CERTIFICATE CLIENTS PER_CONNECTION EVENTS_A_SECOND` follows `https://ADDRESS/notifications` until
//! its input ends. It takes commands, a line each, and answers each with a line of JSON:
//!
//! | command | answers when |
//! |---|---|
//! | `begin` | the counters have begun anew, and somebody publishes |
//! | `failed` | a publication has failed since then |
//! | `reconnected COUNT` | so many streams were asked for anew since then |
//! | `stable` | the streams of all clients have been open for so long that a failure counts as their first |
//! | `settle` | every client has an event that was published after this |
//! | `report` | nobody publishes, and every client has what was; with the counters |

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::json;
use tokio::sync::{Mutex, mpsc};
use tokio::time::{sleep, timeout};

mod client;
mod counters;
mod ledger;
mod publisher;
mod wire;

use counters::Counters;
use wire::{Trust, Wire};

/// Anything that goes wrong here is told and ends the program.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// Longer than anything takes; only a failing run waits so long.
const PATIENCE: Duration = Duration::from_secs(300);

/// So many clients come at once; the next ones when their streams are open.
const AT_ONCE: usize = 250;

/// After so long a stream that fails has not failed before: a little more than the protocol's `stableMs`.
const STABLE: Duration = Duration::from_millis(5_100);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["certificate", folder] => {
            let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()])?;
            std::fs::write(format!("{folder}/certificate.der"), cert.der())?;
            std::fs::write(format!("{folder}/key.der"), signing_key.serialize_der())?;
            Ok(())
        }
        ["clients", address, certificate, clients, per_connection, rate] => {
            let trust = Trust::new(&std::fs::read(certificate)?)?;
            follow(address, &trust, clients.parse()?, per_connection.parse()?, rate.parse()?).await
        }
        _ => {
            Err("load certificate FOLDER, or load clients ADDRESS CERTIFICATE CLIENTS PER_CONNECTION RATE"
                .into())
        }
    }
}

async fn follow(
    address: &str,
    trust: &Trust,
    clients: usize,
    per_connection: usize,
    rate: f64,
) -> Result<(), Failure> {
    let counters = Arc::new(Counters::new(clients));
    let mut wire = None;
    for number in 0..clients {
        if number % per_connection == 0 {
            wire = Some(Arc::new(Wire::new(address, trust)));
        }
        if let Some(wire) = &wire {
            tokio::spawn(client::follow(Arc::clone(wire), Arc::clone(&counters), number));
        }
        if (number + 1) % AT_ONCE == 0 {
            until(|| counters.open() > number).await;
        }
    }
    let turn = Arc::new(Mutex::new(()));
    // Held while nobody is to publish.
    let mut pause = None;
    let every = Duration::from_secs_f64(1.0 / rate);
    let wire = Wire::new(address, trust);
    tokio::spawn(publisher::publish(wire, Arc::clone(&counters), Arc::clone(&turn), every));
    let (tell, mut commands) = mpsc::unbounded_channel();
    // Reading waits, and nothing else may.
    std::thread::spawn(move || std::io::stdin().lines().try_for_each(|line| tell.send(line)));
    while let Some(command) = commands.recv().await {
        let command = command?;
        let words: Vec<_> = command.split_whitespace().collect();
        let answer = match words[..] {
            ["begin"] => {
                counters.begin();
                pause = None;
                json!({})
            }
            ["failed"] => until(|| counters.failed() > 0).await,
            ["reconnected", count] => {
                let count = count.parse()?;
                until(|| counters.reconnected() >= count).await
            }
            ["stable"] => until(|| counters.all_open_for(STABLE)).await,
            ["settle"] => {
                // One is under way: the one after it was asked for later.
                let after = counters.published() + 2;
                let published = until(|| counters.published() >= after).await;
                let newest = counters.newest();
                let settled = until(|| counters.all_have(&newest)).await;
                if published["is"] == true { settled } else { published }
            }
            ["report"] => {
                pause = Some(Arc::clone(&turn).lock_owned().await);
                let newest = counters.newest();
                until(|| counters.all_have(&newest)).await;
                counters.report()
            }
            _ => return Err(format!("{command:?} is no command").into()),
        };
        println!("{answer}");
    }
    drop(pause);
    Ok(())
}

/// Waits until something is so: `{"is"}`.
async fn until(is_so: impl Fn() -> bool) -> serde_json::Value {
    let waited = timeout(PATIENCE, async {
        while !is_so() {
            sleep(Duration::from_millis(10)).await;
        }
    });
    json!({ "is": waited.await.is_ok() })
}
