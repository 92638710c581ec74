//! Decides how an error is shown: Helm's text, then the source line with a caret, what led there, and what may help.

use std::fmt::Write as _;

use helm_engine::{Frame, RenderError, TemplateErrorDetails, manifest::ManifestError};

/// Lines of a rendered document shown around the one that is wrong.
const AROUND: usize = 2;

/// An error of a render.
pub(super) fn in_render(error: &RenderError, is_debug: bool) -> String {
    let mut text = error.text();
    if error.is_in_rendering() && !is_debug {
        text.push_str("\n\nUse --debug flag to render out invalid YAML");
    }
    match error {
        RenderError::Template(error) => in_template(&text, error),
        RenderError::Manifest(error) => in_manifest(&text, error),
        RenderError::MissingDependencies(_) => {
            text.push_str("\n\n  help: nothing is fetched here; run `helm dependency build` in the chart's folder first");
            text
        }
        _ => text,
    }
}

/// An error of a template below its text.
pub(super) fn in_template(text: &str, error: &impl TemplateErrorDetails) -> String {
    let mut shown = format!("{text}\n");
    let frames = error.frames().into_iter().rev();
    for (level, frame) in frames.filter(|f| f.location.is_some()).enumerate() {
        let lead = if level == 0 { "-->" } else { "included from" };
        place(&mut shown, frame, lead);
    }
    if let Some(nearest) = error.suggestion() {
        let _ = write!(shown, "\n  help: did you mean {nearest:?}?\n");
    }
    if error.is_limit() {
        shown.push_str(
            "\n  help: templates may use up only so much; does one of them call itself?\n",
        );
    }
    shown.trim_end().to_owned()
}

/// `--> file:line:column`, the line, and a caret below the expression.
fn place(shown: &mut String, frame: &Frame, lead: &str) {
    let Some(at) = &frame.location else { return };
    let column = at.column.map_or_else(String::new, |c| format!(":{c}"));
    let _ = write!(shown, "\n  {lead} {}:{}{column}", at.name, at.line);
    if let Some(template) = frame.template.as_ref().filter(|name| **name != at.name) {
        let _ = write!(shown, ", in {template:?}");
    }
    shown.push('\n');
    if at.excerpt.trim().is_empty() {
        return;
    }
    let number = at.line.to_string();
    let margin = " ".repeat(number.len());
    let _ = writeln!(shown, " {margin} |\n {number} | {}", at.excerpt);
    if let Some(column) = at.column {
        let (start, end) = span(&at.excerpt, &frame.expression, column as usize);
        let indent: String = at.excerpt[..start]
            .chars()
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let carets = "^".repeat(at.excerpt[start..end].chars().count().max(1));
        let _ = writeln!(shown, " {margin} | {indent}{carets}");
    }
}

/// Where the expression stands in the line: Go's column may be in its midst. Else what stands at the column.
fn span(line: &str, expression: &str, column: usize) -> (usize, usize) {
    let whole = line
        .match_indices(expression)
        .map(|(at, found)| (at, at + found.len()))
        .find(|(start, end)| !expression.is_empty() && (*start..*end).contains(&column));
    whole.unwrap_or_else(|| {
        let start = if line.is_char_boundary(column) {
            column.min(line.len())
        } else {
            0
        };
        let common = line[start..].chars().zip(expression.chars());
        let same = common.take_while(|(a, b)| a == b);
        (
            start,
            start + same.map(|(a, _)| a.len_utf8()).sum::<usize>(),
        )
    })
}

/// The lines of the document around the one the YAML parser names.
fn in_manifest(text: &str, error: &ManifestError) -> String {
    let mut shown = format!("{text}\n\n  --> {}, as rendered\n", error.path);
    let lines: Vec<&str> = error.output.document.lines().collect();
    let wrong = error.line().unwrap_or(1).clamp(1, lines.len().max(1));
    let first = wrong.saturating_sub(AROUND + 1);
    let margin = " ".repeat((wrong + AROUND).to_string().len());
    let _ = writeln!(shown, " {margin} |");
    for (i, line) in lines.iter().enumerate().skip(first).take(2 * AROUND + 1) {
        let _ = writeln!(shown, " {:>width$} | {line}", i + 1, width = margin.len());
    }
    shown.trim_end().to_owned()
}
