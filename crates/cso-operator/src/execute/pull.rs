//! Pulls a release and renders it, so that the next pass finds its objects at hand.

use cluster_stack::{Pin, ReleaseTag};
use cso_core::cluster_stack_release::documents;
use cso_core::failure::Failure;
use jiff::Timestamp;

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
    let into = namespace.to_owned();
    let rendering = format!("rendering {tag}");
    let rendering = context.processors.run(&rendering, move || {
        let documents = documents(&bundle, &into, CLOCK);
        Content::new(&bundle, documents)
    });
    let (content, took) = rendering.await?;
    context.metrics.step("render", took);
    context
        .memory
        .pulled((namespace.to_owned(), tag.dash()), content);
    Ok(())
}
