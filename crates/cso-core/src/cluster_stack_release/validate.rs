//! Admission of `ClusterStackRelease`: may it be deleted?

use cso_api::ClusterStackRelease;

use crate::cluster::{ClassUse, listed, users_of};

/// Whether a release may be deleted.
///
/// # Errors
/// The denial: names the Clusters that use it.
pub fn may_delete(release: &ClusterStackRelease, class_uses: &[ClassUse]) -> Result<(), String> {
    let users = users_of(class_uses, release);
    if users.is_empty() {
        return Ok(());
    }
    let name = release.metadata.name.as_deref().unwrap_or_default();
    Err(format!(
        "ClusterStackRelease {name} is used by {}: move these Clusters to another class or delete them first",
        listed(&users)
    ))
}
