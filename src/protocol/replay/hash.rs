//! A hash of 64 bits, quick for long data: it goes with each event that has an id.

use crate::protocol::work;

/// Odd, with about as many ones as zeros, in no order: those of xxHash64.
pub(super) const ONE: u64 = 0x9e37_79b1_85eb_ca87;
const TWO: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// Hashes bytes much as [xxHash64] does. Four lanes of eight bytes wait for nothing of each other, and there is no
/// multiplication but of 64 bits, since WebAssembly has no wider one. A short id and a short event type, which
/// every event has, need no loop over bytes.
///
/// The hash of one part is the seed of the next one: so a boundary that moves changes the hash.
///
/// [xxHash64]: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
#[doc(hidden)]
#[must_use]
pub fn hash(seed: u64, bytes: &[u8]) -> u64 {
    work::count(bytes.len() + 1);
    let mut hash = seed ^ (bytes.len() as u64).wrapping_mul(ONE);
    let (blocks, mut rest) = bytes.as_chunks::<32>();
    if !blocks.is_empty() {
        let (mut a, mut b, mut c, mut d) = (hash, hash ^ ONE, hash ^ TWO, !hash);
        for block in blocks {
            let (words, _) = block.as_chunks();
            if let [first, second, third, fourth] = words {
                a = round(a, u64::from_le_bytes(*first));
                b = round(b, u64::from_le_bytes(*second));
                c = round(c, u64::from_le_bytes(*third));
                d = round(d, u64::from_le_bytes(*fourth));
            }
        }
        hash =
            a.wrapping_add(b.rotate_left(7)).wrapping_add(c.rotate_left(12)).wrapping_add(d.rotate_left(18));
    }
    while let Some((word, after)) = rest.split_first_chunk() {
        hash = round(hash, u64::from_le_bytes(*word));
        rest = after;
    }
    let word = match (rest.first_chunk(), rest.last_chunk()) {
        // They may overlap: the length, which is hashed too, tells by how much.
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
        }
        _ => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
    };
    hash = round(hash, word);
    hash = (hash ^ (hash >> 29)).wrapping_mul(TWO);
    hash ^ (hash >> 32)
}

#[inline(always)]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(TWO)).rotate_left(31).wrapping_mul(ONE)
}
