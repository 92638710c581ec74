//! The steps of a render, in Helm's order: name, dependencies, values, schema, Kubernetes version, templates, manifests.

use std::collections::BTreeMap;

use gotemplate::{Data, Limits, Str};
use sprig::{Ambient, Record};

use crate::capabilities::Capabilities;
use crate::chart::Chart;
use crate::dependencies::Tree;
use crate::engine::{self, Shared};
use crate::error::RenderError;
use crate::manifest::{self, Hook, Manifest};
use crate::values::{coalesce_into, data_to_map, validate_schema};

/// The release a chart is rendered for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// `.Release.Name`.
    pub name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `.Release.Revision`, from 1.
    pub revision: i64,
    /// `.Release.IsUpgrade`; `.Release.IsInstall` is the opposite.
    pub is_upgrade: bool,
}

/// All that a render depends on beside the chart.
pub struct RenderInput {
    /// The release.
    pub release: Release,
    /// The user's values, over the chart's defaults.
    pub values: BTreeMap<Str, Data>,
    /// What the chart is told about the cluster.
    pub capabilities: Capabilities,
    /// The clock and randomness of the functions that need them.
    pub ambient: Ambient,
    /// What the templates may use up.
    pub limits: Limits,
}

/// What came of a render.
pub struct Rendered {
    /// The manifests in install order.
    pub manifests: Vec<Manifest>,
    /// The hooks in install order of their kinds.
    pub hooks: Vec<Hook>,
    /// The files of `crds/` as found: `(path in the release, content)`. Helm does not render them.
    pub crds: Vec<(String, Str)>,
    /// The chart's `NOTES.txt`.
    pub notes: String,
    /// What Helm would have remarked on standard error.
    pub warnings: Vec<String>,
    /// What was taken from the clock and from randomness: replayed, the next render gives the same bytes.
    pub record: Record,
}

/// Renders a chart as `helm template` does.
///
/// # Errors
/// Whatever Helm refuses, with Helm's text, and templates that exceed the limits.
pub fn render(chart: &Chart, input: RenderInput) -> Result<Rendered, RenderError> {
    let mut warnings = chart.all_warnings();
    check_chart(chart)?;
    check_release_name(&input.release.name)?;
    let values = data_to_map(&input.values);
    let tree = Tree::resolve(chart, &values, &mut warnings).map_err(RenderError::Values)?;
    coalesce_into(&tree, 0, &values, &mut warnings).map_err(RenderError::Values)?;
    validate_schema(&tree, &values).map_err(RenderError::Schema)?;
    check_kube_version(chart, &input.capabilities)?;
    let shared = Shared {
        release: engine::release_map(&input.release),
        capabilities: &input.capabilities,
        ambient: input.ambient,
        limits: input.limits,
    };
    let output = engine::render(&tree, &values, shared).map_err(RenderError::Template)?;
    let notes_path = format!("{}/templates/NOTES.txt", chart.name());
    let notes = output
        .files
        .get(&notes_path)
        .map_or_else(String::new, Str::to_string);
    let texts: Vec<(&str, std::borrow::Cow<'_, str>)> = output
        .files
        .iter()
        .filter(|(path, _)| !path.ends_with("NOTES.txt"))
        .map(|(path, text)| (path.as_str(), text.to_str_lossy()))
        .collect();
    let sorted = manifest::sort(&texts.iter().map(|(path, text)| (*path, text.as_ref())))
        .map_err(RenderError::Manifest)?;
    warnings.extend(sorted.warnings);
    let crds = tree.crds(0);
    Ok(Rendered {
        manifests: sorted.manifests,
        hooks: sorted.hooks,
        crds,
        notes,
        warnings,
        record: output.record,
    })
}

fn check_chart(chart: &Chart) -> Result<(), RenderError> {
    if !matches!(chart.metadata.kind.as_str(), "" | "application") {
        return Err(RenderError::NotInstallable(chart.metadata.kind.clone()));
    }
    let missing = chart.missing_dependencies();
    if missing.is_empty() {
        return Ok(());
    }
    Err(RenderError::MissingDependencies(
        missing.into_iter().map(str::to_owned).collect(),
    ))
}

fn check_release_name(name: &str) -> Result<(), RenderError> {
    let alphanumeric = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    let label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = [bytes.first(), bytes.last()]
            .into_iter()
            .all(|b| b.is_some_and(|b| alphanumeric(*b)));
        ends && bytes.iter().all(|b| alphanumeric(*b) || *b == b'-')
    };
    let problem = if name.is_empty() {
        "no name provided"
    } else if name.len() > 53 || !name.split('.').all(label) {
        "invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53"
    } else {
        return Ok(());
    };
    Err(RenderError::ReleaseName {
        name: name.to_owned(),
        problem,
    })
}

fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<(), RenderError> {
    let constraint = &chart.metadata.kube_version;
    let version = &capabilities.kube_version.version;
    if constraint.is_empty() || sprig::version_satisfies(version, constraint) {
        return Ok(());
    }
    Err(RenderError::KubeVersion {
        constraint: constraint.clone(),
        version: version.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::ChartFile;

    fn rendered(template: &str) -> Result<Rendered, RenderError> {
        let files = vec![
            ChartFile::new(
                "Chart.yaml",
                b"apiVersion: v2\nname: demo\nversion: 1.0.0\n",
            ),
            ChartFile::new("values.yaml", b"a: 1\nb: {c: x}\n"),
            ChartFile::new(
                "templates/_h.tpl",
                b"{{ define \"n\" }}{{ .Release.Name }}-{{ .Chart.Name }}{{ end }}",
            ),
            ChartFile::new("templates/t.yaml", template.as_bytes()),
        ];
        let chart = Chart::from_files(files).unwrap();
        let input = RenderInput {
            release: Release {
                name: "r".into(),
                namespace: "ns".into(),
                revision: 1,
                is_upgrade: false,
            },
            values: BTreeMap::new(),
            capabilities: Capabilities::default(),
            ambient: Ambient::seeded(sprig::jiff::Timestamp::UNIX_EPOCH, [0; 32]),
            limits: Limits::default(),
        };
        render(&chart, input)
    }

    #[test]
    fn a_template_sees_release_chart_values_and_capabilities() {
        let template = "kind: ConfigMap\nmetadata:\n  name: {{ include \"n\" . }}\ndata:\n  v: {{ toYaml .Values.b | nindent 4 }}\n  k: {{ .Capabilities.KubeVersion }}\n  has: {{ .Capabilities.APIVersions.Has \"apps/v1\" }}\n";
        let rendered = rendered(template).unwrap();
        let expected = "kind: ConfigMap\nmetadata:\n  name: r-demo\ndata:\n  v: \n    c: x\n  k: v1.37.0\n  has: true";
        assert_eq!(rendered.manifests[0].content, expected);
        assert_eq!(rendered.manifests[0].name, "r-demo");
    }

    #[test]
    fn fail_is_reported_at_its_place_without_the_chain_around_it() {
        let error = rendered("x: {{ fail \"no\" }}").err().unwrap();
        assert_eq!(
            error.text(),
            "execution error at (demo/templates/t.yaml:1:6): no"
        );
    }
}
