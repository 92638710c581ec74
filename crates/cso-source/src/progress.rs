//! Decides how far a pull or push is.

use tokio::sync::watch;

/// How many bytes a source has moved since it was made, of those it has set out to move. Counted by whole files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Transfer {
    /// Bytes of all files that are wanted.
    pub total: u64,
    /// Bytes of those that are through.
    pub done: u64,
}

/// The counting side; clones count together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress(watch::Sender<Transfer>);

impl Progress {
    pub(crate) fn begin(&self, bytes: u64) {
        self.0
            .send_modify(|transfer| transfer.total = transfer.total.saturating_add(bytes));
    }

    pub(crate) fn finish(&self, bytes: usize) {
        self.0
            .send_modify(|transfer| transfer.done = transfer.done.saturating_add(bytes as u64));
    }

    pub(crate) fn follow(&self) -> watch::Receiver<Transfer> {
        self.0.subscribe()
    }
}
