//! How much aliases may blow a document up: go-yaml's rule against "billion laughs".

/// Counts decoded nodes, and those among them that only aliases brought.
#[derive(Debug, Default)]
pub(super) struct Budget {
    decoded: u64,
    aliased: u64,
    depth: u64,
}

const LOW: u64 = 400_000;
const HIGH: u64 = 4_000_000;

impl Budget {
    /// Counts one node; `false` = too many of the nodes come from aliases.
    #[inline]
    pub(super) fn count(&mut self) -> bool {
        self.decoded += 1;
        if self.depth > 0 {
            self.aliased += 1;
        }
        self.aliased <= 100
            || self.decoded <= 1000
            || self.aliased as f64 / self.decoded as f64 <= allowed_ratio(self.decoded)
    }

    pub(super) fn enter_alias(&mut self) {
        self.depth += 1;
    }

    pub(super) fn leave_alias(&mut self) {
        self.depth -= 1;
    }
}

/// Small documents may consist of aliases almost entirely, big ones to a tenth.
fn allowed_ratio(decoded: u64) -> f64 {
    match decoded {
        ..=LOW => 0.99,
        HIGH.. => 0.10,
        _ => 0.99 - 0.89 * ((decoded - LOW) as f64 / (HIGH - LOW) as f64),
    }
}
