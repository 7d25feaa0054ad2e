//! The command: arguments, bind, print the address, serve until a signal.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal;
use typed_eventsource_server::{Mount, serve};

/// The server behind the demo page and the browser tests of typed-eventsource.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 8087)]
    port: u16,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Serves the files of a directory under a path, as in `--mount /=www/dist`; may be repeated.
    #[arg(long = "mount", value_name = "/PATH=DIRECTORY")]
    mounts: Vec<Mount>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

async fn run(Arguments { port, host, mounts }: Arguments) -> Result<(), String> {
    // Before the address is printed: whoever reads it may send a signal at once.
    let stopped = stopped().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let listener =
        TcpListener::bind(SocketAddr::new(host, port)).await.map_err(|error| match error.kind() {
            ErrorKind::AddrInUse => {
                format!(
                    "port {port} is already in use: stop the other program or choose another one with PORT=…"
                )
            }
            _ => format!("cannot listen on {host} port {port}: {error}"),
        })?;
    let address = listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))?;
    println!("listening on http://{address}");
    serve(listener, mounts, stopped).await.map_err(|error| format!("the server failed: {error}"))
}

/// Completes when the program is asked to stop, by Ctrl+C or by SIGTERM.
#[cfg(unix)]
fn stopped() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use signal::unix::{SignalKind, signal};

    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stopped() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        // Without a signal handler there is nothing to wait for but the end of the process.
        if signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}
