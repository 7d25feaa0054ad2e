//! A value that a module without threads can keep.

use core::cell::UnsafeCell;

pub(crate) struct Single<T>(UnsafeCell<T>);

// SAFETY: a `static` may be reached from every thread, and the module has one: it is built without threads
// and is one instance a page or worker. On the host it is compiled, never run.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// The value, for the time of one call from outside. `act` must not come here again.
    pub(crate) fn with<R>(&self, act: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: the module imports nothing, so nothing outside can call it while `act` runs; and each of its
        // exports comes here once at a time. After a trap, which would be a bug, later calls go on with what
        // it has left; a borrow that is counted would make all of them trap.
        act(unsafe { &mut *self.0.get() })
    }
}
