//! What the standard library would bring, smaller.

use core::alloc::{GlobalAlloc, Layout};
use core::arch::wasm32;
use core::panic::PanicInfo;
use core::ptr;

use crate::single::Single;

#[global_allocator]
static ALLOCATOR: Allocator =
    Allocator(Single::new(Heap { free: [ptr::null_mut(); usize::BITS as usize], fresh: 0, end: 0 }));

const PAGE: usize = 64 * 1024;

/// The smallest block: it can hold the link to the next free one, and is aligned for every type.
const SMALLEST: usize = 8;

/// What lies between large blocks. Where the places of two differ by a multiple of 4 KiB, processors take much longer to
/// copy from one to the other: they mistake what they read for what they have just written.
const GAP: usize = 1600;

/// Blocks of a power of two bytes, each of which is given out again for the same size only. So neither takes a
/// search, and what a buffer that grows leaves behind is at most what it takes.
struct Allocator(Single<Heap>);

struct Heap {
    /// The first free block of each size, each with the address of the next one in it.
    free: [*mut u8; usize::BITS as usize],
    /// What was never given out, from here to the end of the memory.
    fresh: usize,
    end: usize,
}

impl Heap {
    /// Where the free blocks of a size begin, and how large they are.
    fn class(&mut self, layout: Layout) -> Option<(&mut *mut u8, usize)> {
        let size = layout.size().max(SMALLEST).next_power_of_two();
        self.free.get_mut(size.trailing_zeros() as usize).map(|first| (first, size))
    }

    fn take_fresh(&mut self, size: usize) -> *mut u8 {
        let size = if size < 4096 { size } else { size + GAP };
        if size > self.end - self.fresh {
            let pages = size.div_ceil(PAGE);
            let before = wasm32::memory_grow::<0>(pages);
            if before == usize::MAX {
                return ptr::null_mut();
            }
            if self.end == 0 {
                self.fresh = before * PAGE;
            }
            self.end = (before + pages) * PAGE;
        }
        let block = self.fresh;
        self.fresh += size;
        ptr::with_exposed_provenance_mut(block)
    }
}

// SAFETY: a block is as large as asked for, aligned to 8 bytes, and nobody else's until it is given back: it comes from
// memory that only this takes, or from the list of what was given back. No type of this module is aligned to more.
unsafe impl GlobalAlloc for Allocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.0.with(|heap| {
            let Some((first, size)) = heap.class(layout) else { return ptr::null_mut() };
            let block = *first;
            if block.is_null() {
                return heap.take_fresh(size);
            }
            // SAFETY: a free block has the link to the next one in it.
            *first = unsafe { block.cast::<*mut u8>().read() };
            block
        })
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.0.with(|heap| {
            if let Some((first, _)) = heap.class(layout) {
                // SAFETY: nobody uses the block any more, and it has room for the link.
                unsafe { block.cast::<*mut u8>().write(*first) };
                *first = block;
            }
        });
    }
}

/// Traps. Messages of panics would cost more than the whole parser.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}
