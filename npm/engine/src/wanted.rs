//! The event types that somebody wants: no other event has to leave the module.

use alloc::boxed::Box;

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
    seen: Seen,
    next: Chain,
}

type Chain = Option<Box<Type>>;

/// As many as keep a chain short where thousands of types are wanted.
const CHAINS: usize = 1024;

/// A hash table that need not grow.
#[derive(Debug)]
pub(crate) struct Wanted {
    chains: [Chain; CHAINS],
    all: bool,
}

impl Wanted {
    /// A constant: the compiler fills the place of one at once, where it would write chain by chain otherwise.
    pub(crate) const NOTHING: Self = Self { chains: [const { None }; CHAINS], all: false };

    /// A type is wanted, or no longer; the empty name stands for all.
    pub(crate) fn set(&mut self, name: &[u8], wanted: bool) {
        if name.is_empty() {
            self.all = wanted;
            return;
        }
        let place = self.find(name);
        match place {
            None if wanted => {
                *place = Some(Box::new(Type { name: name.into(), seen: Seen::default(), next: None }));
            }
            Some(found) if !wanted => *place = found.next.take(),
            _ => {}
        }
    }

    pub(crate) fn want(&mut self, name: &[u8]) -> Want<'_> {
        let all = self.all;
        match self.find(name) {
            Some(found) => Want::Type(&mut found.seen),
            // What is not ASCII may be other bytes than those of the text that it decodes to.
            // Byte by byte: `is_ascii` would be two hundred bytes, and a type is short.
            None if all || !name.iter().all(u8::is_ascii) => Want::Any,
            None => Want::No,
        }
    }

    /// The place of a type: where it is, or the end of its chain.
    fn find(&mut self, name: &[u8]) -> &mut Chain {
        let mut place = &mut self.chains[hash(0, name) as usize % CHAINS];
        while place.as_ref().is_some_and(|found| *found.name != *name) {
            if let Some(found) = place {
                place = &mut found.next;
            }
        }
        place
    }
}
