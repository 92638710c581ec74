//! Who may depend on whom: the table "Layers" of crates/README.md, enforced over `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::files;

/// What a crate may import of ours, and what it must not reach by any path.
struct Rule {
    name: &'static str,
    imports: &'static [&'static str],
    unreachable: &'static [&'static str],
}

const PURE: &[&str] = &["tokio", "kube", "kube-client"];
const ENGINE: &[&str] = &["gotemplate", "goyaml", "sprig"];
const DOMAIN: &[&str] = &[
    "gotemplate",
    "goyaml",
    "sprig",
    "helm-engine",
    "cluster-stack",
    "cso-api",
];
const SHELL: &[&str] = &[
    "gotemplate",
    "goyaml",
    "sprig",
    "helm-engine",
    "cluster-stack",
    "cso-api",
    "cso-core",
    "cso-source",
];

const RULES: &[Rule] = &[
    Rule {
        name: "gotemplate",
        imports: &[],
        unreachable: PURE,
    },
    Rule {
        name: "goyaml",
        imports: &["gotemplate"],
        unreachable: PURE,
    },
    Rule {
        name: "sprig",
        imports: &["gotemplate", "goyaml"],
        unreachable: PURE,
    },
    Rule {
        name: "helm-engine",
        imports: ENGINE,
        unreachable: PURE,
    },
    Rule {
        name: "cluster-stack",
        imports: &[],
        unreachable: PURE,
    },
    Rule {
        name: "cso-api",
        imports: &[],
        unreachable: &["tokio", "hyper", "kube-client"],
    },
    Rule {
        name: "cso-core",
        imports: DOMAIN,
        unreachable: &["tokio", "hyper", "kube-client", "oci-client", "reqwest"],
    },
    Rule {
        name: "cso-source",
        imports: &["cluster-stack", "helm-engine"],
        unreachable: &["kube-client", "cso-core"],
    },
    Rule {
        name: "cso-operator",
        imports: SHELL,
        unreachable: &[],
    },
    Rule {
        name: "csctl",
        imports: SHELL,
        unreachable: &["kube-client"],
    },
    Rule {
        name: "linking",
        imports: &[],
        unreachable: PURE,
    },
];

/// Crates that ship nothing and may import anything.
const DEVELOPMENT: &[&str] = &["cso-testing", "xtask"];

/// What a crate of the workspace depends on, build and test dependencies aside.
#[derive(Default)]
struct Dependencies {
    /// Named in its manifest.
    direct: BTreeSet<String>,
    /// Reached by any path, with the features this crate alone asks for.
    reached: BTreeSet<String>,
}

type Workspace = BTreeMap<String, Dependencies>;

/// Fails when a crate of the workspace imports or reaches what it must not.
pub(crate) fn check() -> Result<()> {
    let violations = violations(&workspace()?);
    ensure!(violations.is_empty(), "{}", violations.join("\n"));
    Ok(())
}

fn violations(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for (member, dependencies) in workspace {
        if DEVELOPMENT.contains(&member.as_str()) {
            continue;
        }
        let Some(rule) = RULES.iter().find(|rule| rule.name == member) else {
            found.push(format!("crate {member} has no rule; add one to xtask/src/layers.rs and crates/README.md#layers"));
            continue;
        };
        let ours = dependencies
            .direct
            .iter()
            .filter(|import| workspace.contains_key(*import));
        for import in ours.filter(|import| !rule.imports.contains(&import.as_str())) {
            found.push(format!(
                "crate {member} may not depend on {import}; see crates/README.md#layers"
            ));
        }
        for banned in rule
            .unreachable
            .iter()
            .filter(|banned| dependencies.reached.contains(**banned))
        {
            found.push(format!(
                "crate {member} must not reach {banned}; see crates/README.md#layers"
            ));
        }
    }
    found
}

fn workspace() -> Result<Workspace> {
    let metadata = cargo(&["metadata", "--format-version", "1", "--no-deps", "--locked"])?;
    let metadata: Value =
        serde_json::from_str(&metadata).context("failed to read cargo metadata")?;
    let mut workspace = Workspace::new();
    for package in array(&metadata, "/packages") {
        let Some(name) = package["name"].as_str() else {
            continue;
        };
        let direct = array(package, "/dependencies")
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str().map(str::to_owned))
            .collect();
        workspace.insert(
            name.to_owned(),
            Dependencies {
                direct,
                reached: reached(name)?,
            },
        );
    }
    Ok(workspace)
}

/// One crate at a time: resolved together, the features of one crate would be charged to all.
fn reached(package: &str) -> Result<BTreeSet<String>> {
    let tree = cargo(&[
        "tree",
        "--locked",
        "--package",
        package,
        "--edges",
        "normal",
        "--prefix",
        "none",
    ])?;
    Ok(tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect())
}

fn cargo(arguments: &[&str]) -> Result<String> {
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .current_dir(files::root())
        .output()
        .with_context(|| format!("failed to run cargo {}", arguments.join(" ")))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(
        output.status.success(),
        "cargo {} failed: {errors}",
        arguments.join(" ")
    );
    String::from_utf8(output.stdout).context("cargo printed something that is not UTF-8")
}

fn array<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value
        .pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_workspace_keeps_its_layers() {
        check().unwrap();
    }

    #[test]
    fn a_forbidden_import_and_a_forbidden_transitive_dependency_are_named() {
        let gotemplate = Dependencies {
            direct: set(&["goyaml", "harmless"]),
            reached: set(&["harmless", "tokio"]),
        };
        let workspace = Workspace::from([
            ("gotemplate".to_owned(), gotemplate),
            ("goyaml".to_owned(), Dependencies::default()),
        ]);
        let found = violations(&workspace).join("\n");
        assert!(
            found.contains("gotemplate may not depend on goyaml"),
            "{found}"
        );
        assert!(found.contains("gotemplate must not reach tokio"), "{found}");
    }

    #[test]
    fn a_crate_without_a_rule_is_named() {
        let found = violations(&Workspace::from([(
            "newcomer".to_owned(),
            Dependencies::default(),
        )]));
        assert!(found[0].contains("newcomer has no rule"), "{found:?}");
    }
}
