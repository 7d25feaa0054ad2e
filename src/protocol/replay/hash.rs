//! A hash of 64 bits, quick for long data: it goes with each event that has an id.

use crate::protocol::work;

/// Odd, with about as many ones as zeros, in no order: those of xxHash64.
pub(super) const ONE: u64 = 0x9e37_79b1_85eb_ca87;
const TWO: u64 = 0xc2b2_ae3d_27d4_eb4f;

/// Hashes bytes much as [xxHash64] does. Four lanes of eight bytes wait for nothing of each other, and there is no
/// multiplication but of 64 bits, since WebAssembly has no wider one.
///
/// The hash of what comes before is the seed of what follows: so a boundary that moves changes the hash.
///
/// [xxHash64]: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
#[doc(hidden)]
#[must_use]
pub fn hash(seed: u64, bytes: &[u8]) -> u64 {
    work::count(bytes.len() + 1);
    let (blocks, rest) = bytes.as_chunks::<32>();
    let (mut a, mut b, mut c, mut d) = (seed, seed ^ ONE, seed ^ TWO, !seed);
    for block in blocks {
        let (words, _) = block.as_chunks();
        if let [first, second, third, fourth] = words {
            a = round(a, u64::from_le_bytes(*first));
            b = round(b, u64::from_le_bytes(*second));
            c = round(c, u64::from_le_bytes(*third));
            d = round(d, u64::from_le_bytes(*fourth));
        }
    }
    let lanes = [b.rotate_left(7), c.rotate_left(12), d.rotate_left(18)];
    let mut hash = lanes.into_iter().fold(a ^ bytes.len() as u64, u64::wrapping_add);
    let (words, rest) = rest.as_chunks();
    for word in words {
        hash = round(hash, u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        // With a long value, the last eight bytes, some of which have been there already.
        hash = round(
            hash,
            match bytes.last_chunk() {
                Some(word) => u64::from_le_bytes(*word),
                None => rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)),
            },
        );
    }
    hash = (hash ^ (hash >> 29)).wrapping_mul(TWO);
    hash = (hash ^ (hash >> 32)).wrapping_mul(ONE);
    hash ^ (hash >> 32)
}

#[inline(always)]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(TWO)).rotate_left(31).wrapping_mul(ONE)
}
