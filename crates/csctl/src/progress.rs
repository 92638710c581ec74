//! Decides what is shown while bytes move: a bar on a terminal, nothing elsewhere.

use cso_source::Source;
use indicatif::{ProgressBar, ProgressStyle};

/// Shows how far a source is until the work is done. Drawn on standard error, only when that is a terminal.
pub(crate) async fn shown<T>(source: &Source, doing: &str, work: impl Future<Output = T>) -> T {
    let bar = ProgressBar::new(0).with_message(doing.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{msg} {bar:30} {bytes}/{total_bytes}") {
        bar.set_style(style);
    }
    let mut transfers = source.transfers();
    tokio::pin!(work);
    loop {
        tokio::select! {
            result = &mut work => {
                bar.finish_and_clear();
                return result;
            }
            Ok(()) = transfers.changed() => {
                let transfer = *transfers.borrow_and_update();
                bar.set_length(transfer.total);
                bar.set_position(transfer.done);
            }
        }
    }
}
