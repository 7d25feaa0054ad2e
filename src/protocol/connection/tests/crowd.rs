//! 10,000 clients lose a server in the same millisecond: when do they come back? With `--nocapture` it is drawn.

use super::*;

const CLIENTS: usize = 10_000;

/// The measure: in 10 ms of a server's time, how many come back to it.
const MOMENT: Duration = Duration::from_millis(10);

/// How long after the loss each of them makes the attempt that succeeds.
struct Returns(Vec<Duration>);

impl Returns {
    /// `story` is that of one of them, and ends with its return.
    fn of(name: &str, config: &Config, story: impl Fn(&mut Page) -> Duration) -> Self {
        // A page's seed is any number: not one after the other, which would be spread too well.
        let mut seeds = Random::new(42);
        let returns = (0..CLIENTS).map(|_| {
            let seed = (seeds.next() * (1u64 << 53) as f64) as u64;
            let mut page = Page::with_seed(config.clone(), seed);
            page.start();
            story(&mut page)
        });
        let returns = Self(returns.collect());
        returns.draw(name);
        returns
    }

    /// How many come back in each stretch of this length, the empty ones before the first left out.
    fn counts(&self, length: Duration) -> (usize, Vec<usize>) {
        let place =
            |time: &Duration| usize::try_from(time.as_micros() / length.as_micros()).unwrap_or_default();
        let first = self.0.iter().map(place).min().unwrap_or_default();
        let mut counts = Vec::new();
        for place in self.0.iter().map(place) {
            counts.resize(counts.len().max(place - first + 1), 0);
            counts[place - first] += 1;
        }
        (first, counts)
    }

    fn fullest(&self) -> usize {
        self.counts(MOMENT).1.into_iter().max().unwrap_or_default()
    }

    fn draw(&self, name: &str) {
        println!("\n{name}: at most {} in {MOMENT:?}", self.fullest());
        let rows = [100, 200, 500, 1000].map(|length| (length, self.counts(ms(length))));
        let few = rows.iter().find(|(.., (_, counts))| counts.len() <= 32).or(rows.last());
        let Some((length, (first, counts))) = few else { return };
        let most = counts.iter().max().copied().unwrap_or_default();
        for (place, count) in counts.iter().enumerate() {
            let from = (first + place) as f64 * *length as f64 / 1e3;
            println!("{from:5.1} s {} {count}", "█".repeat((count * 60).div_ceil(most)));
        }
    }
}

/// A wait without a random part.
fn fixed() -> Config {
    Config { retry: Some(Retry::default().max(ZERO)), ..fetch() }
}

fn lose(page: &mut Page) -> Duration {
    page.answer();
    page.pass(secs(60));
    page.fail(network());
    page.wait()
}

#[test]
fn all_come_back_in_the_same_moment_after_a_fixed_wait_and_spread_out_after_ours() {
    let fixed = Returns::of("a fixed wait of a second", &fixed(), lose);
    assert_eq!(fixed.fullest(), CLIENTS);

    // Evenly over a second that is 100 in 10 ms.
    let ours = Returns::of("our wait", &fetch(), lose);
    assert!(ours.fullest() * 63 < fixed.fullest(), "{}", ours.fullest());
    let paced = Config { retry: Some(Retry::default()), ..event_source() };
    let ours = Returns::of("our wait, from the browser's EventSource", &paced, |page| {
        page.answer();
        page.pass(secs(60));
        page.interrupt();
        page.wait()
    });
    assert!(ours.fullest() * 63 < fixed.fullest(), "{}", ours.fullest());
}

#[test]
fn a_server_that_says_when_it_will_be_back_is_not_met_by_all_of_them_then() {
    let ours = Returns::of("Retry-After: 10", &fetch(), |page| {
        page.fail(status_after(503, secs(10)));
        page.wait()
    });
    assert!(ours.fullest() * 63 < CLIENTS, "{}", ours.fullest());
    assert!(ours.0.iter().all(|wait| *wait >= secs(10)), "it asked for that");
}

#[test]
fn a_network_that_is_back_is_not_met_by_all_of_them_in_the_same_moment() {
    // Evenly over half a second that is 200 in 10 ms.
    let ours = Returns::of("online again", &fetch(), |page| {
        page.offline();
        page.fail(network());
        page.online();
        page.wait()
    });
    assert!(ours.fullest() * 36 < CLIENTS, "{}", ours.fullest());
}

#[test]
fn the_longer_a_server_is_away_the_wider_they_spread() {
    let after_failures = Returns::of("the sixth failure", &fetch(), |page| {
        (0..5).for_each(|_| _ = page.fail_and_retry(network()));
        page.fail(network());
        page.wait()
    });
    assert!(after_failures.fullest() * 500 < CLIENTS, "{}", after_failures.fullest());

    let away = secs(10);
    let back = |page: &mut Page| {
        page.answer();
        page.pass(secs(60));
        let lost = page.now;
        while page.now < lost + away {
            page.fail_and_retry(network());
        }
        page.now.since(lost)
    };
    let fixed = Returns::of("10 s away, a fixed wait of a second", &fixed(), back);
    assert_eq!(fixed.fullest(), CLIENTS);
    let ours = Returns::of("10 s away, our wait", &fetch(), back);
    assert!(ours.fullest() * 200 < fixed.fullest(), "{}", ours.fullest());
}
