//! Character classes and escapes: `[a-z]`, `\d`, `\pL`, `[[:alpha:]]`, `\x{1F600}`. Perl and POSIX classes are ASCII only.

/// Appends a character so that it stands for itself, in and outside brackets.
pub(super) fn push_char(out: &mut String, c: char) {
    if c.is_ascii_alphanumeric() {
        out.push(c);
        return;
    }
    let code = format!("\\x{{{:X}}}", c as u32);
    out.push_str(&code);
}

/// `\d`, `\W`, `\pN`, `\p{Greek}` …: appends the class and returns the length; `None` = it is another escape.
pub(super) fn perl_or_unicode(s: &str, out: &mut String) -> Result<Option<usize>, String> {
    let class = match s.as_bytes().get(1) {
        Some(b'd') => "[0-9]",
        Some(b'D') => "[^0-9]",
        Some(b's') => r"[\t\n\x0C\r ]",
        Some(b'S') => r"[^\t\n\x0C\r ]",
        Some(b'w') => "[0-9A-Za-z_]",
        Some(b'W') => "[^0-9A-Za-z_]",
        Some(b'p' | b'P') => return unicode(s, out).map(Some),
        _ => return Ok(None),
    };
    out.push_str(class);
    Ok(Some(2))
}

fn unicode(s: &str, out: &mut String) -> Result<usize, String> {
    let invalid = |text: &str| Err(format!("invalid character class range: `{text}`"));
    let mut negated = s.starts_with(r"\P");
    let (name, len) = match s[2..].chars().next() {
        Some('{') => match s.find('}') {
            Some(end) => (&s[3..end], end + 1),
            None => return invalid(s),
        },
        Some(c) => (&s[2..2 + c.len_utf8()], 2 + c.len_utf8()),
        None => return invalid(s),
    };
    let bare = name.strip_prefix('^').unwrap_or(name);
    negated ^= bare.len() < name.len();
    let class = match bare {
        "Any" => r"[\x00-\x{10FFFF}]".to_owned(),
        _ => format!(r"\p{{{bare}}}"),
    };
    let known = bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        && (bare == "Any" || ::regex::Regex::new(&class).is_ok());
    if !known {
        return invalid(&s[..len]);
    }
    let negation = if negated { "[^" } else { "[" };
    out.extend([negation, &class, "]"]);
    Ok(len)
}

/// The character an escape stands for, and the length of the escape.
pub(super) fn escaped_char(s: &str) -> Result<(char, usize), String> {
    let Some(c) = s[1..].chars().next() else {
        return Err("trailing backslash at end of expression: ``".to_owned());
    };
    let len = 1 + c.len_utf8();
    let invalid = || format!("invalid escape sequence: `{}`", &s[..len]);
    let simple = match c {
        'a' => '\x07',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'v' => '\x0b',
        '0'..='7' => return octal(s).ok_or_else(invalid),
        'x' => return hexadecimal(s),
        _ if c.is_ascii() && !c.is_ascii_alphanumeric() => c,
        _ => return Err(invalid()),
    };
    Ok((simple, len))
}

/// `\0`, `\012`, `\12`; a single digit other than 0 would be a back reference.
fn octal(s: &str) -> Option<(char, usize)> {
    let digits = s[1..]
        .bytes()
        .take(3)
        .take_while(|b| matches!(b, b'0'..=b'7'))
        .count();
    if digits == 1 && !s.starts_with(r"\0") {
        return None;
    }
    let code = u32::from_str_radix(&s[1..=digits], 8).ok()?;
    Some((char::from_u32(code)?, digits + 1))
}

/// `\x7F` or `\x{10FFFF}`.
fn hexadecimal(s: &str) -> Result<(char, usize), String> {
    let (digits, len) = match s[2..].strip_prefix('{') {
        Some(rest) => match rest.find('}') {
            Some(end) => (&rest[..end], end + 4),
            None => return Err(format!("invalid escape sequence: `{s}`")),
        },
        None => (s.get(2..4).unwrap_or(""), 4),
    };
    let hex = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let code = if hex {
        u32::from_str_radix(digits, 16).ok()
    } else {
        None
    };
    match code.and_then(char::from_u32) {
        Some(c) => Ok((c, len)),
        None => Err(format!(
            "invalid escape sequence: `{}`",
            s.get(..len).unwrap_or(s)
        )),
    }
}

/// `[…]`: appends the class and returns its length.
pub(super) fn bracketed(s: &str, out: &mut String) -> Result<usize, String> {
    let mut at = 1;
    out.push('[');
    if s[at..].starts_with('^') {
        out.push('^');
        at += 1;
    }
    let mut first = true;
    while first || !s[at..].starts_with(']') {
        if s[at..].is_empty() {
            return Err(format!("missing closing ]: `{s}`"));
        }
        first = false;
        if s[at..].starts_with("[:")
            && let Some(len) = posix(&s[at..], out)?
        {
            at += len;
            continue;
        }
        if s[at..].starts_with('\\')
            && let Some(len) = perl_or_unicode(&s[at..], out)?
        {
            at += len;
            continue;
        }
        at += range(s, at, out)?;
    }
    out.push(']');
    Ok(at + 1)
}

/// A character or a range of two.
fn range(s: &str, begin: usize, out: &mut String) -> Result<usize, String> {
    let (low, mut len) = class_char(s, begin)?;
    let mut high = low;
    let behind = &s[begin + len..];
    if behind.len() > 1 && behind.starts_with('-') && !behind[1..].starts_with(']') {
        let (c, high_len) = class_char(s, begin + len + 1)?;
        high = c;
        len += 1 + high_len;
        if high < low {
            let text = &s[begin..begin + len];
            return Err(format!("invalid character class range: `{text}`"));
        }
    }
    push_char(out, low);
    if high != low {
        out.push('-');
        push_char(out, high);
    }
    Ok(len)
}

fn class_char(s: &str, at: usize) -> Result<(char, usize), String> {
    match s[at..].chars().next() {
        Some('\\') => escaped_char(&s[at..]),
        Some(c) => Ok((c, c.len_utf8())),
        None => Err(format!("missing closing ]: `{s}`")),
    }
}

/// `[:alpha:]`; `None` = no such form, so the bracket is literal.
fn posix(s: &str, out: &mut String) -> Result<Option<usize>, String> {
    const NAMES: &[&str] = &[
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let Some(end) = s[2..].find(":]").map(|at| at + 4) else {
        return Ok(None);
    };
    let name = s[2..end - 2].trim_start_matches('^');
    if !NAMES.contains(&name) {
        return Err(format!("invalid character class range: `{}`", &s[..end]));
    }
    out.push_str(&s[..end]);
    Ok(Some(end))
}
