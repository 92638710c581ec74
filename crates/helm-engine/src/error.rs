//! Why a chart did not render: Helm's text, and the place as data.

use gotemplate::{Error, ErrorKind, Frame, Location, TemplateSet};

use crate::engine::{WARN_END, WARN_START};
use crate::manifest::ManifestError;
use crate::values::TypeMismatch;

/// Why a chart did not render. The texts, joined with their sources by `: `, are Helm's; see [`RenderError::text`].
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The name of the release is not a DNS name of at most 53 characters.
    #[error("release name {name:?}: {problem}")]
    ReleaseName {
        /// The name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A library chart, which cannot be installed by itself.
    #[error("{0} charts are not installable")]
    NotInstallable(String),
    /// Dependencies that are declared but not in the chart.
    #[error("An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
    MissingDependencies(Vec<String>),
    /// A subchart's values are no table.
    #[error(transparent)]
    Values(TypeMismatch),
    /// The values do not fit the schema of a chart.
    #[error(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{0}"
    )]
    Schema(String),
    /// The chart does not want this version of Kubernetes.
    #[error(
        "chart requires kubeVersion: {constraint} which is incompatible with Kubernetes {version}"
    )]
    KubeVersion {
        /// What the chart asks for.
        constraint: String,
        /// The version there is.
        version: String,
    },
    /// A template is wrong or failed.
    #[error(transparent)]
    Template(TemplateError),
    /// What a template rendered is no manifest.
    #[error(transparent)]
    Manifest(ManifestError),
}

impl RenderError {
    /// Helm's whole text, without the `Error: ` before it.
    pub fn text(&self) -> String {
        chain(self)
    }

    /// Whether it happened while rendering: Helm then adds a hint at `--debug`.
    pub fn is_in_rendering(&self) -> bool {
        matches!(
            self,
            Self::KubeVersion { .. } | Self::Template(_) | Self::Manifest(_)
        )
    }

    /// The template error, if it is one: with its place and the chain of includes.
    pub fn template(&self) -> Option<&TemplateError> {
        match self {
            Self::Template(error) => Some(error),
            _ => None,
        }
    }
}

/// The texts of an error and its sources, joined by `: ` as Go's wrapped errors are.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// A template that cannot be parsed or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct TemplateError {
    text: String,
    error: Error,
    suggestion: Option<String>,
}

impl TemplateError {
    pub(crate) fn parse(path: &str, error: Error) -> Self {
        let whole = error.to_string();
        let parts: Vec<&str> = whole.split(": ").collect();
        let text = match parts.as_slice() {
            [_, location, .., message] => format!("parse error at ({location}): {message}"),
            [_, message] => format!("parse error at ({message}): {message}"),
            _ => format!("parse error in ({path}): {whole}"),
        };
        let suggestion = match error.kind() {
            ErrorKind::UndefinedFunction { nearest, .. } => nearest.clone(),
            _ => None,
        };
        Self {
            text,
            error,
            suggestion,
        }
    }

    pub(crate) fn execution(error: Error, set: &TemplateSet) -> Self {
        let whole = error.to_string();
        let mut text = whole.clone();
        let mut parts = whole.splitn(3, ": ");
        if let (Some(_), Some(location), Some(rest)) = (parts.next(), parts.next(), parts.next())
            && let Some(start) = rest.find(WARN_START)
            && let Some(end) = rest.rfind(WARN_END)
        {
            let message = rest.get(start + WARN_START.len()..end).unwrap_or_default();
            text = format!("execution error at ({location}): {message}");
        }
        let suggestion = match error.kind() {
            ErrorKind::UndefinedFunction { nearest, .. } => nearest.clone(),
            ErrorKind::NoSuchTemplate { name } => nearest_name(name, set.names()),
            _ => None,
        };
        Self {
            text,
            error,
            suggestion,
        }
    }

    /// Where it happened: template, line, column and the source line. `None` for errors without a place.
    pub fn location(&self) -> Option<&Location> {
        self.error.innermost().location.as_ref()
    }

    /// Where it happened and what led there: the file first, then what it included.
    pub fn chain(&self) -> Vec<&Location> {
        self.error
            .frames()
            .filter_map(|frame| frame.location.as_ref())
            .collect()
    }

    /// The function or template that may have been meant.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }

    /// Whether a limit of the rendering was reached.
    pub fn is_limit(&self) -> bool {
        self.error.is_limit()
    }
}

/// What there is to show of an error in a template beside its text.
pub trait TemplateErrorDetails {
    /// The levels of templates, outermost first.
    fn frames(&self) -> Vec<&Frame>;
    /// The function or template that may have been meant.
    fn suggestion(&self) -> Option<&str>;
    /// Whether a limit of the rendering was reached.
    fn is_limit(&self) -> bool;
}

impl TemplateErrorDetails for TemplateError {
    fn frames(&self) -> Vec<&Frame> {
        self.error.frames().collect()
    }

    fn suggestion(&self) -> Option<&str> {
        Self::suggestion(self)
    }

    fn is_limit(&self) -> bool {
        Self::is_limit(self)
    }
}

/// The name with the fewest edits, if it is near enough to be meant.
fn nearest_name<'n>(wanted: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let best = names.map(|name| (edits(wanted, name), name)).min()?;
    (best.0 > 0 && best.0 <= wanted.len() / 3 + 1).then(|| best.1.to_owned())
}

fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let next = (diagonal + usize::from(x != *y))
                .min(row[j] + 1)
                .min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}
