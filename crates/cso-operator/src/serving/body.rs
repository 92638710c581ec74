//! Decides how much of a request is read, and for how long.

use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};

/// Longest time to send a request; Cluster API and API servers give up after ten seconds.
const DEADLINE: Duration = Duration::from_secs(5);

/// The body of a request of at most `limit` bytes.
///
/// # Errors
/// Why it is refused, as text that does not vary.
pub async fn read(body: Body, limit: usize) -> Result<Bytes, &'static str> {
    match tokio::time::timeout(DEADLINE, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err("the request is too large or was cut off"),
        Err(_) => Err("the request was not sent in time"),
    }
}
