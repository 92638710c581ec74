//! Decides how log lines look and which are written.

use tracing_subscriber::EnvFilter;

use crate::args::LogFormat;
use crate::error::Error;

/// Starts logging to standard output. `level` is a level or a filter; upstream's unknown words mean `info`.
///
/// # Errors
/// Logging was started before.
pub fn start(level: &str, format: LogFormat) -> Result<(), Error> {
    let filter = EnvFilter::try_new(level).unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter);
    let started = match format {
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
        LogFormat::Text => lines.try_init(),
    };
    started.map_err(|source| Error::Telemetry { source })
}
