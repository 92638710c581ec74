//! What became of listing the objects of a kind.

use cso_core::failure::{Cause, Failure};
use cso_core::manifests::Kind;
use kube::runtime::watcher::Error;

use super::Whose;

/// How far the watch of a kind got.
#[derive(Clone)]
pub(super) enum Listing {
    NotYet,
    Refused(Failure),
    Done,
}

/// What is wrong if the kind may not be listed, and what to do; `None` = it is something else, which may pass.
pub(super) fn refused(whose: &Whose, kind: &Kind, error: &Error) -> Option<Failure> {
    let (Error::InitialListFailed(kube::Error::Api(status))
    | Error::WatchStartFailed(kube::Error::Api(status))) = error
    else {
        return None;
    };
    let remedy = match whose {
        Whose::Labelled => {
            "the operator's role must allow it: controllerManager.rbac.additionalRules of its chart"
        }
        Whose::Of(_) => "the user of the Cluster's kubeconfig must be allowed to",
    };
    let (kind, problem) = (&kind.kind, &status.message);
    let message = format!("objects of kind {kind} cannot be listed: {problem}; {remedy}");
    (status.code == 403).then(|| Failure::new(Cause::Forbidden, message))
}
