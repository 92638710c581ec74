//! Executes the templates of a chart and its subcharts, as Helm's engine: the order, what each template is given, and the
//! texts of errors.

mod files;
mod funcs;
mod glob;
mod methods;
mod structs;

pub(crate) use funcs::{WARN_END, WARN_START};

use std::collections::BTreeMap;
use std::sync::LazyLock;

use gotemplate::{Execution, Limits, Map, MissingKey, Str, TemplateSet, Value};
use sprig::{Ambient, Record};

use crate::capabilities::Capabilities;
use crate::chart::Chart;
use crate::dependencies::{NodeId, Tree};
use crate::error::TemplateError;
use crate::values::table;

/// What the templates of all charts of a release are given in common.
pub(crate) struct Shared<'a> {
    pub(crate) release: Map,
    pub(crate) capabilities: &'a Capabilities,
    pub(crate) ambient: Ambient,
    pub(crate) limits: Limits,
}

/// The output of each template file by its path in the release.
pub(crate) struct Output {
    pub(crate) files: BTreeMap<String, Str>,
    /// What the templates took from the clock and from randomness.
    pub(crate) record: Record,
}

/// A set without templates, with the functions of all charts.
static EMPTY: LazyLock<TemplateSet> =
    LazyLock::new(|| TemplateSet::new("gotpl", funcs::functions()));

struct Job<'c> {
    chart: &'c Chart,
    text: &'c Str,
    data: Map,
    base_path: Str,
}

/// Renders every template file of the tree.
pub(crate) fn render(
    tree: &Tree<'_>,
    values: &Map,
    shared: Shared<'_>,
) -> Result<Output, TemplateError> {
    let mut jobs = BTreeMap::new();
    let given = Map::typed("chartutil.Values");
    given.insert("Release", shared.release);
    given.insert("Capabilities", structs::capabilities(shared.capabilities));
    given.insert("Values", values.convert("chartutil.Values"));
    collect(tree, 0, &given, &mut jobs);

    let mut order: Vec<&String> = jobs.keys().collect();
    order.sort_by_cached_key(|path| {
        let depth = path.bytes().filter(|b| *b == b'/').count();
        std::cmp::Reverse((depth, *path))
    });
    let mut set = EMPTY.clone();
    for path in &order {
        let Job { chart, text, .. } = &jobs[*path];
        let parsed = chart
            .compiled
            .template(path, text, || EMPTY.read(path, (*text).clone()))
            .map_err(|error| TemplateError::parse(path, error))?;
        set.add(&parsed);
    }
    let mut execution = Execution::new(&set)
        .missing_key(MissingKey::Zero)
        .limits(shared.limits)
        .with_state(funcs::Included::default())
        .with_state(shared.ambient);
    let mut files = BTreeMap::new();
    for path in order {
        if path
            .rsplit('/')
            .next()
            .is_some_and(|name| name.starts_with('_'))
        {
            continue;
        }
        let job = &jobs[path];
        let template = Map::typed("chartutil.Values");
        template.insert("Name", path.as_str());
        template.insert("BasePath", job.base_path.clone());
        job.data.insert("Template", template);
        let output = execution
            .execute_to_str(path, &Value::Map(job.data.clone()))
            .map_err(|error| TemplateError::execution(error, &set))?;
        files.insert(path.clone(), funcs::without_no_value(&output));
    }
    let record = execution
        .state::<Ambient>()
        .map(|ambient| ambient.record().clone())
        .unwrap_or_default();
    Ok(Output { files, record })
}

/// Gathers the templates of a chart and its subcharts; returns what the chart's templates are given.
fn collect<'c>(
    tree: &Tree<'c>,
    id: NodeId,
    above: &Map,
    jobs: &mut BTreeMap<String, Job<'c>>,
) -> Map {
    let node = tree.node(id);
    let data = Map::typed("chartutil.Values");
    let values = if node.parent.is_none() {
        above.get(b"Values").unwrap_or_default()
    } else {
        let own = table(above, &format!("Values.{}", node.name)).unwrap_or_default();
        Value::Map(own.convert("chartutil.Values"))
    };
    let subcharts = Map::new();
    data.insert("Chart", structs::chart(tree, id));
    data.insert("Files", files::Files::of(&node.chart.files));
    data.insert("Release", above.get(b"Release").unwrap_or_default());
    data.insert(
        "Capabilities",
        above.get(b"Capabilities").unwrap_or_default(),
    );
    data.insert("Values", values);
    data.insert("Subcharts", subcharts.clone());
    for &child in &node.children {
        let given = collect(tree, child, &data, jobs);
        subcharts.insert(
            tree.node(child).name.as_str(),
            given.convert("map[string]interface {}"),
        );
    }
    let path = tree.full_path(id);
    let base_path = Str::from(format!("{path}/templates"));
    let is_library = node.chart.metadata.kind.eq_ignore_ascii_case("library");
    for file in &node.chart.templates {
        let base = file.name.rsplit('/').next().unwrap_or(&file.name);
        if !is_library || base.starts_with('_') {
            let job = Job {
                chart: node.chart,
                text: &file.data,
                data: data.clone(),
                base_path: base_path.clone(),
            };
            jobs.insert([&path, "/", &file.name].concat(), job);
        }
    }
    data
}

/// The release as `.Release` shows it.
pub(crate) fn release_map(release: &crate::Release) -> Map {
    let map = Map::new();
    map.insert("Name", release.name.as_str());
    map.insert("Namespace", release.namespace.as_str());
    map.insert("IsUpgrade", release.is_upgrade);
    map.insert("IsInstall", !release.is_upgrade);
    map.insert("Revision", release.revision);
    map.insert("Service", "Helm");
    map
}
