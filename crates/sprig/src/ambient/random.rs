//! Where random numbers come from: a seed, stretched with SHA-256 in counter mode. The operating system is asked for the seed only.

use gotemplate::FuncError;
use sha2::{Digest as _, Sha256};

/// A cryptographic stream of random numbers.
pub(crate) struct Random {
    seed: [u8; 32],
    counter: u64,
    block: [u8; 32],
    used: usize,
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

/// A seed from the operating system.
pub(super) fn seed() -> Result<[u8; 32], FuncError> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed)
        .map_err(|error| FuncError::new(format!("the system gives no randomness: {error}")))?;
    Ok(seed)
}

impl Random {
    pub(super) fn new(seed: [u8; 32]) -> Self {
        Self {
            seed,
            counter: 0,
            block: [0; 32],
            used: 32,
        }
    }

    /// The next bytes.
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        for byte in out {
            if self.used == self.block.len() {
                let mut digest = Sha256::new();
                digest.update(self.seed);
                digest.update(self.counter.to_be_bytes());
                self.block = digest.finalize().into();
                self.counter += 1;
                self.used = 0;
            }
            *byte = self.block[self.used];
            self.used += 1;
        }
    }

    fn next(&mut self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    }

    /// A number from 0 to before `limit`, each as likely as the others; 0 when `limit` is 0.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 {
            return 0;
        }
        let fair = u64::MAX - u64::MAX % limit;
        loop {
            let drawn = self.next();
            if drawn < fair {
                return drawn % limit;
            }
        }
    }
}
