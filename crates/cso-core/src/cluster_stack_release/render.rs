//! From rendered documents to the objects of a release, with our labels.

use cluster_stack::ReleaseTag;

use super::Observed;
use crate::failure::{Cause, Failure};
use crate::manifests::{Manifest, parse};

/// Helm release name of the cluster-class chart: the first four words of the tag, for example `docker-scs-1-30`.
/// Rendered into the release's namespace, without values.
pub fn helm_release_name(tag: &ReleaseTag) -> String {
    tag.stack()
}

/// The objects the release is to have; `None` while nothing is rendered.
pub(crate) fn desired(observed: &Observed) -> Option<Result<Vec<Manifest>, Failure>> {
    let documents = match observed.rendered.as_ref()? {
        Ok(documents) => documents,
        Err(failure) => return Some(Err(failure.clone())),
    };
    let owner = observed.owner();
    let parsed = parse(documents, observed.namespace(), &observed.kinds)
        .map(|manifests| {
            manifests
                .into_iter()
                .map(|manifest| owner.mark(manifest))
                .collect()
        })
        .map_err(|error| Failure::new(Cause::Template, error.to_string()));
    Some(parsed)
}
