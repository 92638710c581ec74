//! The patterns of `.Files.Glob`: `*`, `**`, `?`, `[a-z]`, `{a,b}` as `gobwas/glob` reads them with `/` as separator.

use regex::bytes::Regex;

/// The pattern as an expression; `None` = it is no pattern.
pub(super) fn compile(pattern: &str) -> Option<Regex> {
    let mut expression = String::from("(?s-u)^(?:");
    let mut depth = 0_usize;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                let mut many = false;
                while chars.next_if_eq(&'*').is_some() {
                    many = true;
                }
                expression.push_str(if many { ".*" } else { "[^/]*" });
            }
            '?' => expression.push_str("(?u:[^/])"),
            '[' => {
                let mut class = String::new();
                if chars.next_if_eq(&'!').is_some() {
                    class.push('^');
                }
                loop {
                    match chars.next()? {
                        ']' => break,
                        '\\' => class.push_str(&regex::escape(&chars.next()?.to_string())),
                        '-' => class.push('-'),
                        c => class.push_str(&regex::escape(&c.to_string())),
                    }
                }
                expression.extend(["(?u:[", &class, "])"]);
            }
            '{' => {
                depth += 1;
                expression.push_str("(?:");
            }
            '}' if depth > 0 => {
                depth -= 1;
                expression.push(')');
            }
            ',' if depth > 0 => expression.push('|'),
            '\\' => expression.push_str(&regex::escape(&chars.next()?.to_string())),
            c => expression.extend(["(?u:", &regex::escape(&c.to_string()), ")"]),
        }
    }
    // Alternatives may stay open, as in `gobwas/glob`.
    expression.push_str(&")".repeat(depth));
    expression.push_str(")$");
    Regex::new(&expression).ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn one_star_stays_in_a_folder_and_two_do_not() {
        let matches =
            |pattern, name: &str| super::compile(pattern).unwrap().is_match(name.as_bytes());
        assert!(matches("config/*.{yaml,json}", "config/a.json"));
        assert!(!matches("config/*", "config/sub/a"));
        assert!(matches("config/**", "config/sub/a"));
        assert!(matches("[!a]?", "bc"));
        assert!(matches("{a,b", "b"));
        assert!(super::compile("[a").is_none());
    }
}
