//! Looks now and then whether the tags of pulled releases still name what was pulled; a moved tag is told, not followed.

use cluster_stack::ReleaseTag;
use cso_core::retry::POLL;

use super::pass::key_of;
use crate::context::Context;

/// Looks once per polling interval until the operator stops.
pub(crate) async fn watch(context: &Context) {
    loop {
        tokio::time::sleep(POLL).await;
        for release in context.stores.releases.state() {
            let key = key_of(release.as_ref());
            let pulled = release
                .status
                .as_ref()
                .is_some_and(|status| status.digest.is_some());
            let Ok(tag) = key.1.parse::<ReleaseTag>() else {
                continue;
            };
            if !pulled || release.metadata.deletion_timestamp.is_some() {
                continue;
            }
            let found = match context
                .sources
                .find(&key.0, release.spec.source.as_ref())
                .await
            {
                Ok(source) => source
                    .resolve(&tag)
                    .await
                    .map_err(|error| error.to_string()),
                Err(failure) => Err(failure.message),
            };
            match found {
                Ok(digest) => {
                    if context.memory.saw_remote(&key, digest) {
                        context.management.tracker.due(key);
                    }
                }
                // Nothing depends on it: the release stays as it is, the next look comes.
                Err(error) => tracing::debug!(release = key.1, error, "failed to look at a tag"),
            }
        }
    }
}
