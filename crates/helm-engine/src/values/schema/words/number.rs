//! Numbers as the message printer of Helm's validator writes them: with thousands apart, or as a power of ten.

use serde_json::Value as Json;

/// As Go's `%v` chooses: what is shorter than a million and no tiny fraction is written out.
pub(super) fn number(value: &Json) -> String {
    match value.as_f64() {
        Some(f) if f == 0.0 || (1e-4..1e6).contains(&f.abs()) => thousands(&f.to_string()),
        Some(f) => scientific(&format!("{f:e}")),
        None => value.to_string(),
    }
}

/// `1234.5` as `1,234.5`.
fn thousands(text: &str) -> String {
    let whole = text
        .split('.')
        .next()
        .unwrap_or(text)
        .trim_start_matches('-')
        .len();
    let before = text.len() - text.trim_start_matches('-').len();
    let mut grouped = String::new();
    for (i, c) in text.chars().enumerate() {
        let place = i.wrapping_sub(before);
        if place > 0 && place < whole && (whole - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(c);
    }
    grouped
}

/// Rust's `1.5e7` as `1.5×10⁰⁷`.
fn scientific(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if exponent < 0 { "⁻" } else { "" };
    let raised = format!("{:02}", exponent.unsigned_abs());
    let raised = raised
        .bytes()
        .map(|digit| RAISED[usize::from(digit - b'0')]);
    format!("{mantissa}×10{sign}{}", raised.collect::<String>())
}

const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::number;

    /// Recorded from real Helm.
    #[test]
    fn numbers_are_written_as_in_helm() {
        for (value, expected) in [
            (json!(0), "0"),
            (json!(5000), "5,000"),
            (json!(999_999), "999,999"),
            (json!(123_456.789), "123,456.789"),
            (json!(-1234.5), "-1,234.5"),
            (json!(-99.5), "-99.5"),
            (json!(0.0001), "0.0001"),
            (json!(1_000_000), "1×10⁰⁶"),
            (json!(-1_234_567), "-1.234567×10⁰⁶"),
            (json!(123_456_789_012_u64), "1.23456789012×10¹¹"),
            (json!(0.00002), "2×10⁻⁰⁵"),
            (json!(1e22), "1×10²²"),
        ] {
            assert_eq!(number(&value), expected);
        }
    }
}
