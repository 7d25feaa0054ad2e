//! The wasm module of the npm package: the protocol behind a surface of numbers.
//!
//! It imports nothing, so nothing can call it back while it works, and it needs no glue but the TypeScript
//! beside it (`npm/src/engine/`). Text goes in through one buffer ([`room`]) and comes out through another
//! ([`output`]); both are the module's, and what they hold is valid until its next call. Times are in
//! milliseconds on the page's clock; infinity stands for never and no limit.
//!
//! TypeScript opens and releases connections when [`poll`] says so, and reports what happens to the one
//! that is open. What that means is decided in [`typed_eventsource::protocol::connection`].
#![cfg_attr(target_arch = "wasm32", no_std)]
// An exported name is `no_mangle`, which counts as unsafe: another symbol could have the same.
#![allow(unsafe_code)]

extern crate alloc;

mod codes;
mod json;
mod output;
#[cfg(target_arch = "wasm32")]
mod runtime;
mod single;
mod wanted;

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::time::Duration;

use typed_eventsource::protocol::connection::{AttemptId, Command, Config, Connection, Request};
use typed_eventsource::protocol::instant::Instant;
use typed_eventsource::protocol::parser::Parser;
use typed_eventsource::protocol::replay::Replays;
use typed_eventsource::protocol::retry::Retry;
use typed_eventsource::protocol::state::{ConnectionState, Transport};

use codes::{flag, found, report, verdict};
use output::Output;
use single::Single;
use wanted::Wanted;

/// What all sources of a page share.
struct Module {
    input: Vec<u8>,
    output: Output,
}

/// One event source. Its number is its address; 0 is none.
#[derive(Debug)]
pub struct Source {
    connection: Connection,
    /// The attempt that is open or under way, and what reads its stream.
    open: Option<(AttemptId, Parser)>,
    event_limit: usize,
    /// `None` where replays are not to be dropped.
    replays: Option<Replays>,
    wanted: Wanted,
}

static MODULE: Single<Module> = Single::new(Module { input: Vec::new(), output: Output::new() });

/// The input of a call that takes a text.
fn text(input: &[u8]) -> &str {
    // SAFETY: TypeScript wrote it, with a `TextEncoder`, which gives nothing but UTF-8. To look at it again takes the
    // standard library's validator, a tenth of the module.
    unsafe { str::from_utf8_unchecked(input) }
}

/// Does something with a source, and nothing where there is none.
fn with<T: Default>(source: *mut Source, act: impl FnOnce(&mut Source, &[u8], &mut Output) -> T) -> T {
    // SAFETY: TypeScript has the number from `create`, and forgets it with `destroy`. Nothing else refers to the source
    // meanwhile: the module imports nothing, so no call begins before the last has ended.
    let source = unsafe { source.as_mut() };
    MODULE.with(|Module { input, output }| match source {
        Some(source) => act(source, input, output),
        _ => T::default(),
    })
}

#[inline(never)]
fn duration(millis: f64) -> Duration {
    // Saturates; a fraction of a millisecond matters to nobody.
    Duration::from_millis(millis as u64)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs() as f64 * 1e3 + f64::from(duration.subsec_nanos()) / 1e6
}

/// What comes before the first CR, and what comes after it.
#[inline(never)]
fn split(input: &[u8]) -> (&[u8], &[u8]) {
    let end = input.iter().position(|&byte| byte == b'\r').unwrap_or_default();
    (input.get(..end).unwrap_or_default(), input.get(end + 1..).unwrap_or_default())
}

/// Makes room for so many bytes of input, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn room(bytes: usize) -> *mut u8 {
    MODULE.with(|module| {
        module.input.resize(bytes, 0);
        module.input.as_mut_ptr()
    })
}

/// Says where the output is: place and length of its names, of its data and of its numbers, and again of the events that
/// nobody wants.
#[unsafe(no_mangle)]
pub extern "C" fn output() -> *const u32 {
    MODULE.with(|module| module.output.places())
}

/// Makes a source, and says its number. The input is the last event ID to begin with, and after a CR the event type that
/// tells of a gap. `seed` is from 0 to 1.
#[allow(clippy::too_many_arguments, reason = "numbers are what crosses without glue")]
#[unsafe(no_mangle)]
pub extern "C" fn create(
    flags: u32,
    initial: f64,
    max: f64,
    factor: f64,
    max_attempts: f64,
    stable: f64,
    connect_timeout: f64,
    idle: f64,
    event_limit: f64,
    seed: f64,
) -> *mut Source {
    let has = |flag| flags & flag != 0;
    MODULE.with(|module| {
        // No id contains CR.
        let (id, gap_event) = split(&module.input);
        let mut config = Config::from_last_event_id(text(id).to_owned());
        if has(flag::EVENT_SOURCE) {
            config.transport = Some(Transport::EventSource);
        } else if has(flag::FETCH) {
            config.transport = Some(Transport::Fetch);
        }
        config.event_source = !has(flag::NO_EVENT_SOURCE);
        config.cross_origin = has(flag::CROSS_ORIGIN);
        // Infinity saturates, to what is no limit.
        let retry = Retry::from_millis(initial, max, factor, stable).max_attempts(max_attempts as u32);
        config.retry = has(flag::RETRY).then_some(retry);
        config.connect_timeout = Some(duration(connect_timeout));
        config.idle = Some(duration(idle));
        if has(flag::IDEMPOTENT) {
            config.request = Request::Idempotent;
        } else if has(flag::ONCE) {
            config.request = Request::Once;
        }
        config.last_event_id_param = has(flag::LAST_EVENT_ID_PARAM);
        config.resume_by_get = has(flag::RESUME_BY_GET);
        config.until = has(flag::UNTIL);
        let seed = (seed * (1u64 << 53) as f64) as u64;
        let source = Source {
            connection: Connection::new(config, seed),
            open: None,
            event_limit: event_limit as usize,
            replays: (!has(flag::KEEP_REPLAYS)).then(|| Replays::new(seed, gap_event)),
            wanted: Wanted::NOTHING,
        };
        let mut source = Box::new(source);
        if !gap_event.is_empty() {
            source.wanted.set(gap_event, true);
        }
        Box::into_raw(source)
    })
}

/// Forgets a source.
#[unsafe(no_mangle)]
#[allow(clippy::not_unsafe_ptr_arg_deref, reason = "only TypeScript calls it, to which nothing is unsafe")]
pub extern "C" fn destroy(source: *mut Source) {
    if !source.is_null() {
        // SAFETY: as in `with`; it came out of a box.
        drop(unsafe { Box::from_raw(source) });
    }
}

/// Says the number of the attempt in use; below 0 if a failure like this one is worth no other, unless the
/// application has its own word on it.
#[unsafe(no_mangle)]
pub extern "C" fn attempt(source: *mut Source, cause: u32, status: u32) -> i32 {
    with(source, |Source { connection, .. }, _, _| {
        let attempt = connection.attempt() as i32;
        let cause = codes::to_cause(cause, status, f64::NAN, 0);
        if connection.is_retryable(&cause) { attempt } else { -attempt }
    })
}

/// Tells what happened: a code, and what goes with it. `IDENTIFIED`: the last event ID as the input. `FAILED`: the
/// status, the code of the cause, what `Retry-After` asks for (NaN for nothing) and the application's verdict.
#[unsafe(no_mangle)]
pub extern "C" fn tell(
    source: *mut Source,
    what: u32,
    now: f64,
    status: u32,
    cause: u32,
    retry_after: f64,
    verdict: u32,
) {
    with(source, |Source { connection, open, event_limit, replays, .. }, input, _| {
        let now = Instant::from_millis(now);
        match (what, open) {
            (report::START, _) => connection.handle_start(now),
            (report::TIMEOUT, _) => connection.handle_timeout(now),
            (report::RECONNECT, _) => connection.handle_reconnect(now),
            (report::OFFLINE, _) => connection.handle_offline(now),
            (report::ONLINE, _) => connection.handle_online(now),
            (report::HIDDEN, _) => connection.handle_hidden(now),
            (report::VISIBLE, _) => connection.handle_visible(now),
            (report::WAKE, _) => connection.handle_wake(now),
            (report::OPENED, Some((attempt, _))) => {
                // TypeScript knows the response.
                connection.handle_open(*attempt, None, now);
                if let (Some(replays), ConnectionState::Open { resumed_from, .. }) =
                    (replays, connection.state())
                {
                    replays.handle_open(!resumed_from.is_empty());
                }
            }
            (report::GAP, _) => {
                if let Some(replays) = replays {
                    replays.handle_gap();
                }
            }
            (report::RECEIVED, Some((attempt, _))) => connection.handle_received(*attempt, now),
            (report::INTERRUPTED, Some((attempt, _))) => connection.handle_interruption(*attempt, now),
            (report::IDENTIFIED, Some((attempt, _))) => {
                connection.handle_last_event_id(*attempt, text(input));
            }
            (report::FAILED, Some((attempt, _))) => {
                let cause = codes::to_cause(cause, status, retry_after, *event_limit);
                let verdict = (verdict != verdict::NONE).then_some(verdict == verdict::RETRY);
                connection.handle_failure(*attempt, cause, verdict, now);
            }
            _ => {}
        }
    });
}

/// The input is an event type that is wanted, or not; none stands for all. Events of no wanted type do not go out.
#[unsafe(no_mangle)]
pub extern "C" fn listen(source: *mut Source, wanted: u32) {
    with(source, |source, input, _| source.wanted.set(input, wanted != 0));
}

/// The input is a chunk of the stream; its events are the output, but for replays. Says what was found in it.
#[unsafe(no_mangle)]
pub extern "C" fn feed(source: *mut Source, now: f64) -> u32 {
    with(source, |Source { connection, open, replays, wanted, .. }, input, output| {
        let Some((attempt, parser)) = open else { return 0 };
        let found = output.events(parser, input, replays.as_mut(), wanted);
        connection.handle_received(*attempt, Instant::from_millis(now));
        if let Some(time) = parser.reconnection_time() {
            connection.handle_reconnection_time(*attempt, time);
        }
        let is_behind = replays.as_ref().is_some_and(Replays::is_behind);
        found | if is_behind { found::BEHIND } else { 0 }
    })
}

/// The input is the id of an event that came over the browser's EventSource, its type and its data, with a CR between
/// them. Says what it is after a resume: 0 for new, 1 for a replay, 2 for one whose id came with another event before. If
/// `judged` is 0, it was delivered anyhow, and is only remembered.
#[unsafe(no_mangle)]
pub extern "C" fn replayed(source: *mut Source, judged: u32) -> u32 {
    with(source, |Source { replays, .. }, input, _| {
        let Some(replays) = replays else { return 0 };
        if judged == 0 {
            replays.handle_open(false);
        }
        let (id, rest) = split(input);
        let (event_type, data) = split(rest);
        replays.admit(Some(id), event_type, data) as u32
    })
}

/// Says when the connection wants to be told the time.
#[unsafe(no_mangle)]
pub extern "C" fn due(source: *mut Source) -> f64 {
    // Nothing is due where there is nothing.
    with(source, |source, _, _| source.connection.poll_timeout()).map_or(f64::INFINITY, Instant::as_millis)
}

/// Says the code of the failure that is to be reported if that time has come; 0 if it is none.
#[unsafe(no_mangle)]
pub extern "C" fn overdue(source: *mut Source, now: f64) -> u32 {
    with(source, |source, _, _| source.connection.overdue(Instant::from_millis(now)))
        .map_or(0, |(_, cause)| codes::of_cause(&cause))
}

/// Says how long the newest state waits; NaN while the browser reconnects by itself.
#[unsafe(no_mangle)]
pub extern "C" fn wait() -> f64 {
    MODULE.with(|module| module.output.wait)
}

/// Says what to do next: a code, and the output what goes with it.
#[unsafe(no_mangle)]
pub extern "C" fn poll(source: *mut Source) -> u32 {
    with(source, |Source { connection, open, event_limit, .. }, _, output| match connection.poll() {
        None => codes::command::NOTHING,
        Some(Command::Open { id, transport, resume }) => {
            // It goes on with the id of the connection before; a fresh one would lose it.
            let parser = Parser::with_last_event_id(connection.last_event_id()).event_limit(*event_limit);
            *open = Some((id, parser));
            output.open(transport, &resume);
            codes::command::OPEN
        }
        Some(Command::Release(_)) => {
            *open = None;
            codes::command::RELEASE
        }
        Some(Command::Notify(state)) => {
            output.state(&state);
            codes::command::NOTIFY
        }
    })
}
