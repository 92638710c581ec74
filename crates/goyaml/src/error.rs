//! What can be wrong with a document, in go-yaml's, `encoding/json`'s and `sigs.k8s.io/yaml`'s words.

/// Text that is not YAML, or a document that YAML's own rules refuse. Displays as go-yaml's error: `yaml: line 3: …`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("yaml: {}{problem}", place(*line))]
pub struct SyntaxError {
    /// The line as go-yaml reports it, which may be one before the culprit; 0 = it names none.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl SyntaxError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        Self {
            line: 0,
            problem: problem.into(),
        }
    }

    pub(crate) fn at(line: usize, problem: impl Into<String>) -> Self {
        Self {
            line,
            problem: problem.into(),
        }
    }
}

fn place(line: usize) -> String {
    if line == 0 {
        String::new()
    } else {
        format!("line {line}: ")
    }
}

/// A document that cannot be read. Displays as `sigs.k8s.io/yaml` words it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text is not YAML.
    #[error("error converting YAML to JSON: {0}")]
    Yaml(SyntaxError),
    /// The YAML has no counterpart in JSON: a map key that is no scalar, an infinite number.
    #[error("error converting YAML to JSON: {0}")]
    NotJson(String),
    /// The document has another shape than the caller asked for.
    #[error("error unmarshaling JSON: while decoding JSON: {0}")]
    Shape(String),
}
