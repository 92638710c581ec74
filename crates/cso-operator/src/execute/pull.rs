//! Pulls a release and renders it, so that the next pass finds its objects at hand.

use cluster_stack::{Pin, ReleaseTag};
use cso_core::cluster_stack_release::documents;
use cso_core::failure::Failure;
use jiff::Timestamp;

use super::internal;
use crate::context::Context;
use crate::memory::Content;

/// The clock of class charts: fixed, so that rendering a release again, anywhere, gives the same objects.
const CLOCK: Timestamp = Timestamp::UNIX_EPOCH;

pub(super) async fn pull(
    context: &Context,
    namespace: &str,
    tag: &ReleaseTag,
    source: Option<&cso_api::Source>,
    pinned: Option<&Pin>,
) -> Result<(), Failure> {
    let bundle = context
        .sources
        .bundle(namespace, tag, source, pinned)
        .await?;
    let began = tokio::time::Instant::now();
    let into = namespace.to_owned();
    let content = tokio::task::spawn_blocking(move || {
        let documents = documents(&bundle, &into, CLOCK);
        Content::new(&bundle, documents)
    })
    .await
    .map_err(|_| internal(format!("rendering {tag} ended unexpectedly")))?;
    context.metrics.step("render", began.elapsed());
    context
        .memory
        .pulled((namespace.to_owned(), tag.dash()), content);
    Ok(())
}
