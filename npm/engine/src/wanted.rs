//! The event types that somebody wants: no other event has to leave the module.

use alloc::boxed::Box;
use alloc::vec::Vec;

use typed_eventsource::protocol::replay::hash;

/// Whether an event is wanted, and where its type is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    No,
    /// By who wants all, whatever they are.
    Any,
    /// By its type, which has this number.
    Type(usize),
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

    pub(crate) fn want(&self, name: &[u8]) -> Want {
        let found = self.find(hash(name)).ok();
        match found.filter(|place| self.types.get(*place).is_some_and(|other| *other.name == *name)) {
            Some(place) => Want::Type(place),
            None if self.all || self.collided => Want::Any,
            // Its bytes may be other than those of the text they decode to.
            None if !name.is_ascii() => Want::Any,
            None => Want::No,
        }
    }

    /// Where a type of this number was last written.
    pub(crate) fn seen(&mut self, number: usize) -> Option<&mut Seen> {
        self.types.get_mut(number).map(|found| &mut found.seen)
    }

    fn find(&self, hash: u64) -> Result<usize, usize> {
        self.types.binary_search_by_key(&hash, |found| found.hash)
    }
}
