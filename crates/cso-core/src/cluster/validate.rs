//! Admission of a Cluster: may it use that class, in that Kubernetes version?
//!
//! Only what changes is judged, and only for classes that belong to a release: Clusters without a topology, with classes of
//! their own, being deleted or changed elsewhere are nobody's business here.

use cluster_stack::{KubernetesPatchVersion, KubernetesVersion, ReleaseTag};
use cso_api::ClusterStackRelease;
use cso_api::capi::{ClassReference, ClusterView};
use kube::core::DynamicObject;

use super::{is_class_of, tag_of};
use crate::admission::{Problem, Ruling};
use crate::failure::Failure;

const CLASS: &str = "spec.topology.class";
const VERSION: &str = "spec.topology.version";

/// What is asked about a Cluster that is created or changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The class it will use.
    pub class: ClassReference,
    /// Its Kubernetes version.
    pub version: String,
    /// The class it used so far, if that is another.
    pub before: Option<ClassReference>,
}

/// What a question is answered by.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The releases of the namespaces of both classes.
    pub releases: Vec<ClusterStackRelease>,
    /// `spec.kubernetesVersions` of the new class: what Cluster API may go through on the way to the last of them. Empty if
    /// the class has none.
    pub chain: Vec<String>,
}

impl Question {
    /// The question a write raises; `None` = there is nothing to judge.
    pub fn of(old: Option<&DynamicObject>, new: &DynamicObject) -> Option<Self> {
        let topology = |cluster| {
            let view = ClusterView(cluster);
            let version = view.topology_version().unwrap_or_default();
            view.class().map(|class| (class, version.to_owned()))
        };
        let before = old.and_then(topology);
        let (class, version) = topology(new)?;
        let is_same = before.as_ref() == Some(&(class.clone(), version.clone()));
        if is_same || ClusterView(new).is_deleting() {
            return None;
        }
        let before = before.map(|(before, _)| before);
        Some(Self {
            before: before.filter(|before| *before != class),
            class,
            version,
        })
    }

    /// The namespaces whose releases matter.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        let before = self.before.iter().map(|class| class.namespace.as_str());
        std::iter::once(self.class.namespace.as_str())
            .chain(before.filter(|namespace| *namespace != self.class.namespace))
    }
}

/// The ruling, by the facts as far as they could be read.
pub fn may_use(question: &Question, facts: &Result<Facts, Failure>) -> Ruling {
    let class = &question.class.name;
    let Facts { releases, chain } = match facts {
        Ok(facts) => facts,
        Err(failure) => {
            return Ruling::warned(format!(
                "class {class} and its Kubernetes version could not be checked: {}",
                failure.message
            ));
        }
    };
    let release_of =
        |class: &ClassReference| releases.iter().find(|release| is_class_of(class, release));
    let Some(release) = release_of(&question.class) else {
        return unknown(&question.class);
    };
    let before = question.before.as_ref().and_then(release_of);
    let tags = before.and_then(tag_of).zip(tag_of(release));
    let mut problems: Vec<Problem> = tags
        .and_then(|(from, to)| step(&from, &to, class, chain))
        .into_iter()
        .collect();
    let status = release.status.as_ref();
    let expected = status.and_then(|status| status.kubernetes_version.as_deref());
    let Some(expected) = expected.filter(|version| !version.is_empty()) else {
        let warning = format!(
            "the Kubernetes version could not be checked: ClusterStackRelease {} is not pulled yet",
            release.metadata.name.as_deref().unwrap_or_default()
        );
        return if problems.is_empty() {
            Ruling::warned(warning)
        } else {
            Ruling::Invalid(problems)
        };
    };
    if !is_same(expected, &question.version) {
        let remedy = format!("class {class} is for Kubernetes {expected}: write that version");
        problems.push(Problem::new(VERSION, remedy));
    }
    Ruling::of(problems)
}

/// A class of no release is somebody else's, unless it is named like a release.
fn unknown(class: &ClassReference) -> Ruling {
    if class.name.parse::<ReleaseTag>().is_err() {
        return Ruling::FINE;
    }
    Ruling::warned(format!(
        "class {} could not be checked: namespace {} has no ClusterStackRelease of that name",
        class.name, class.namespace
    ))
}

/// Whether a Cluster may go from one release to another: within its stack, and to the same or the next Kubernetes minor
/// version, or further if Cluster API knows the versions in between.
fn step(from: &ReleaseTag, to: &ReleaseTag, class: &str, chain: &[String]) -> Option<Problem> {
    if (&from.provider, &from.name) != (&to.provider, &to.name) {
        return Some(Problem::new(
            CLASS,
            format!(
                "the Cluster is of stack {}-{} and class {class} is not: make another Cluster for that",
                from.provider, from.name
            ),
        ));
    }
    let (old, new) = (from.kubernetes, to.kubernetes);
    if old.major != new.major || new.minor < old.minor {
        return Some(Problem::new(
            CLASS,
            format!("Kubernetes cannot go from {old} to {new}, which class {class} is for"),
        ));
    }
    let missing = (old.minor + 1..new.minor)
        .map(|minor| KubernetesVersion { minor, ..old })
        .find(|between| !leads_through(chain, *between))?;
    Some(Problem::new(
        CLASS,
        format!(
            "class {class} is for Kubernetes {new}, and the Cluster runs {old}: upgrade it to {missing} first"
        ),
    ))
}

fn leads_through(chain: &[String], minor: KubernetesVersion) -> bool {
    chain
        .iter()
        .filter_map(|version| version.parse::<KubernetesPatchVersion>().ok())
        .any(|version| version.minor() == minor)
}

/// Cluster API takes versions with and without the `v`.
fn is_same(left: &str, right: &str) -> bool {
    left.trim_start_matches('v') == right.trim_start_matches('v')
}

#[cfg(test)]
mod tests;
