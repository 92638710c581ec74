//! What a stack says of its provider: the template it names and the objects made from it.

use cso_api::conditions::{reasons, types};

use super::failed;
use crate::cluster_stack::Observed;
use crate::cluster_stack::provider::{provider_name, reference};
use crate::conditions::{Conditions, Stance, Verdict};
use crate::effect::{Effect, Executed};
use crate::fetched::Fetched;

pub(super) fn provider(
    observed: &Observed,
    executed: &Executed,
    conditions: &mut Conditions,
) -> Stance {
    let type_ = types::PROVIDER_RELEASES_SYNCED;
    if observed.stack.spec.no_provider {
        conditions.remove(type_);
        return Stance::Settled;
    }
    let name = provider_name(observed.stack.spec.provider_ref.as_ref());
    let template = match &observed.provider_template {
        Fetched::Failed(failure) => {
            return failed(
                conditions,
                type_,
                failure,
                &format!("{name} could not be read"),
            );
        }
        Fetched::Missing => Err(format!(
            "{name} does not exist: create it in namespace {} or correct spec.providerRef",
            observed.namespace()
        )),
        Fetched::Found(template) if template.pointer("/spec/template").is_none() => {
            Err(format!("{name} has no spec.template"))
        }
        Fetched::Found(_) if reference(&observed.stack, "x").is_none() => Err(format!(
            "{name}: the kind of spec.providerRef must end in Template"
        )),
        Fetched::Found(_) => Ok(()),
    };
    if let Err(message) = template {
        conditions.set(
            type_,
            Verdict::False,
            reasons::PROVIDER_TEMPLATE_NOT_FOUND,
            message.clone(),
        );
        return Stance::Stalled(reasons::PROVIDER_TEMPLATE_NOT_FOUND.to_owned(), message);
    }
    let write = executed
        .failures()
        .find(|(effect, _)| matches!(effect, Effect::ApplyProviderObject(_)));
    if let Some((Effect::ApplyProviderObject(manifest), failure)) = write {
        return failed(
            conditions,
            type_,
            failure,
            &format!("{} could not be written", manifest.id()),
        );
    }
    let unread = observed
        .provider_objects
        .values()
        .find_map(Fetched::failure);
    if let Some(failure) = unread {
        return failed(
            conditions,
            type_,
            failure,
            "a provider object could not be read",
        );
    }
    conditions.set(type_, Verdict::True, reasons::SUCCEEDED, "");
    Stance::Settled
}
