//! The charts of one render: which subcharts take part, under which names, with which defaults.
//!
//! Helm changes the loaded charts while it decides this. Here the loaded charts stay as they are and a tree of nodes
//! refers to them; what Helm shares between charts by pointer (the declared dependencies of a chart used twice under
//! two aliases) the nodes share by index.

mod conditions;
mod import_values;

use gotemplate::{Map, Str};

use crate::chart::{Chart, Dependency};
use crate::values::{TypeMismatch, Warnings, coalesce_values, copy_map, data_to_map};

/// A chart in the tree.
pub(crate) type NodeId = usize;
/// A declared dependency in the tree.
pub(crate) type DeclaredId = usize;

/// A chart as it takes part in the render.
pub(crate) struct Node<'c> {
    pub(crate) chart: &'c Chart,
    /// Its own name, or the alias.
    pub(crate) name: String,
    pub(crate) parent: Option<NodeId>,
    pub(crate) children: Vec<NodeId>,
    /// The declared dependencies that are enabled.
    pub(crate) declared: Vec<DeclaredId>,
    /// The defaults, if importing from subcharts changed them.
    values: Option<Map>,
}

impl Node<'_> {
    /// A copy of the chart's default values that may be changed.
    pub(crate) fn default_values(&self) -> Map {
        match &self.values {
            Some(values) => copy_map(values),
            None => self
                .chart
                .values
                .as_ref()
                .map(data_to_map)
                .unwrap_or_default(),
        }
    }
}

/// All charts of a render. The root is node 0.
pub(crate) struct Tree<'c> {
    nodes: Vec<Node<'c>>,
    declared: Vec<Dependency>,
}

impl<'c> Tree<'c> {
    /// The tree after Helm's `ProcessDependenciesWithMerge`.
    pub(crate) fn resolve(
        root: &'c Chart,
        user: &Map,
        warnings: &mut Warnings,
    ) -> Result<Self, TypeMismatch> {
        let mut tree = Tree {
            nodes: Vec::new(),
            declared: Vec::new(),
        };
        tree.add(root, None);
        if tree.nodes.len() > 1 || root.metadata.has_dependencies {
            tree.enable(0, user, "", warnings)?;
            tree.import_values(0, warnings)?;
        }
        Ok(tree)
    }

    pub(crate) fn node(&self, id: NodeId) -> &Node<'c> {
        &self.nodes[id]
    }

    pub(crate) fn declared(&self, id: DeclaredId) -> &Dependency {
        &self.declared[id]
    }

    /// The path of the chart in the release: `root/charts/sub`.
    pub(crate) fn full_path(&self, id: NodeId) -> String {
        let node = self.node(id);
        match node.parent {
            None => node.name.clone(),
            Some(parent) => format!("{}/charts/{}", self.full_path(parent), node.name),
        }
    }

    /// The files of `crds/` of a chart and its subcharts, with their paths in the release.
    pub(crate) fn crds(&self, id: NodeId) -> Vec<(String, Str)> {
        let node = self.node(id);
        let is_manifest = |name: &str| {
            let extension = name
                .rsplit_once('.')
                .map_or("", |(_, e)| e)
                .to_ascii_lowercase();
            name.starts_with("crds/") && matches!(extension.as_str(), "yaml" | "yml" | "json")
        };
        let own = node
            .chart
            .files
            .iter()
            .filter(|file| is_manifest(&file.name));
        let mut crds: Vec<(String, Str)> = own
            .map(|file| {
                (
                    format!("{}/{}", self.full_path(id), file.name),
                    file.data.clone(),
                )
            })
            .collect();
        node.children
            .iter()
            .for_each(|&child| crds.extend(self.crds(child)));
        crds
    }

    fn add(&mut self, chart: &'c Chart, parent: Option<NodeId>) -> NodeId {
        let id = self.nodes.len();
        let first = self.declared.len();
        self.declared
            .extend(chart.metadata.dependencies.iter().cloned());
        self.nodes.push(Node {
            chart,
            name: chart.metadata.name.clone(),
            parent,
            children: Vec::new(),
            declared: (first..self.declared.len()).collect(),
            values: None,
        });
        let children = chart
            .dependencies
            .iter()
            .map(|child| self.add(child, Some(id)))
            .collect();
        self.nodes[id].children = children;
        id
    }

    /// Helm's `processDependencyEnabled`.
    fn enable(
        &mut self,
        id: NodeId,
        user: &Map,
        path: &str,
        warnings: &mut Warnings,
    ) -> Result<(), TypeMismatch> {
        if !self.node(id).chart.metadata.has_dependencies {
            return Ok(());
        }
        self.choose_charts(id);
        let declared = self.node(id).declared.clone();
        for &dependency in &declared {
            self.declared[dependency].enabled = true;
        }
        let values = coalesce_values(self, id, user, warnings)?;
        for &dependency in &declared {
            conditions::apply_tags(&mut self.declared[dependency], &values, warnings);
        }
        for &dependency in &declared {
            conditions::apply_condition(&mut self.declared[dependency], &values, path, warnings);
        }
        let is_disabled = |tree: &Self, name: &str| {
            declared
                .iter()
                .any(|&d| !tree.declared[d].enabled && tree.declared[d].name == name)
        };
        let children = self.node(id).children.clone();
        let kept: Vec<NodeId> = children
            .into_iter()
            .filter(|&child| !is_disabled(self, &self.node(child).name))
            .collect();
        let still_declared = declared
            .iter()
            .copied()
            .filter(|&d| !is_disabled(self, &self.declared[d].name))
            .collect();
        for &child in &kept {
            let path = format!("{path}{}.", self.node(child).name);
            self.enable(child, &values, &path, warnings)?;
        }
        self.nodes[id].declared = still_declared;
        self.set_children(id, kept);
        Ok(())
    }

    /// Pairs the declared dependencies with the charts that are there: undeclared charts first, then one chart per
    /// declaration, under its alias. A declaration takes the alias as its name.
    fn choose_charts(&mut self, id: NodeId) {
        let present = self.node(id).children.clone();
        let declared = self.node(id).declared.clone();
        let fits = |tree: &Self, child: NodeId, dependency: DeclaredId| {
            let (child, dependency) = (tree.node(child), &tree.declared[dependency]);
            child.name == dependency.name
                && sprig::version_satisfies(&child.chart.metadata.version, &dependency.version)
        };
        let mut chosen: Vec<NodeId> = present
            .iter()
            .copied()
            .filter(|&child| !declared.iter().any(|&d| fits(self, child, d)))
            .collect();
        for &dependency in &declared {
            if let Some(&child) = present.iter().find(|&&child| fits(self, child, dependency)) {
                let copy = self.copy(child);
                if !self.declared[dependency].alias.is_empty() {
                    self.nodes[copy]
                        .name
                        .clone_from(&self.declared[dependency].alias);
                }
                chosen.push(copy);
            }
            if !self.declared[dependency].alias.is_empty() {
                let declared = &mut self.declared[dependency];
                declared.name.clone_from(&declared.alias);
            }
        }
        self.set_children(id, chosen);
    }

    /// A chart under another name. It shares subcharts and declarations with the original, as Helm's shallow copy.
    fn copy(&mut self, original: NodeId) -> NodeId {
        let node = self.node(original);
        let copy = Node {
            chart: node.chart,
            name: node.name.clone(),
            parent: node.parent,
            children: node.children.clone(),
            declared: node.declared.clone(),
            values: node.values.clone(),
        };
        self.nodes.push(copy);
        self.nodes.len() - 1
    }

    fn set_children(&mut self, id: NodeId, children: Vec<NodeId>) {
        for &child in &children {
            self.nodes[child].parent = Some(id);
        }
        self.nodes[id].children = children;
    }
}
