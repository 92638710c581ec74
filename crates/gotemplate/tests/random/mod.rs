//! A small deterministic generator for the fuzz tests of the engine's crates: choices, mutations, and how often to try.
//!
//! `FUZZ_ITERATIONS` sets the number of cases, or `FUZZ_SECONDS` how long cases are tried; `FUZZ_SEED` is the first of their
//! seeds. A failing case prints its own.

#![allow(
    clippy::disallowed_methods,
    reason = "how long a test runs and where it starts is the caller's choice"
)]

/// Where choices come from: xorshift, the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    fn seeded(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below the bound, which must not be 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % bound
    }

    /// Once in so many times.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of them.
    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Up to that many of them, one after another.
    pub(crate) fn soup(&mut self, of: &[&str], most: usize) -> String {
        (0..=self.below(most)).map(|_| self.pick(of)).collect()
    }

    /// Changes bytes, cuts, repeats and inserts, one to four times.
    pub(crate) fn mutate(&mut self, bytes: &mut Vec<u8>, pieces: &[&str]) {
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            let end = (at + self.below(16)).min(bytes.len());
            match self.below(6) {
                0 if at < bytes.len() => bytes[at] = self.below(256) as u8,
                1 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                2 => drop(bytes.drain(at..end)),
                3 => {
                    let again = bytes[at..end].to_vec();
                    bytes.splice(at..at, again);
                }
                4 if self.once_in(4) => bytes.truncate(at),
                _ => drop(bytes.splice(at..at, self.pick(pieces).bytes())),
            }
        }
    }
}

/// Says how to repeat the case when it fails.
struct Case(u64);

impl Drop for Case {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("repeat with FUZZ_SEED={} FUZZ_ITERATIONS=1", self.0);
        }
    }
}

/// Runs the case with one seed after another: so many, or as long as the environment says.
pub(crate) fn fuzz(iterations: u64, mut case: impl FnMut(&mut Random)) {
    let number = |name| std::env::var(name).ok().and_then(|n| n.parse::<u64>().ok());
    let first = number("FUZZ_SEED").unwrap_or(1);
    let start = std::time::Instant::now();
    let seconds = number("FUZZ_SECONDS");
    let iterations = number("FUZZ_ITERATIONS").unwrap_or(iterations);
    for seed in first.. {
        let is_over = match seconds {
            Some(seconds) => start.elapsed().as_secs() >= seconds,
            None => seed - first >= iterations,
        };
        if is_over {
            break;
        }
        let _case = Case(seed);
        case(&mut Random::seeded(seed));
    }
}
