//! What a subscribed stack says of its source.

use cso_api::conditions::{reasons, types};

use super::failed;
use crate::cluster_stack::{Observed, Remote};
use crate::conditions::{Conditions, Stance, Verdict};

pub(super) fn source(observed: &Observed, conditions: &mut Conditions) -> Stance {
    if !observed.stack.spec.auto_subscribe {
        forget(conditions);
        return Stance::Settled;
    }
    match &observed.remote {
        Remote::Tags(_) => {
            conditions.set(
                types::ASSETS_CLIENT_API_AVAILABLE,
                Verdict::True,
                reasons::SUCCEEDED,
                "",
            );
            conditions.set(
                types::RELEASES_SYNCED,
                Verdict::True,
                reasons::SUCCEEDED,
                "",
            );
            Stance::Settled
        }
        Remote::NotListed => {
            let message = "the releases of the source are being listed";
            conditions.set(
                types::ASSETS_CLIENT_API_AVAILABLE,
                Verdict::Unknown,
                reasons::NOT_LISTED_YET,
                message,
            );
            conditions.set(
                types::RELEASES_SYNCED,
                Verdict::Unknown,
                reasons::NOT_LISTED_YET,
                message,
            );
            Stance::Reconciling(message.to_owned())
        }
        Remote::Failed(failure) => {
            let what = "the releases of the source could not be listed, none is deleted meanwhile";
            failed(conditions, types::RELEASES_SYNCED, failure, what);
            failed(
                conditions,
                types::ASSETS_CLIENT_API_AVAILABLE,
                failure,
                what,
            )
        }
    }
}

/// Says nothing of a source that is not asked any more.
pub(super) fn forget(conditions: &mut Conditions) {
    conditions.remove(types::ASSETS_CLIENT_API_AVAILABLE);
    conditions.remove(types::RELEASES_SYNCED);
}
