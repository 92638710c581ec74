//! Decides where work on files is done: on threads made for it, so that a slow disk holds nobody else up.

/// Does the work on a thread that may wait.
///
/// # Panics
/// When the work does.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        // Started work is never cancelled, and a runtime that ends takes whoever waits here along.
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
