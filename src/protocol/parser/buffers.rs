//! The content of an unfinished block: lent from the chunk as long as possible, and copied when it outlives the chunk.

use alloc::vec::Vec;
use core::mem;

use super::Parser;
use crate::protocol::work;

/// How much memory a buffer may keep for the next event; a larger one is freed after use.
pub(super) const KEPT_CAPACITY: usize = 64 * 1024;

/// Empties a buffer. One that has grown large is let go, so that nobody pays for it for ever.
pub(super) fn empty(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT_CAPACITY {
        *buffer = Vec::new();
    } else {
        buffer.clear();
    }
}

/// Replaces the content of a buffer.
fn replace(buffer: &mut Vec<u8>, value: &[u8]) {
    empty(buffer);
    buffer.extend_from_slice(value);
    work::count(value.len());
}

/// What the current block has taken from the current chunk without copying it. It goes before what the
/// parser's buffers hold; `data` is set only while the data buffer is empty.
#[derive(Default)]
pub(super) struct Block<'p> {
    pub(super) data: Option<&'p [u8]>,
    pub(super) event_type: Option<&'p [u8]>,
    pub(super) id: Option<&'p [u8]>,
}

impl Parser {
    /// Sets the last event ID string to what the block has set its buffer to, which stays lent.
    pub(super) fn commit_id(&mut self, block: &Block<'_>) {
        let id = block.id.unwrap_or(&self.id);
        work::count(id.len());
        if self.last_event_id != id {
            self.id_generation = self.id_generation.wrapping_add(1);
            if let Some(id) = block.id {
                replace(&mut self.last_event_id, id);
            } else {
                mem::swap(&mut self.last_event_id, &mut self.id);
            }
        }
        empty(&mut self.id);
    }

    /// Copies the parts that are still lent from the chunk: the chunk ends before the block does.
    pub(super) fn park(&mut self, block: &mut Block<'_>) {
        self.park_data(block);
        if let Some(event_type) = block.event_type.take() {
            replace(&mut self.event_type, event_type);
        }
        if let Some(id) = block.id.take() {
            replace(&mut self.id, id);
        }
    }

    pub(super) fn park_data(&mut self, block: &mut Block<'_>) {
        if let Some(first) = block.data.take() {
            self.append_data(first);
        }
    }

    pub(super) fn append_data(&mut self, value: &[u8]) {
        self.data.extend_from_slice(value);
        self.data.push(b'\n');
        work::count(value.len() + 1);
    }

    /// Empties the buffers after the event they were lent to.
    #[cold]
    pub(super) fn release(&mut self) {
        // [spec] 7. Set the data buffer and the event type buffer to the empty string.
        self.is_lent = false;
        empty(&mut self.data);
        empty(&mut self.event_type);
    }
}
