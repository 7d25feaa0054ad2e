//! The command: arguments, bind, print the address, serve until a signal.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;

use clap::Parser;
use tokio::net::TcpListener;
use tokio::signal;
use typed_eventsource_server::{Limits, Mount, Options, Redis, Tls, serve};

/// The server behind the demo page and the browser tests of typed-eventsource.
#[derive(Parser)]
#[command(version, after_help = "--help tells more: routes, parameters, examples.")]
#[command(long_about = include_str!("help/about.txt"), after_long_help = include_str!("help/routes.txt"))]
struct Arguments {
    /// The port to listen on; 0 takes any free one.
    #[arg(long, env = "PORT", default_value_t = 8087)]
    port: u16,
    /// A second port that serves the same, for pages whose connections are all taken; 0 takes any free one.
    #[arg(long, value_name = "PORT")]
    control_port: Option<u16>,
    /// The address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Serves HTTPS with HTTP/2, by a certificate that is made at the start and that nobody else has signed.
    #[arg(long)]
    tls: bool,
    /// Serves the files of a directory under a path, as in `--mount /=www/dist`; may be repeated.
    #[arg(long = "mount", value_name = "/PATH=DIRECTORY")]
    mounts: Vec<Mount>,
    /// Keeps notifications and jobs in Redis, where they outlive this process and are shared with others.
    #[arg(long, value_name = "redis://HOST:PORT")]
    log: Option<String>,
    #[command(flatten, next_help_heading = "Limits")]
    limits: Limits,
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

async fn run(
    Arguments { port, control_port, host, tls, mounts, log, limits }: Arguments,
) -> Result<(), String> {
    // Before the address is printed: whoever reads it may send a signal at once.
    let stopped = stopped().map_err(|error| format!("cannot listen for signals: {error}"))?;
    let listener = bind(host, port, "PORT=…").await?;
    let mut options = Options::default();
    if let Some(url) = log {
        let redis = Redis::connect(&url).await;
        options.log =
            Some(redis.map_err(|error| format!("{error}: start Redis at {url}, or leave --log out"))?);
    }
    options.mounts = mounts;
    options.limits = limits;
    if tls {
        options.tls = Some(Tls::self_signed().map_err(|error| error.to_string())?);
    }
    let scheme = if tls { "https" } else { "http" };
    if let Some(port) = control_port {
        let controls = bind(host, port, "--control-port").await?;
        println!("controls on {scheme}://{}", address(&controls)?);
        options.controls = Some(controls);
    }
    println!("listening on {scheme}://{}", address(&listener)?);
    serve(listener, options, stopped).await.map_err(|error| format!("the server failed: {error}"))
}

async fn bind(host: IpAddr, port: u16, other: &str) -> Result<TcpListener, String> {
    TcpListener::bind(SocketAddr::new(host, port)).await.map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is already in use: stop the other program or choose another one with {other}"
        ),
        _ => format!("cannot listen on {host} port {port}: {error}"),
    })
}

fn address(listener: &TcpListener) -> Result<SocketAddr, String> {
    listener.local_addr().map_err(|error| format!("the listener has no address: {error}"))
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
