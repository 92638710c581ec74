//! What templates rendered, as Kubernetes manifests: split into documents, hooks apart, in install order.

mod head;
mod hooks;
mod order;
mod split;

pub use hooks::{Hook, HookEvent};
pub use order::INSTALL_ORDER;
pub use split::split_documents;

use head::Head;
use order::by_kind;

/// One rendered document.
#[derive(Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The template it came from: `chart/templates/deployment.yaml`.
    pub source: String,
    /// `apiVersion`; empty if the document has none.
    pub api_version: String,
    /// `kind`; empty if the document has none.
    pub kind: String,
    /// `metadata.name`; empty if the document has none.
    pub name: String,
    /// The document, without surrounding white space.
    pub content: String,
}

/// Identity only: a manifest may be a Secret.
impl std::fmt::Debug for Manifest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}/{} {:?} from {}",
            self.api_version, self.kind, self.name, self.source
        )
    }
}

/// A document that is no YAML object.
#[derive(Debug, thiserror::Error)]
#[error("YAML parse error on {path}")]
pub struct ManifestError {
    /// The template it came from.
    pub path: String,
    /// What is wrong.
    #[source]
    pub source: goyaml::Error,
    /// What was rendered.
    pub output: Box<FailedOutput>,
}

impl ManifestError {
    /// The line of the document that the parser names, from 1.
    pub fn line(&self) -> Option<usize> {
        let text = self.source.to_string();
        let (_, after) = text.split_once("yaml: line ")?;
        after.split(':').next()?.parse().ok()
    }
}

/// What was rendered when it turned out to be no manifest, for those who want to see it: it may contain secrets, so it is
/// in no text of the error.
#[derive(Default)]
pub struct FailedOutput {
    /// The document at fault.
    pub document: String,
    /// The output of all templates: path and content.
    pub files: Vec<(String, String)>,
}

impl std::fmt::Debug for FailedOutput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} files", self.files.len())
    }
}

/// The documents of all rendered files, sorted as Helm installs them.
#[derive(Default)]
pub(crate) struct Sorted {
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) hooks: Vec<Hook>,
    pub(crate) warnings: Vec<String>,
}

/// Splits and sorts the rendered files, given by path. Within a kind the order of the files stays.
pub(crate) fn sort<'a>(
    files: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
) -> Result<Sorted, ManifestError> {
    let failed = |path: &str, document: &str, source| ManifestError {
        path: path.to_owned(),
        source,
        output: Box::new(FailedOutput {
            document: document.to_owned(),
            files: files
                .clone()
                .map(|(path, content)| (path.to_owned(), content.to_owned()))
                .collect(),
        }),
    };
    let mut sorted = Sorted::default();
    for (path, content) in files.clone() {
        for document in split_documents(content) {
            let mut head = Head::read(document).map_err(|source| failed(path, document, source))?;
            let manifest = Manifest {
                source: path.to_owned(),
                api_version: std::mem::take(&mut head.api_version),
                kind: std::mem::take(&mut head.kind),
                name: std::mem::take(&mut head.name),
                content: document.to_owned(),
            };
            match head.annotation("helm.sh/hook") {
                None => sorted.manifests.push(manifest),
                Some(events) => match HookEvent::parse_list(events) {
                    Some(list) => sorted.hooks.push(Hook::new(manifest, list, &head)),
                    None => sorted.warnings.push(format!(
                        "manifest_sorter.go:199: info: skipping unknown hook: {events:?}"
                    )),
                },
            }
        }
    }
    sorted.manifests.sort_by(|a, b| by_kind(&a.kind, &b.kind));
    sorted
        .hooks
        .sort_by(|a, b| by_kind(&a.manifest.kind, &b.manifest.kind));
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(files: &[(&str, &str)]) -> Sorted {
        sort(&files.iter().copied()).unwrap()
    }

    #[test]
    fn namespaces_come_first_and_unknown_kinds_last_by_name() {
        let text = "kind: Zebra\n---\nkind: Deployment\n---\nkind: Ant\n---\nkind: Namespace\n";
        let kinds: Vec<String> = sorted(&[("c/t.yaml", text)])
            .manifests
            .into_iter()
            .map(|m| m.kind)
            .collect();
        assert_eq!(kinds, ["Namespace", "Deployment", "Ant", "Zebra"]);
    }

    #[test]
    fn a_hook_keeps_its_weight_and_policies_and_an_unknown_one_disappears_with_a_remark() {
        let hook = "kind: Job\nmetadata:\n  name: j\n  annotations:\n    helm.sh/hook: pre-install, post-upgrade\n    helm.sh/hook-weight: -3\n    helm.sh/hook-delete-policy: hook-succeeded\n";
        let unknown = "kind: Job\nmetadata:\n  annotations:\n    helm.sh/hook: no-such-hook\n";
        let sorted = sorted(&[("c/a.yaml", hook), ("c/b.yaml", unknown)]);
        assert_eq!(sorted.hooks.len(), 1);
        assert_eq!(
            sorted.hooks[0].events,
            [HookEvent::PreInstall, HookEvent::PostUpgrade]
        );
        assert_eq!(sorted.hooks[0].weight, -3);
        assert_eq!(sorted.hooks[0].delete_policies, ["hook-succeeded"]);
        assert_eq!(sorted.warnings.len(), 1);
        assert!(sorted.manifests.is_empty());
    }
}
