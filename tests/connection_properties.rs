//! Whatever happens to a connection, in whatever order, some things hold.
#![cfg(not(target_arch = "wasm32"))]

mod observer;
#[path = "connection_properties/strategies.rs"]
mod strategies;

use proptest::prelude::*;

use observer::{Input, Observer};
use strategies::{a_config, an_input};

proptest! {
    // `PROPTEST_CASES` asks for more than 256.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_rules_hold(
        config in a_config(),
        seed in any::<u64>(),
        before in prop::collection::vec(an_input(), 0..3),
        inputs in prop::collection::vec(an_input(), 1..80),
        after in prop::collection::vec(an_input(), 1..20),
    ) {
        let mut observer = Observer::new(config, seed);
        for input in before.iter().chain([&Input::Start]).chain(&inputs) {
            observer.happen(input);
        }
        observer.happen(&Input::Close);
        let end = observer.state().clone();
        prop_assert_eq!(end.status(), "closed");
        for input in &after {
            observer.happen(input);
            prop_assert_eq!(observer.state(), &end);
        }
    }

    #[test]
    fn a_connection_that_is_left_alone_comes_back(
        config in a_config(),
        seed in any::<u64>(),
        inputs in prop::collection::vec(an_input(), 1..40),
    ) {
        let mut observer = Observer::new(config, seed);
        observer.happen(&Input::Start);
        for input in &inputs {
            observer.happen(input);
        }
        observer.leave_alone();
    }
}
