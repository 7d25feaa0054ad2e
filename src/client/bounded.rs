//! The items that wait for a reader, and what is done when they are too many. It has no clock and calls nobody.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use crate::protocol::instant::Instant;

/// What is done when more waits than the limit allows, although the reader had its turn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Policy {
    #[default]
    DropOldest,
    DropNewest,
    /// An item takes the place of an older one with the same key, at once; otherwise the oldest are dropped.
    Latest,
    /// The reader has to be told that it was too slow.
    Refuse,
    /// The queue holds its source back, for so long at most. Otherwise, and where the source cannot be held back, the
    /// oldest are dropped.
    Hold(Duration),
}

/// Items in order. The caller [trims](Self::trim) them.
pub(super) struct Bounded<T> {
    slots: VecDeque<Slot<T>>,
    /// The number of the first slot; the others follow.
    first: u64,
    /// Where the item of a key is.
    places: BTreeMap<Rc<str>, u64>,
    /// What the items in the slots weigh.
    size: usize,
    limit: usize,
    policy: Policy,
    /// Items lost behind the last slot.
    lost: u64,
    /// The first of all lost items of which the reader does not know.
    untold: Option<T>,
    dropped: u64,
    /// When it was first seen to be full, since the last item was taken.
    full_since: Option<Instant>,
    /// Nobody takes anything: the policy is to drop the oldest until somebody does.
    lags: bool,
}

struct Slot<T> {
    item: T,
    size: usize,
    key: Option<Rc<str>>,
    /// Items lost between this one and the one before.
    lost: u64,
}

/// What has been done about items that were too many.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Trimmed<T> {
    /// These were dropped, and maybe one more, which is kept until the reader knows.
    Dropped(Vec<T>),
    /// They may not be dropped.
    Overflow,
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    /// So many items are missing here. With them may come the first lost one, which was kept until now.
    Lagged(u64, Option<T>),
    Item(T),
}

impl<T> Bounded<T> {
    pub(super) fn new(limit: usize, policy: Policy) -> Self {
        Self {
            slots: VecDeque::new(),
            first: 0,
            places: BTreeMap::new(),
            size: 0,
            limit: limit.max(1),
            policy,
            lost: 0,
            untold: None,
            dropped: 0,
            full_since: None,
            lags: false,
        }
    }

    /// How many items were dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Gives back the item whose place it takes. `key` is of interest to [`Policy::Latest`] only.
    pub(super) fn push(&mut self, key: Option<&str>, item: T, size: usize) -> Option<T> {
        self.size += size;
        if let Some(slot) = key.and_then(|key| self.place(key)) {
            // Nothing is missing: the reader gets what is in force.
            let older = std::mem::replace(&mut slot.item, item);
            let older_size = std::mem::replace(&mut slot.size, size);
            self.size -= older_size;
            self.dropped += 1;
            return Some(older);
        }
        let key = key.map(|key| {
            let key: Rc<str> = key.into();
            self.places.insert(Rc::clone(&key), self.first + self.slots.len() as u64);
            key
        });
        self.slots.push_back(Slot { item, size, key, lost: std::mem::take(&mut self.lost) });
        None
    }

    /// Whether more waits than the limit allows.
    pub(super) fn is_over(&self) -> bool {
        // One item is kept, however large it is.
        self.size > self.limit && self.slots.len() > 1
    }

    /// Does what the policy says about what is over the limit.
    pub(super) fn trim(&mut self, can_be_held: bool) -> Trimmed<T> {
        let mut dropped = Vec::new();
        if self.is_over() && self.policy == Policy::Refuse {
            return Trimmed::Overflow;
        }
        let is_held = can_be_held && !self.lags && matches!(self.policy, Policy::Hold(_));
        while !is_held && self.is_over() {
            let newest = self.policy == Policy::DropNewest;
            let item = if newest { self.drop_newest() } else { self.drop_oldest() };
            match self.untold {
                None => self.untold = item,
                Some(_) => dropped.extend(item),
            }
        }
        Trimmed::Dropped(dropped)
    }

    pub(super) fn take(&mut self) -> Option<Next<T>> {
        let lost = self.slots.front_mut().map_or(&mut self.lost, |slot| &mut slot.lost);
        let lost = std::mem::take(lost);
        if lost > 0 {
            return Some(Next::Lagged(lost, self.untold.take()));
        }
        let slot = self.slots.pop_front()?;
        self.forget(&slot);
        self.first += 1;
        self.full_since = None;
        self.lags = false;
        Some(Next::Item(slot.item))
    }

    /// Until when the queue holds its source back, if it does: as long as it is full, but no longer than its policy says
    /// without anything being taken. From then on it lags, and is to be trimmed.
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn hold(&mut self, now: Instant) -> Option<Instant> {
        let Policy::Hold(longest) = self.policy else { return None };
        if self.lags || self.size < self.limit {
            return None;
        }
        let until = *self.full_since.get_or_insert(now) + longest;
        self.lags = now >= until;
        (!self.lags).then_some(until)
    }

    /// Whether it no longer holds its source back, because nothing was taken for too long.
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn lags(&self) -> bool {
        self.lags
    }

    fn place(&mut self, key: &str) -> Option<&mut Slot<T>> {
        let place = self.places.get(key)? - self.first;
        self.slots.get_mut(place as usize)
    }

    fn drop_oldest(&mut self) -> Option<T> {
        let slot = self.slots.pop_front()?;
        self.forget(&slot);
        self.first += 1;
        self.dropped += 1;
        *self.slots.front_mut().map_or(&mut self.lost, |slot| &mut slot.lost) += slot.lost + 1;
        Some(slot.item)
    }

    fn drop_newest(&mut self) -> Option<T> {
        let slot = self.slots.pop_back()?;
        self.forget(&slot);
        self.dropped += 1;
        self.lost += slot.lost + 1;
        Some(slot.item)
    }

    /// Takes note that an item no longer waits.
    fn forget(&mut self, slot: &Slot<T>) {
        self.size -= slot.size;
        if let Some(key) = &slot.key {
            self.places.remove(key);
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
