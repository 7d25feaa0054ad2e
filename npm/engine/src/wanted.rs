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
#[derive(Debug, Default)]
pub(crate) struct Seen {
    pub(crate) chunk: u32,
    /// Its number among the types of the chunk.
    pub(crate) number: u32,
}

#[derive(Debug)]
struct Type {
    name: Box<[u8]>,
    hash: usize,
    /// The place of another one of the same chain.
    next: usize,
    is_wanted: bool,
    seen: Seen,
}

/// No place: the end of a chain.
const END: usize = usize::MAX;

/// A hash table. Types that are no longer wanted leave it when it is full.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    types: Vec<Type>,
    /// The first of each chain, which is that of a hash; as many as a power of two.
    chains: Vec<usize>,
    count: usize,
    all: bool,
}

impl Wanted {
    /// A type is wanted, or no longer; the empty name stands for all.
    pub(crate) fn set(&mut self, name: &[u8], wanted: bool) {
        if name.is_empty() {
            self.all = wanted;
            return;
        }
        if let Some(found) = self.find(name) {
            let was = core::mem::replace(&mut found.is_wanted, wanted);
            self.count = self.count + usize::from(wanted) - usize::from(was);
        } else if wanted {
            self.count += 1;
            let hash = hash(name) as usize;
            self.types.push(Type {
                name: name.into(),
                hash,
                next: END,
                is_wanted: true,
                seen: Seen::default(),
            });
            if self.types.len() > self.chains.len() {
                self.types.retain(|known| known.is_wanted);
                self.chains.clear();
                self.chains.resize(2 * self.types.len().next_power_of_two(), END);
                self.link(0);
            } else {
                self.link(self.types.len() - 1);
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && !self.all
    }

    pub(crate) fn want(&mut self, name: &[u8]) -> Want<'_> {
        let all = self.all;
        match self.find(name).filter(|found| found.is_wanted) {
            Some(found) => Want::Type(&mut found.seen),
            // What is not ASCII may be other bytes than those of the text that it decodes to.
            None if all || !name.is_ascii() => Want::Any,
            None => Want::No,
        }
    }

    fn find(&mut self, name: &[u8]) -> Option<&mut Type> {
        let mask = self.chains.len().wrapping_sub(1);
        let mut place = *self.chains.get(hash(name) as usize & mask)?;
        while self.types.get(place)?.name.as_ref() != name {
            place = self.types.get(place)?.next;
        }
        self.types.get_mut(place)
    }

    /// Puts the types from a place on into their chains.
    fn link(&mut self, from: usize) {
        let mask = self.chains.len().wrapping_sub(1);
        for (place, known) in self.types.iter_mut().enumerate().skip(from) {
            if let Some(first) = self.chains.get_mut(known.hash & mask) {
                known.next = core::mem::replace(first, place);
            }
        }
    }
}
