//! Finds an event among those that are remembered, in whatever order they come again.

use alloc::vec::Vec;

use super::Seen;
use super::hash::ONE;
use crate::protocol::work;

/// A hash table with open addressing. It has twice as many slots as there are events, and never grows.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// For each event its place, plus 1, and the number of replays of it that may still come; 0 is a free slot.
    slots: Vec<(u32, u32)>,
}

impl Table {
    /// The memory goes too: a run is short, and seldom.
    pub(super) fn clear(&mut self) {
        self.slots = Vec::new();
    }

    /// Takes an event out of those that are remembered, of which there are some: the answer is whether it was still
    /// there, and `None` if it never was. The table is made where it is not there.
    pub(super) fn take(&mut self, seen: &[Seen], event: u64, seed: u64) -> Option<bool> {
        if self.slots.is_empty() {
            self.slots.resize((2 * seen.len()).next_power_of_two(), (0, 0));
            for (place, seen_here) in seen.iter().enumerate() {
                let slot = self.slot(seen, seen_here.event, seed);
                *slot = (place as u32 + 1, slot.1 + 1);
            }
        }
        let (place, left) = self.slot(seen, event, seed);
        let is_left = *left > 0;
        *left -= u32::from(is_left);
        (*place != 0).then_some(is_left)
    }

    /// The slot of an event, or the free one that it would get.
    fn slot(&mut self, seen: &[Seen], event: u64, seed: u64) -> &mut (u32, u32) {
        let count = self.slots.len();
        // The uppermost bits of the product are those that depend on all bits of the hash.
        let product = (event ^ seed).wrapping_mul(ONE);
        let mut slot = (product >> 1 >> (count as u64).leading_zeros()) as usize;
        while let Some(seen) = seen.get((self.slots[slot].0 as usize).wrapping_sub(1))
            && seen.event != event
        {
            work::count(1);
            slot = (slot + 1) & (count - 1);
        }
        work::count(1);
        &mut self.slots[slot]
    }

    #[cfg(all(test, not(target_arch = "wasm32")))]
    pub(super) fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }
}
