//! Decides the versions of the next stable release from the latest one: what changed gets the next number.

use anyhow::{Result, bail};
use cluster_stack::{KubernetesPatchVersion, Metadata, ReleaseTag, Version};

use crate::hash::Hashes;

/// The latest stable release.
#[derive(Debug)]
pub(crate) struct Latest {
    pub(crate) tag: ReleaseTag,
    pub(crate) metadata: Metadata,
    /// Absent where the release has no `hashes.json`: then everything counts as changed.
    pub(crate) hashes: Option<Hashes>,
}

/// The newest stable release of the same stack for the same Kubernetes minor version.
pub(crate) fn latest<'a>(
    releases: impl IntoIterator<Item = &'a ReleaseTag>,
    stack: &ReleaseTag,
) -> Option<&'a ReleaseTag> {
    releases
        .into_iter()
        .filter(|tag| tag.is_same_stack(stack) && tag.version.channel().is_stable())
        .max_by_key(|tag| tag.version.number())
}

/// The versions of the next release: `v1` for a first one; after that the stack's number grows always, those of
/// add-ons and node images only when their sources changed.
///
/// # Errors
/// When nothing changed. Upstream also refuses a release in which only the cluster class changed; that is a change.
pub(crate) fn next(
    latest: Option<&Latest>,
    hashes: &Hashes,
    kubernetes: KubernetesPatchVersion,
) -> Result<Metadata> {
    let first = Version::stable(1);
    let Some(latest) = latest else {
        return Ok(Metadata {
            cluster_stack: first.clone(),
            kubernetes,
            cluster_addon: first.clone(),
            node_image: Some(first),
        });
    };
    let before = latest.hashes.as_ref();
    if before.is_some_and(|before| before.cluster_stack == hashes.cluster_stack) {
        bail!(
            "nothing changed since {}: there is nothing to release",
            latest.tag
        );
    }
    let same = |equal: fn(&Hashes, &Hashes) -> bool| before.is_some_and(|old| equal(old, hashes));
    let addon = same(|a, b| {
        a.cluster_addon_dir == b.cluster_addon_dir
            && a.cluster_addon_values == b.cluster_addon_values
    });
    let image = same(|a, b| a.node_image_dir == b.node_image_dir);
    let step = |version: &Version, unchanged: bool| {
        if unchanged {
            version.clone()
        } else {
            Version::stable(version.number().saturating_add(1))
        }
    };
    let node_image = latest.metadata.node_image.as_ref();
    Ok(Metadata {
        cluster_stack: step(&latest.tag.version, false),
        kubernetes,
        cluster_addon: step(&latest.metadata.cluster_addon, addon),
        node_image: Some(node_image.map_or(first, |version| step(version, image))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hashes(stack: &str, addon: &str, image: Option<&str>) -> Hashes {
        Hashes {
            cluster_stack: stack.to_owned(),
            cluster_addon_dir: Some(addon.to_owned()),
            cluster_addon_values: None,
            node_image_dir: image.map(str::to_owned),
        }
    }

    fn published(hashes: Option<Hashes>) -> Latest {
        let metadata = "versions: {clusterStack: v9, kubernetes: v1.30.1, components: {clusterAddon: v4, nodeImage: v2}}";
        Latest {
            tag: "docker-scs-1-30-v9".parse().unwrap(),
            metadata: Metadata::parse(metadata.as_bytes()).unwrap(),
            hashes,
        }
    }

    #[test]
    fn what_changed_gets_the_next_number() {
        let before = || Some(hashes("s", "a", None));
        for (latest, now, expected) in [
            (None, hashes("s", "a", None), Some("v1 v1 v1")),
            (
                Some(published(before())),
                hashes("t", "a", None),
                Some("v10 v4 v2"),
            ),
            (
                Some(published(before())),
                hashes("t", "b", None),
                Some("v10 v5 v2"),
            ),
            (
                Some(published(before())),
                hashes("t", "b", Some("i")),
                Some("v10 v5 v3"),
            ),
            (
                Some(published(None)),
                hashes("s", "a", None),
                Some("v10 v5 v3"),
            ),
            (Some(published(before())), hashes("s", "a", None), None),
        ] {
            let next = next(latest.as_ref(), &now, "v1.30.2".parse().unwrap());
            let versions = next.ok().map(|m| {
                let image = m
                    .node_image
                    .map(|version| version.dot())
                    .unwrap_or_default();
                format!("{} {} {image}", m.cluster_stack, m.cluster_addon)
            });
            assert_eq!(versions.as_deref(), expected, "{latest:?} {now:?}");
        }
    }

    #[test]
    fn the_latest_is_the_highest_number_of_the_same_stack() {
        let tags = [
            "docker-scs-1-30-v9",
            "docker-scs-1-30-v10",
            "docker-scs-1-30-v11-beta-1",
            "docker-scs-1-31-v12",
            "openstack-scs-1-30-v13",
        ]
        .map(|tag| tag.parse::<ReleaseTag>().unwrap());
        let stack = "docker-scs-1-30-v1".parse().unwrap();
        assert_eq!(latest(&tags, &stack), Some(&tags[1]));
        assert_eq!(latest(&tags[3..], &stack), None);
    }
}
