//! A small random generator (xorshift64*), so that a seed is a world.

/// The generator.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % bound
    }

    /// True in `percent` of the cases.
    pub(crate) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// Does something for every seed up to `worlds`. Worlds are independent of each other, so they share the processors.
pub(crate) fn for_every_seed(worlds: u64, each: impl Fn(u64) + Sync) {
    const THREADS: u64 = 4;
    let each = &each;
    std::thread::scope(|scope| {
        for first in 1..=THREADS {
            scope.spawn(move || {
                (first..=worlds).step_by(THREADS as usize).for_each(each);
            });
        }
    });
}
