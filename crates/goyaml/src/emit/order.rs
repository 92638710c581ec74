//! go-yaml's natural order of keys: letters after other characters, runs of digits by their value.

use gotemplate::Str;

/// Which go-yaml: they differ in what comes first after digits, `1a` or `1-`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Version {
    V2,
    V3,
}

/// Sorts entries. The order is not a total one in corner cases, so this is a merge sort that asks only "less than".
pub(crate) fn sort<'a, T>(
    entries: Vec<(&'a Str, &'a T)>,
    version: Version,
) -> Vec<(&'a Str, &'a T)> {
    if entries
        .windows(2)
        .all(|pair| !less(pair[1].0.as_bytes(), pair[0].0.as_bytes(), version))
    {
        return entries;
    }
    let mut left = entries;
    let right = sort(left.split_off(left.len() / 2), version);
    let left = sort(left, version);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let is_right = less(b.0.as_bytes(), a.0.as_bytes(), version);
        merged.extend(if is_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged.extend(right);
    merged
}

fn less(a: &[u8], b: &[u8], version: Version) -> bool {
    if a.is_ascii() && b.is_ascii() {
        return less_by(
            a,
            b,
            version,
            u8::is_ascii_alphabetic,
            u8::is_ascii_digit,
            |b| i64::from(*b),
        );
    }
    let runes = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().collect::<Vec<_>>();
    less_by(
        &runes(a),
        &runes(b),
        version,
        |c| c.is_alphabetic(),
        |c| is_go_digit(*c),
        |c| i64::from(u32::from(*c)),
    )
}

/// `unicode.IsDigit`: decimal digits of any script.
fn is_go_digit(c: char) -> bool {
    c.is_ascii_digit() || (c.is_numeric() && !c.is_ascii())
}

fn less_by<T: Copy + PartialEq>(
    a: &[T],
    b: &[T],
    version: Version,
    is_letter: impl Fn(&T) -> bool,
    is_digit: impl Fn(&T) -> bool,
    code: impl Fn(&T) -> i64,
) -> bool {
    let Some(at) = a.iter().zip(b).position(|(x, y)| x != y) else {
        return a.len() < b.len();
    };
    let (x, y) = (&a[at], &b[at]);
    match (is_letter(x), is_letter(y)) {
        (true, true) => return code(x) < code(y),
        (false, false) => {}
        (_, is_second_letter) => {
            let is_after_digit = version == Version::V3 && at > 0 && is_digit(&a[at - 1]);
            return is_second_letter != is_after_digit;
        }
    }
    let zero = i64::from(b'0');
    // Inside a number that began with another digit than 0, zeros count.
    let mut lead = 0;
    if code(x) == zero || code(y) == zero {
        let before = a[..at].iter().rev().take_while(|c| is_digit(c));
        lead = i64::from(before.into_iter().any(|c| code(c) != zero));
    }
    let number = |text: &[T]| {
        text[at..]
            .iter()
            .take_while(|c| is_digit(c))
            .fold((lead, at), |(value, end), c| {
                (value.wrapping_mul(10).wrapping_add(code(c) - zero), end + 1)
            })
    };
    let ((a_value, a_end), (b_value, b_end)) = (number(a), number(b));
    if a_value != b_value {
        return a_value < b_value;
    }
    if a_end != b_end {
        return a_end < b_end;
    }
    code(x) < code(y)
}
