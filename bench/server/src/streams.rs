//! Event streams, made of a prepared lap of events that is sent again and again.

use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use crate::head;
use crate::request::Request;

/// Tells a reader that nothing more comes.
const END: &[u8] = b"event: end\ndata: {}\n\n";

/// Sends so many `laps` and then so many `more` events of the next one, then [`END`]; with `perSecond` so many events a
/// second instead, until the reader leaves.
pub(crate) fn send(stream: &mut TcpStream, lap: &[u8], request: &Request) -> io::Result<()> {
    let more = request.number("more").and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    // Looked for before the stream begins: nobody has to wait for it in the midst.
    let more: usize = events(lap).take(more).map(<[u8]>::len).sum();
    head(stream, "200 OK", "text/event-stream", None)?;
    if let Some(rate) = request.number("perSecond").filter(|&rate| rate > 0) {
        return send_steadily(stream, lap, Duration::from_secs(1) / u32::try_from(rate).unwrap_or(u32::MAX));
    }
    for _ in 0..request.number("laps").unwrap_or(1) {
        stream.write_all(lap)?;
    }
    let (more, _) = lap.split_at(more);
    stream.write_all(more)?;
    stream.write_all(END)?;
    // The end of the stream would make some readers connect anew: it is theirs to leave.
    stream.read_to_end(&mut Vec::new()).map(drop)
}

fn send_steadily(stream: &mut TcpStream, lap: &[u8], every: Duration) -> io::Result<()> {
    // From deadline to deadline, or the time that writing takes would add up.
    let mut due = Instant::now();
    loop {
        for event in events(lap) {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            stream.write_all(event)?;
            due += every;
        }
    }
}

/// Each event with the empty line that ends it.
fn events(mut lap: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = lap.windows(2).position(|pair| pair == b"\n\n")? + 2;
        let (event, rest) = lap.split_at(end);
        lap = rest;
        Some(event)
    })
}
