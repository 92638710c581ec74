//! Decides what a bare word is: a boolean, null, an integer or a string.

use gotemplate::Data;

/// The value of a word after `--set`.
pub(super) fn typed(word: &str) -> Data {
    if is_folded(word, "true") {
        return Data::Bool(true);
    }
    if is_folded(word, "false") {
        return Data::Bool(false);
    }
    if is_folded(word, "null") {
        return Data::Null;
    }
    let may_be_number = word == "0" || !word.starts_with('0');
    match word.parse::<i64>() {
        Ok(number) if may_be_number => Data::Int(number),
        _ => Data::Str(word.into()),
    }
}

/// Go's `strings.EqualFold` with a lower case word: `ſ` is an s, and the sign of the kelvin a k.
fn is_folded(text: &str, word: &str) -> bool {
    let fold = |c: char| match c {
        'ſ' => 's',
        'K' => 'k',
        c => c.to_ascii_lowercase(),
    };
    text.chars().map(fold).eq(word.chars())
}
