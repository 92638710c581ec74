//! Decides whether a path matches a shell pattern, as Go's `path.Match`: `*`, `?`, `[a-z]`, `\` escapes; no `**`.

/// A pattern that is no pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("syntax error in pattern")]
pub struct PatternError;

/// Whether the whole name matches the pattern. `*` and `?` do not match `/`.
///
/// # Errors
/// A pattern with an unclosed bracket or a trailing backslash, where matching comes to it.
pub fn path_match(pattern: &str, name: &str) -> Result<bool, PatternError> {
    let mut pattern = pattern;
    let mut name = name;
    'chunks: while !pattern.is_empty() {
        let (star, chunk, rest) = scan_chunk(pattern);
        pattern = rest;
        if star && chunk.is_empty() {
            return Ok(!name.contains('/'));
        }
        if let Some(left) = match_chunk(chunk, name)?
            && (left.is_empty() || !pattern.is_empty())
        {
            name = left;
            continue;
        }
        if star {
            for (i, c) in name.char_indices() {
                if c == '/' {
                    break;
                }
                if let Some(left) = match_chunk(chunk, &name[i + c.len_utf8()..])? {
                    if pattern.is_empty() && !left.is_empty() {
                        continue;
                    }
                    name = left;
                    continue 'chunks;
                }
            }
        }
        while !pattern.is_empty() {
            let (_, chunk, rest) = scan_chunk(pattern);
            pattern = rest;
            match_chunk(chunk, "")?;
        }
        return Ok(false);
    }
    Ok(name.is_empty())
}

/// Splits off leading stars and the text up to the next star outside brackets.
fn scan_chunk(pattern: &str) -> (bool, &str, &str) {
    let trimmed = pattern.trim_start_matches('*');
    let star = trimmed.len() < pattern.len();
    let mut in_range = false;
    let mut chars = trimmed.char_indices();
    while let Some((i, c)) = chars.next() {
        match c {
            '\\' => {
                chars.next();
            }
            '[' => in_range = true,
            ']' => in_range = false,
            '*' if !in_range => return (star, &trimmed[..i], &trimmed[i..]),
            _ => {}
        }
    }
    (star, trimmed, "")
}

/// Matches a chunk without stars at the start of the name; returns what is left of the name. After a mismatch the
/// rest of the chunk is still checked for being a pattern.
fn match_chunk<'n>(chunk: &str, name: &'n str) -> Result<Option<&'n str>, PatternError> {
    let mut chunk = chunk;
    let mut name = name;
    let mut failed = false;
    while let Some(c) = chunk.chars().next() {
        failed |= name.is_empty();
        chunk = &chunk[c.len_utf8()..];
        let next = name.chars().next();
        match c {
            '[' => {
                let (rest, matched) = match_range(chunk, next)?;
                chunk = rest;
                failed |= !matched;
            }
            '?' => failed |= next == Some('/'),
            '\\' => {
                let literal = chunk.chars().next().ok_or(PatternError)?;
                chunk = &chunk[literal.len_utf8()..];
                failed |= next != Some(literal);
            }
            literal => failed |= next != Some(literal),
        }
        if !failed && let Some(c) = next {
            name = &name[c.len_utf8()..];
        }
    }
    Ok((!failed).then_some(name))
}

fn match_range(chunk: &str, c: Option<char>) -> Result<(&str, bool), PatternError> {
    let (negated, mut chunk) = match chunk.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, chunk),
    };
    let mut matched = false;
    let mut ranges = 0;
    loop {
        if ranges > 0
            && let Some(rest) = chunk.strip_prefix(']')
        {
            return Ok((rest, matched != negated));
        }
        let (low, rest) = range_char(chunk)?;
        chunk = rest;
        let mut high = low;
        if let Some(rest) = chunk.strip_prefix('-') {
            (high, chunk) = range_char(rest)?;
        }
        matched |= c.is_some_and(|c| low <= c && c <= high);
        ranges += 1;
    }
}

fn range_char(chunk: &str) -> Result<(char, &str), PatternError> {
    let mut chars = chunk.chars();
    let c = match chars.next() {
        None | Some('-' | ']') => return Err(PatternError),
        Some('\\') => chars.next().ok_or(PatternError)?,
        Some(c) => c,
    };
    if chars.as_str().is_empty() {
        Err(PatternError)
    } else {
        Ok((c, chars.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_gos_path_match() {
        let cases = [
            ("abc", "abc", Ok(true)),
            ("*", "abc", Ok(true)),
            ("*c", "abc", Ok(true)),
            ("a*/b", "a/c/b", Ok(false)),
            ("a*b?c*x", "abxbbxdbxebxczzx", Ok(true)),
            ("ab[^b-d]", "abe", Ok(true)),
            ("[\\]a]", "]", Ok(true)),
            ("[-]", "-", Err(PatternError)),
            ("a[", "ab", Err(PatternError)),
            ("*x", "xxx", Ok(true)),
            ("templates/*.yaml", "templates/sub/a.yaml", Ok(false)),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(path_match(pattern, name), expected, "{pattern} on {name}");
        }
    }
}
