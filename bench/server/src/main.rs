//! Sends prepared event streams as fast as they are read, or one event at a time at a steady rate, and the files of
//! the page that reads them. Below `/late/MILLISECONDS/` each answer waits so long before it begins.
//!
//! It does nothing else, so that it is no limit: what it sends was put together before, goes out in large writes, and
//! each connection has a thread of its own, which waits in the kernel and not in an event loop.

mod request;
mod streams;

use std::fs;
use std::io::{self, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use request::Request;

fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the server ended: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve() -> io::Result<()> {
    let (port, folder) = arguments()?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    println!("listening on http://{}", listener.local_addr()?);
    let folder: Arc<Path> = folder.into();
    for stream in listener.incoming() {
        let stream = stream?;
        let folder = Arc::clone(&folder);
        // A reader that leaves ends its connection, and concerns nobody else.
        thread::spawn(move || answer(stream, &folder));
    }
    Ok(())
}

/// `--port PORT --mount /=FOLDER`.
fn arguments() -> io::Result<(u16, PathBuf)> {
    let usage = || io::Error::new(io::ErrorKind::InvalidInput, "say --port PORT --mount /=FOLDER");
    let (mut port, mut folder) = (None, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or_else(usage)?;
        match name.as_str() {
            "--port" => port = value.parse().ok(),
            "--mount" => folder = value.strip_prefix("/=").map(PathBuf::from),
            _ => return Err(usage()),
        }
    }
    port.zip(folder).ok_or_else(usage)
}

fn answer(mut stream: TcpStream, folder: &Path) -> io::Result<()> {
    // Each event of a steady stream is a write that goes out at once.
    stream.set_nodelay(true)?;
    let Some(request) = Request::read(&mut stream)? else { return Ok(()) };
    thread::sleep(request.wait);
    let name = request.path.trim_start_matches('/');
    let is_below = Path::new(name).components().all(|part| matches!(part, Component::Normal(_)));
    let content = if is_below { fs::read(folder.join(name)).ok() } else { None };
    match content {
        Some(content) if name.starts_with("streams/") => streams::send(&mut stream, &content, &request),
        Some(content) => {
            head(&mut stream, "200 OK", media_type(name), Some(content.len()))?;
            stream.write_all(&content)
        }
        None => head(&mut stream, "404 Not Found", "text/plain", Some(0)),
    }
}

/// Sends the head of a response; one without a length ends with its connection.
fn head(stream: &mut TcpStream, status: &str, media_type: &str, length: Option<usize>) -> io::Result<()> {
    let length = length.map_or_else(String::new, |length| format!("content-length: {length}\r\n"));
    // Isolated, a page gets its finest clock.
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\n{length}cache-control: no-store\r\n\
         cross-origin-opener-policy: same-origin\r\ncross-origin-embedder-policy: require-corp\r\n\
         connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())
}

fn media_type(name: &str) -> &'static str {
    match Path::new(name).extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}
