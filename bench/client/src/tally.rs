//! What a consumer keeps of the events.

use crate::data::Checked;

/// The data's own numbers begin here in each lap of the stream.
pub(crate) const FIRST: u32 = 1000;

/// Counts events, sums up what they carry for it, and watches their order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    events: u32,
    sum: f64,
    out_of_turn: u32,
    last: u32,
}

impl Tally {
    pub(crate) fn take(&mut self, data: &impl Checked) {
        let number = data.number();
        self.events += 1;
        self.sum += f64::from(data.check());
        if number != self.last + 1 && number != FIRST {
            self.out_of_turn += 1;
        }
        self.last = number;
    }

    pub(crate) fn result(&self) -> Vec<f64> {
        vec![f64::from(self.events), self.sum, f64::from(self.out_of_turn)]
    }
}
