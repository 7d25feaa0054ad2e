use gloo_timers::callback::Timeout;

use super::Counted;

/// Runs if a call of the application's traps: then nothing after that call runs, and nothing is dropped.
pub(crate) struct Otherwise {
    _timer: Timeout,
}

impl Otherwise {
    /// Calls `act` in a task of its own, unless this is dropped before.
    pub(crate) fn new(act: impl FnOnce() + 'static) -> Self {
        let counted = Counted::new();
        let timer = Timeout::new(0, move || {
            let _counted = counted;
            act();
        });
        Self { _timer: timer }
    }
}
