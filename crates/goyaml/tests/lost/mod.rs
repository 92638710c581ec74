//! The data that Go loses on the way through YAML, and so does this crate.

use gotemplate::{Data, Str};

/// Whether Go would not read back what it writes of this data.
///
/// * A map with the key `<<`: `!!str <<: ` makes one. go-yaml's encoder quotes a string only if its resolver takes the
///   plain text for something else than a string, and the resolver knows nothing of merges; its decoder takes every
///   plain key `<<` for a merge. Real Helm says "map merge requires map or sequence of maps as the value" to
///   `fromYaml (toYaml (dict "<<" nil))`.
/// * A text with U+0085: it is written as a line break, and read as a space.
pub(crate) fn is_lost_in_go(data: &Data) -> bool {
    let has_next_line = |text: &Str| text.to_str_lossy().contains('\u{85}');
    match data {
        Data::Str(text) => has_next_line(text),
        Data::List(items) => items.iter().any(is_lost_in_go),
        Data::Map(entries) => entries
            .iter()
            .any(|(key, value)| *key == *"<<" || has_next_line(key) || is_lost_in_go(value)),
        _ => false,
    }
}
