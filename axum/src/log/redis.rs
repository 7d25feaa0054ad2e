//! A log in Redis Streams, which outlives a process and is shared by many.

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use futures_core::Stream;
use redis::aio::{ConnectionManager, ConnectionManagerConfig, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Client, ErrorKind, RedisError, Script, cmd};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use super::ring::{Ring, epoch};
use super::{Appended, Aside, BYTES, EVENTS, Entry, Log, LogError, Logged};
use crate::EventId;

/// How long a read waits in Redis. After a silence of so long it is asked whether the log is still the one it was.
const BLOCK: Duration = Duration::from_secs(5);

/// How long any other answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The shortest and the longest wait before another attempt to reach Redis.
const PAUSES: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(2)];

/// How long it takes for a read to be in Redis, or a little longer.
const AGAIN: Duration = Duration::from_millis(20);

/// How many entries are read at once.
const PAGE: usize = 500;

/// What followers are told while Redis cannot be reached.
const AWAY: &str = "the log cannot be reached for now";

/// What followers are told of a key that has something else.
const UNREADABLE: &str = "the log cannot be read";

/// The epoch and the newest number of a log. A log that was never there gets an epoch, and so does one that has gone
/// back behind what somebody has seen of it, or has lost its numbers: what is appended next has another meaning than
/// what had these numbers before.
const STATE: &str = "
local epoch = redis.call('HGET', KEYS[2], 'epoch')
local newest = tonumber(redis.call('HGET', KEYS[2], 'newest') or '0')
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local there = last and tonumber(string.match(last[1], '^%d+')) or 0
if not epoch or there > newest or (epoch == ARGV[1] and newest < tonumber(ARGV[2])) then
  epoch = ARGV[3]
  newest = math.max(there, newest)
  redis.call('HSET', KEYS[2], 'epoch', epoch, 'newest', string.format('%.0f', newest))
end
";

const TELL: &str = "return {epoch, newest}";

const APPEND: &str = "
newest = newest + 1
local id = string.format('%.0f', newest)
redis.call('HSET', KEYS[2], 'newest', id)
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], id .. '-0', 'epoch', epoch, 'fields', ARGV[5], 'aside', ARGV[6])
return {epoch, newest}
";

/// Logs in Redis, of a process that reads all of them by one connection and writes by another one, however many listen.
///
/// ```no_run
/// # async fn run() -> Result<(), typed_eventsource_axum::LogError> {
/// use typed_eventsource_axum::{Redis, Topic};
///
/// let redis = Redis::connect("redis://127.0.0.1:6379").await?;
/// let orders: Topic<String> = Topic::new("order", redis.log("orders"));
/// # Ok(())
/// # }
/// ```
///
/// A log is a stream under its key, and a hash under `{key}:state` (in braces, for clusters), which has its epoch. Each process keeps the newest events
/// in memory, from which it answers those who listen.
///
/// While Redis is away, listeners get a comment, and then what they missed. Publishing is an error then; after a cut
/// connection the event may have been published all the same. What Redis has lost is a gap: it keeps as much as its
/// [persistence] promises. Nothing is lost with `appendonly yes` and `appendfsync always`. With `everysec` up to a second
/// of events is. That is told by a gap if a process that had seen them still runs: if all of them end together with Redis,
/// numbers that were lost are given again.
///
/// Both keys belong to the log alone, and have to stay: use `maxmemory-policy noeviction`. A key that has something else is
/// told to its listeners, and disturbs no other log.
///
/// [persistence]: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
#[derive(Clone)]
pub struct Redis(Arc<Hub>);

struct Hub {
    commands: ConnectionManager,
    append: Script,
    shared: Arc<Shared>,
    reader: JoinHandle<()>,
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// What the reader and the logs share.
struct Shared {
    client: Client,
    commands: ConnectionManager,
    state: Script,
    /// As long as somebody uses them.
    mirrors: Mutex<HashMap<String, Weak<Mirror>>>,
    /// A log was added, or somebody has asked for what is not here.
    added: Arc<Notify>,
}

/// A log, as far as this process keeps it.
struct Mirror {
    keys: [String; 2],
    ring: Arc<Ring>,
    events: usize,
}

/// A log in Redis Streams. [`Redis::log`] gives it.
#[derive(Clone)]
pub struct RedisLog {
    hub: Arc<Hub>,
    mirror: Arc<Mirror>,
}

impl Redis {
    /// Connects to Redis, version 7 or newer.
    ///
    /// # Errors
    ///
    /// If the URL is wrong, or Redis does not answer.
    pub async fn connect(url: &str) -> Result<Self, LogError> {
        let client = Client::open(url).map_err(unreachable)?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(ANSWER))
            .set_response_timeout(Some(ANSWER))
            .set_number_of_retries(2);
        let commands = client.get_connection_manager_with_config(config).await.map_err(unreachable)?;
        let shared = Arc::new(Shared {
            client,
            commands: commands.clone(),
            state: Script::new(&[STATE, TELL].concat()),
            mirrors: Mutex::default(),
            added: Arc::default(),
        });
        let reader = tokio::spawn(read(Arc::clone(&shared)));
        let append = Script::new(&[STATE, APPEND].concat());
        Ok(Self(Arc::new(Hub { commands, append, shared, reader })))
    }

    /// The log under a key, of about the newest 10,000 events; a process keeps 16 MiB of them.
    #[must_use]
    pub fn log(&self, key: &str) -> RedisLog {
        self.log_of(key, EVENTS, BYTES)
    }

    /// The log under a key, of about so many events; a process keeps so many bytes of them. While a log is in use, it is
    /// the one that it was made.
    #[must_use]
    pub fn log_of(&self, key: &str, events: NonZeroUsize, bytes: NonZeroUsize) -> RedisLog {
        let shared = &self.0.shared;
        let mut mirrors = shared.mirrors();
        let known = mirrors.get(key).and_then(Weak::upgrade);
        let mirror = known.unwrap_or_else(|| {
            let mirror = Arc::new(Mirror {
                // One hash slot of a cluster.
                keys: [key.to_owned(), format!("{{{key}}}:state")],
                ring: Arc::new(Ring::copy(Arc::clone(&shared.added), events.get(), bytes.get())),
                events: events.get(),
            });
            mirrors.insert(key.to_owned(), Arc::downgrade(&mirror));
            mirror
        });
        drop(mirrors);
        shared.added.notify_one();
        RedisLog { hub: Arc::clone(&self.0), mirror }
    }
}

impl Log for RedisLog {
    fn append(&self, entry: Entry) -> Appended<'_> {
        Box::pin(async move {
            let Mirror { keys, ring, events } = &*self.mirror;
            ring.check(&entry)?;
            // Who listens since before now must not begin after this event.
            let away = || LogError::Unreachable(AWAY.into());
            timeout(ANSWER, ring.known()).await.map_err(|_| away())?;
            let (seen, newest) = ring.position().unwrap_or_default();
            let mut invocation = self.hub.append.key(&keys[0]);
            invocation.key(&keys[1]).arg(&*seen).arg(newest).arg(epoch()).arg(*events);
            // Nothing is kept as an empty text.
            invocation.arg(entry.fields).arg(entry.aside.unwrap_or_default());
            let mut commands = self.hub.commands.clone();
            let (epoch, number): (String, u64) =
                invocation.invoke_async(&mut commands).await.map_err(unreachable)?;
            Ok(EventId::try_from(format!("{epoch}-{number}")).unwrap_or_default())
        })
    }

    fn after(&self, last: Option<String>) -> Pin<Box<dyn Stream<Item = Logged> + Send>> {
        let log = self.clone();
        let followed = self.mirror.ring.follow(last);
        // The log is read as long as somebody listens.
        Box::pin(Followed { followed, _log: log })
    }

    fn aside(&self, id: String) -> Aside<'_> {
        // Whether Redis comes back is not waited for.
        Box::pin(async { timeout(ANSWER, self.mirror.ring.aside(id)).await.ok().flatten() })
    }
}

struct Followed {
    followed: Pin<Box<dyn Stream<Item = Logged> + Send>>,
    _log: RedisLog,
}

impl Stream for Followed {
    type Item = Logged;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Logged>> {
        self.followed.as_mut().poll_next(context)
    }
}

impl Shared {
    fn mirrors(&self) -> MutexGuard<'_, HashMap<String, Weak<Mirror>>> {
        self.mirrors.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The logs that are in use. Others are forgotten.
    fn in_use(&self) -> Vec<Arc<Mirror>> {
        let mut mirrors = self.mirrors();
        mirrors.retain(|_, mirror| mirror.strong_count() > 0);
        mirrors.values().filter_map(Weak::upgrade).collect()
    }
}

/// Reads all logs for ever, by one connection after the other.
async fn read(shared: Arc<Shared>) {
    let [shortest, longest] = PAUSES;
    let mut pause = shortest;
    loop {
        // It ends by a failure only.
        let Err(_) = follow(&shared, || pause = shortest).await;
        for mirror in shared.in_use() {
            mirror.ring.trouble(AWAY);
        }
        sleep(pause).await;
        pause = (2 * pause).min(longest);
    }
}

/// Reads all logs until the connection fails.
async fn follow(shared: &Shared, mut works: impl FnMut()) -> Result<Infallible, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(ANSWER))
        .set_response_timeout(Some(BLOCK + ANSWER));
    let mut connection = shared.client.get_multiplexed_async_connection_with_config(&config).await?;
    let id: i64 = cmd("CLIENT").arg("ID").query_async(&mut connection).await?;
    // Each log was compared with what is here once by this connection, and is again after a time: a database that was
    // emptied has none of the numbers that are waited for.
    let mut compared: HashMap<String, Instant> = HashMap::new();
    loop {
        let mut readable = Vec::new();
        let all = shared.in_use();
        compared.retain(|key, _| all.iter().any(|mirror| mirror.keys[0] == *key));
        for mirror in all {
            let last = compared.get(&mirror.keys[0]);
            let is_due = last.is_none_or(|at| at.elapsed() >= BLOCK) || mirror.ring.is_asked();
            if is_due || mirror.ring.position().is_none() {
                compared.insert(mirror.keys[0].clone(), Instant::now());
                match compare(shared, &mut connection, &mirror).await {
                    Err(error) if error.kind() == ErrorKind::Io || error.is_unrecoverable_error() => {
                        return Err(error);
                    }
                    // The key is not a log's. Other logs go on.
                    Err(_) => mirror.ring.trouble(UNREADABLE),
                    Ok(()) => {}
                }
            }
            if mirror.ring.position().is_some() {
                readable.push(mirror);
            }
        }
        works();
        if readable.is_empty() {
            let _ = timeout(BLOCK, shared.added.notified()).await;
            continue;
        }
        let streams = {
            let mut read = pin!(next(&mut connection, &readable));
            tokio::select! {
                // Polled first, so that it is sent before it is ended.
                biased;
                streams = &mut read => streams?,
                () = shared.added.notified() => {
                    // Another log has to be read, too. The read may not have come to Redis yet.
                    loop {
                        let mut commands = shared.commands.clone();
                        let _: i64 = cmd("CLIENT").arg("UNBLOCK").arg(id).query_async(&mut commands).await?;
                        if let Ok(streams) = timeout(AGAIN, &mut read).await {
                            break streams?;
                        }
                    }
                }
            }
        };
        for (key, entries) in streams {
            let Some(mirror) = readable.iter().find(|mirror| mirror.keys[0] == key) else { continue };
            let Some((epoch, _)) = mirror.ring.position() else { continue };
            if entries.iter().all(|read| read.epoch == *epoch) {
                let newest = entries.last().map_or(0, |read| read.number);
                mirror.ring.take(&epoch, newest, entries.into_iter().map(|read| (read.number, read.entry)));
            } else {
                // Compared anew in the next round; not at once, lest foreign entries keep it busy.
                compared.remove(&key);
                sleep(AGAIN).await;
            }
        }
    }
}

/// An entry as it was read.
struct Read {
    number: u64,
    epoch: String,
    entry: Entry,
}

/// An entry as Redis tells it: its ID, and names and values one after the other.
type Told = (String, Vec<Vec<u8>>);

impl From<Told> for Read {
    /// An entry that somebody else has written has an epoch that no log has.
    fn from((id, values): Told) -> Self {
        let number = id.strip_suffix("-0").and_then(|number| number.parse().ok()).unwrap_or(0);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        let mut values = values.into_iter().skip(1).step_by(2).map(text);
        let epoch = values.next().unwrap_or_default();
        let fields = values.next().unwrap_or_default();
        Self {
            number,
            epoch,
            entry: Entry { fields, aside: values.next().filter(|aside| !aside.is_empty()) },
        }
    }
}

/// What comes next in any log; nothing after a silence.
async fn next(
    connection: &mut MultiplexedConnection,
    mirrors: &[Arc<Mirror>],
) -> Result<Vec<(String, Vec<Read>)>, RedisError> {
    let mut read = cmd("XREAD");
    let block = u64::try_from(BLOCK.as_millis()).unwrap_or(u64::MAX);
    read.arg("COUNT").arg(PAGE).arg("BLOCK").arg(block).arg("STREAMS");
    for mirror in mirrors {
        read.arg(&mirror.keys[0]);
    }
    for mirror in mirrors {
        // Never `$`: what came between two reads would be passed over.
        read.arg(format!("{}-0", mirror.ring.position().map_or(0, |(_, newest)| newest)));
    }
    let streams: Option<Vec<(String, Vec<Told>)>> = read.query_async(connection).await?;
    let streams = streams.unwrap_or_default().into_iter();
    Ok(streams.map(|(key, entries)| (key, entries.into_iter().map(Read::from).collect())).collect())
}

/// Makes what is here what the log is: takes over what has come, or all of it if it is another one.
async fn compare(
    shared: &Shared,
    connection: &mut MultiplexedConnection,
    mirror: &Mirror,
) -> Result<(), RedisError> {
    let seen = mirror.ring.position();
    let (was, number) = seen.clone().unwrap_or_default();
    let mut invocation = shared.state.key(&mirror.keys[0]);
    invocation.key(&mirror.keys[1]).arg(&*was).arg(number).arg(epoch());
    let (epoch, newest): (String, u64) = invocation.invoke_async(connection).await?;
    let oldest = if epoch == *was { number + 1 } else { 1 };
    // From the newest one on, as far back as they are kept here.
    let mut entries = Vec::new();
    let (mut bytes, mut last) = (0, newest);
    while last >= oldest && entries.len() < mirror.events && !mirror.ring.is_filled_by(bytes) {
        let mut range = cmd("XREVRANGE");
        range.arg(&mirror.keys[0]).arg(format!("{last}-0")).arg(format!("{oldest}-0")).arg("COUNT").arg(PAGE);
        let told: Vec<Told> = range.query_async(connection).await?;
        let page: Vec<Read> =
            told.into_iter().map(Read::from).filter(|read| !read.epoch.is_empty()).collect();
        let Some(first) = page.last().map(|read| read.number) else { break };
        bytes += page.iter().map(|read| read.entry.len()).sum::<usize>();
        entries.extend(page);
        last = first - 1;
    }
    let entries = entries.into_iter().rev().map(|read| (read.number, read.entry));
    mirror.ring.take(&epoch, newest, entries);
    mirror.ring.compared();
    Ok(())
}

fn unreachable(error: RedisError) -> LogError {
    LogError::Unreachable(error.into())
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").finish_non_exhaustive()
    }
}

impl fmt::Debug for RedisLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLog").field("key", &self.mirror.keys[0]).finish_non_exhaustive()
    }
}
