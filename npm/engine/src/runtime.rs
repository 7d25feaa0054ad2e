//! What the standard library would bring, smaller.

use core::panic::PanicInfo;

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

// SAFETY: the module is built without threads.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// Traps. Messages of panics would cost more than the whole parser.
#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
