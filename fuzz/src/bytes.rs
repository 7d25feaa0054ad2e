//! Bytes → what a case is made of.

/// Reads from the front. At the end there are zeros, so every input is a case.
pub(crate) struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.0.split_off_first().copied().unwrap_or_default()
    }

    /// At most this many bytes.
    pub(crate) fn take(&mut self, most: usize) -> &'b [u8] {
        self.0.split_off(..most.min(self.0.len())).unwrap_or_default()
    }

    pub(crate) fn rest(self) -> &'b [u8] {
        self.0
    }

    /// Small ones exactly, large ones up to 2⁶⁴ in steps.
    pub(crate) fn number(&mut self) -> u64 {
        let digits = self.byte();
        u64::from(digits) << (self.byte() % 57)
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::from(self.byte()) % from.len()]
    }

    pub(crate) fn flag(&mut self) -> bool {
        self.byte() % 2 == 1
    }

    pub(crate) fn option<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.flag().then(|| some(self))
    }
}
