//! Decides where one document ends and the next begins, as Helm's `SplitManifests`: at every line that begins with `---`,
//! whatever follows it and wherever it stands.

use memchr::memmem::Finder;

/// The documents of a rendered file, trimmed, empty ones left out.
pub fn split_documents(text: &str) -> Vec<&str> {
    let text = text.trim();
    let mut documents = Vec::new();
    let mut start = 0;
    let mut search = 0;
    let separator = Finder::new("---");
    while let Some(found) = separator.find(&text.as_bytes()[search..]) {
        let at = search + found;
        let before = &text[start..at];
        let begins_line = at == 0 || (before.ends_with('\n') && at > start);
        if !begins_line {
            search = at + 1;
            continue;
        }
        push(&mut documents, go_space_end(before));
        let rest = &text[at + 3..];
        start = at + 3 + (rest.len() - rest.trim_start_matches(is_go_space).len());
        search = start;
    }
    push(&mut documents, &text[start..]);
    documents
}

fn push<'t>(documents: &mut Vec<&'t str>, document: &'t str) {
    if !document.is_empty() {
        documents.push(document.trim());
    }
}

/// Go's `\s`.
fn is_go_space(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ')
}

fn go_space_end(text: &str) -> &str {
    text.trim_end_matches(is_go_space)
}

#[cfg(test)]
mod tests {
    use super::split_documents;

    #[test]
    fn separators_may_have_text_behind_them_and_empty_documents_disappear() {
        let text = "---\na: 1\n--- # c\nb: 2\n---\n";
        assert_eq!(split_documents(text), ["a: 1", "# c\nb: 2"]);
        assert_eq!(split_documents("a: x---y\nb: 1"), ["a: x---y\nb: 1"]);
        assert!(split_documents(" \n").is_empty());
    }

    #[test]
    fn a_separator_directly_behind_another_stays_in_the_document_as_in_helm() {
        assert_eq!(split_documents("---\n---\na: 1"), ["---\na: 1"]);
    }
}
