//! Who may depend on whom: the table "Layers" of crates/README.md, enforced over `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
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
        imports: &["cluster-stack"],
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
];

/// Crates that ship nothing and may import anything.
const DEVELOPMENT: &[&str] = &["cso-testing", "xtask"];

/// Normal dependencies by package name.
type Graph = BTreeMap<String, BTreeSet<String>>;

/// Fails when a crate of the workspace imports or reaches what it must not.
pub(crate) fn check() -> Result<()> {
    let (members, graph) = graph()?;
    let violations = violations(&members, &graph);
    ensure!(violations.is_empty(), "{}", violations.join("\n"));
    Ok(())
}

fn violations(members: &BTreeSet<String>, graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for member in members {
        if DEVELOPMENT.contains(&member.as_str()) {
            continue;
        }
        let Some(rule) = RULES.iter().find(|rule| rule.name == member) else {
            found.push(format!("crate {member} has no rule; add one to xtask/src/layers.rs and crates/README.md#layers"));
            continue;
        };
        for import in graph
            .get(member)
            .into_iter()
            .flatten()
            .filter(|import| members.contains(*import))
        {
            if !rule.imports.contains(&import.as_str()) {
                found.push(format!(
                    "crate {member} may not depend on {import}; see crates/README.md#layers"
                ));
            }
        }
        let reached = reachable(member, graph);
        for banned in rule
            .unreachable
            .iter()
            .filter(|banned| reached.contains(**banned))
        {
            found.push(format!(
                "crate {member} must not reach {banned}; see crates/README.md#layers"
            ));
        }
    }
    found
}

fn reachable(from: &str, graph: &Graph) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(name) = open.pop() {
        for next in graph.get(&name).into_iter().flatten() {
            if seen.insert(next.clone()) {
                open.push(next.clone());
            }
        }
    }
    seen
}

/// The workspace members and the normal dependencies of every package, features resolved per workspace.
fn graph() -> Result<(BTreeSet<String>, Graph)> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(files::root())
        .output()
        .context("failed to run cargo metadata")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata: Value =
        serde_json::from_slice(&output.stdout).context("failed to read cargo metadata")?;
    let names: BTreeMap<&str, &str> = array(&metadata, "/packages")
        .filter_map(|package| Some((package["id"].as_str()?, package["name"].as_str()?)))
        .collect();
    let members = array(&metadata, "/workspace_members")
        .filter_map(|id| names.get(id.as_str()?).map(|name| (*name).to_owned()))
        .collect();
    let mut graph = Graph::new();
    for node in array(&metadata, "/resolve/nodes") {
        let Some(name) = node["id"].as_str().and_then(|id| names.get(id)) else {
            continue;
        };
        let imports = graph.entry((*name).to_owned()).or_default();
        for dependency in array(node, "/deps").filter(|dependency| is_normal(dependency)) {
            if let Some(import) = dependency["pkg"].as_str().and_then(|id| names.get(id)) {
                imports.insert((*import).to_owned());
            }
        }
    }
    Ok((members, graph))
}

fn is_normal(dependency: &Value) -> bool {
    array(dependency, "/dep_kinds").any(|kind| kind["kind"].is_null())
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
        let members = set(&["gotemplate", "goyaml"]);
        let graph = Graph::from([
            ("gotemplate".to_owned(), set(&["goyaml", "harmless"])),
            ("harmless".to_owned(), set(&["tokio"])),
        ]);
        let found = violations(&members, &graph).join("\n");
        assert!(
            found.contains("gotemplate may not depend on goyaml"),
            "{found}"
        );
        assert!(found.contains("gotemplate must not reach tokio"), "{found}");
    }

    #[test]
    fn a_crate_without_a_rule_is_named() {
        let found = violations(&set(&["newcomer"]), &Graph::new());
        assert!(found[0].contains("newcomer has no rule"), "{found:?}");
    }
}
