//! From rendered documents to the objects of a release, with our labels.

use cluster_stack::ReleaseTag;
use serde_json::Value;

use crate::failure::{Cause, Failure};
use crate::manifests::{Kinds, Manifest, Owner, parse};

/// Helm release name of the cluster-class chart: the first four words of the tag, for example `docker-scs-1-30`.
/// Rendered into the release's namespace, without values.
pub fn helm_release_name(tag: &ReleaseTag) -> String {
    tag.stack()
}

/// The objects of a release in `namespace`, from the documents of its rendered chart. A pure function of its
/// arguments: callers remember the result by release digest, name, namespace and kinds.
///
/// # Errors
/// When a document is not a complete object, or two are the same ([`Cause::Template`]).
pub fn objects(
    documents: &[Value],
    tag: &ReleaseTag,
    namespace: &str,
    kinds: &Kinds,
) -> Result<Vec<Manifest>, Failure> {
    let owner = Owner::of(tag, namespace);
    parse(documents, namespace, kinds)
        .map(|manifests| {
            manifests
                .into_iter()
                .map(|manifest| owner.mark(manifest))
                .collect()
        })
        .map_err(|error| Failure::new(Cause::Template, error.to_string()))
}
