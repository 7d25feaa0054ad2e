//! The event types that somebody wants: no other event has to leave the module.

use alloc::boxed::Box;
use alloc::vec::Vec;

use typed_eventsource::protocol::replay::hash;

/// Whether an event is wanted.
pub(crate) enum Want<'w> {
    No,
    /// By who wants all, whatever they are.
    Any,
    /// By its type.
    Type(&'w mut Seen),
}

/// Where a type was last written.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) chunk: u32,
    /// Its number among the types of the chunk.
    pub(crate) number: u32,
}

struct Type {
    hash: u64,
    name: Box<[u8]>,
    seen: Seen,
}

#[derive(Default)]
pub(crate) struct Wanted {
    /// In the order of the hashes, which are quicker to compare.
    types: Vec<Type>,
    all: bool,
    /// Whether two types had the same hash: then one of them is only found among all.
    collided: bool,
}

impl Wanted {
    /// A type is wanted, or no longer; the empty name stands for all.
    pub(crate) fn set(&mut self, name: &[u8], wanted: bool) {
        if name.is_empty() {
            self.all = wanted;
            return;
        }
        let hash = hash(name);
        match (self.find(hash), wanted) {
            (Ok(place), _) if self.types.get(place).is_some_and(|other| *other.name != *name) => {
                self.collided = true;
            }
            (Ok(place), false) => drop(self.types.remove(place)),
            (Err(place), true) => {
                self.types.insert(place, Type { hash, name: name.into(), seen: Seen::default() });
            }
            _ => {}
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.types.is_empty() && !self.all && !self.collided
    }

    pub(crate) fn want(&mut self, name: &[u8]) -> Want<'_> {
        let found = self.find(hash(name)).ok().and_then(|place| self.types.get_mut(place));
        match found.filter(|found| *found.name == *name) {
            Some(found) => Want::Type(&mut found.seen),
            // What is not ASCII may be other bytes than those of the text that it decodes to.
            None if self.all || self.collided || !name.is_ascii() => Want::Any,
            None => Want::No,
        }
    }

    fn find(&self, hash: u64) -> Result<usize, usize> {
        self.types.binary_search_by_key(&hash, |found| found.hash)
    }
}
