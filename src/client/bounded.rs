//! What a queue does when it is full. It has no clock and calls nobody.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use crate::protocol::instant::Instant;

/// What happens to an item that finds the queue full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Policy {
    #[default]
    DropOldest,
    DropNewest,
    /// An item takes the place of an older one with the same key, whether the queue is full or not; otherwise the
    /// oldest is dropped.
    Latest,
    /// It is given back.
    Refuse,
    /// It is queued all the same, and the queue holds its source back, for so long at most.
    Hold(Duration),
}

/// Items in order, as many as the limit and the policy allow.
pub(super) struct Bounded<T> {
    slots: VecDeque<Slot<T>>,
    /// The number of the first slot; the others follow.
    first: u64,
    /// Where the item of a key is.
    places: BTreeMap<Rc<str>, u64>,
    limit: usize,
    policy: Policy,
    /// Items lost behind the last slot.
    lost: u64,
    dropped: u64,
    /// When it was first seen to be full, since the last item was taken.
    full_since: Option<Instant>,
    /// Nobody takes anything: the policy is to drop the oldest until somebody does.
    lags: bool,
}

struct Slot<T> {
    item: T,
    key: Option<Rc<str>>,
    /// Items lost between this one and the one before.
    lost: u64,
}

/// What has become of an item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Pushed<T> {
    Queued,
    /// It or another was dropped.
    Dropped(T),
    /// There is no place for it.
    Refused(T),
    /// The queue has ended: nothing is taken any more.
    Ended(T),
}

/// What comes out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next<T> {
    /// So many items are missing here.
    Lagged(u64),
    Item(T),
}

impl<T> Bounded<T> {
    pub(super) fn new(limit: usize, policy: Policy) -> Self {
        Self {
            slots: VecDeque::new(),
            first: 0,
            places: BTreeMap::new(),
            limit: limit.max(1),
            policy,
            lost: 0,
            dropped: 0,
            full_since: None,
            lags: false,
        }
    }

    /// How many items were dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// `key` is of interest to [`Policy::Latest`] only.
    pub(super) fn push(&mut self, key: Option<&str>, item: T) -> Pushed<T> {
        if let Some(slot) = key.and_then(|key| self.place(key)) {
            // Nothing is missing: the reader gets what is in force.
            let older = std::mem::replace(&mut slot.item, item);
            self.dropped += 1;
            return Pushed::Dropped(older);
        }
        let mut dropped = None;
        if self.slots.len() >= self.limit {
            match self.policy {
                Policy::Hold(_) if !self.lags => {}
                Policy::DropNewest => {
                    self.lost += 1;
                    self.dropped += 1;
                    return Pushed::Dropped(item);
                }
                Policy::Refuse => return Pushed::Refused(item),
                Policy::DropOldest | Policy::Latest | Policy::Hold(_) => dropped = self.drop_oldest(),
            }
        }
        let key = key.map(|key| {
            let key: Rc<str> = key.into();
            self.places.insert(Rc::clone(&key), self.first + self.slots.len() as u64);
            key
        });
        self.slots.push_back(Slot { item, key, lost: std::mem::take(&mut self.lost) });
        dropped.map_or(Pushed::Queued, Pushed::Dropped)
    }

    pub(super) fn take(&mut self) -> Option<Next<T>> {
        let lost = self.slots.front_mut().map_or(&mut self.lost, |slot| &mut slot.lost);
        let lost = std::mem::take(lost);
        if lost > 0 {
            return Some(Next::Lagged(lost));
        }
        let slot = self.pop()?;
        self.full_since = None;
        self.lags = false;
        Some(Next::Item(slot.item))
    }

    /// Until when the queue holds its source back, if it does: as long as it is full, but no longer than its policy says
    /// without anything being taken. Beyond that it is given up, and what is over the limit is given back.
    #[cfg_attr(not(feature = "fetch"), allow(dead_code, reason = "only fetch can be held back"))]
    pub(super) fn hold(&mut self, now: Instant) -> Result<Option<Instant>, Vec<T>> {
        let Policy::Hold(longest) = self.policy else { return Ok(None) };
        if self.lags || self.slots.len() < self.limit {
            return Ok(None);
        }
        let until = *self.full_since.get_or_insert(now) + longest;
        if now < until {
            return Ok(Some(until));
        }
        self.lags = true;
        let over = self.slots.len() - self.limit;
        Err((0..over).filter_map(|_| self.drop_oldest()).collect())
    }

    fn place(&mut self, key: &str) -> Option<&mut Slot<T>> {
        let place = self.places.get(key)? - self.first;
        self.slots.get_mut(place as usize)
    }

    fn drop_oldest(&mut self) -> Option<T> {
        let slot = self.pop()?;
        self.dropped += 1;
        *self.slots.front_mut().map_or(&mut self.lost, |slot| &mut slot.lost) += slot.lost + 1;
        Some(slot.item)
    }

    fn pop(&mut self) -> Option<Slot<T>> {
        let slot = self.slots.pop_front()?;
        self.first += 1;
        if let Some(key) = &slot.key {
            self.places.remove(key);
        }
        Some(slot)
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
