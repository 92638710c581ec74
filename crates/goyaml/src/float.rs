//! Go's formats of floats: `strconv.FormatFloat`, and what YAML, JSON and `fmt` make of it.

/// The shortest decimal digits that identify a finite number, and the exponent of `d.ddd`.
struct Digits {
    is_negative: bool,
    significant: String,
    exponent: i32,
}

impl Digits {
    /// From Rust's `{:e}`, which has the same shortest digits as Go's.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        Self {
            is_negative: mantissa.starts_with('-'),
            significant: mantissa.chars().filter(char::is_ascii_digit).collect(),
            exponent: exponent.parse().unwrap_or(0),
        }
    }

    /// `%e`, with an exponent of at least that many digits.
    fn scientific(&self, exponent_digits: usize) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        let (first, rest) = self.significant.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if self.exponent < 0 { '-' } else { '+' };
        let exponent = self.exponent.unsigned_abs();
        format!("{sign}{first}{point}{rest}e{exponent_sign}{exponent:0exponent_digits$}")
    }
}

/// Infinities and NaN as Go prints them.
pub(crate) fn go_special(f: f64) -> &'static str {
    if f.is_nan() {
        "NaN"
    } else if f > 0.0 {
        "+Inf"
    } else {
        "-Inf"
    }
}

/// `FormatFloat(f, 'g', -1, 64)`.
pub(crate) fn go_g(f: f64) -> String {
    if f == 0.0 || (1e-4..1e6).contains(&f.abs()) {
        f.to_string()
    } else if f.is_finite() {
        Digits::of(&format!("{f:e}")).scientific(2)
    } else {
        go_special(f).to_owned()
    }
}

/// `FormatFloat(f, 'g', -1, 32)`.
pub(crate) fn go_g32(f: f32) -> String {
    if f == 0.0 || (1e-4..1e6).contains(&f.abs()) {
        f.to_string()
    } else if f.is_finite() {
        Digits::of(&format!("{f:e}")).scientific(2)
    } else {
        go_special(f64::from(f)).to_owned()
    }
}

/// A float as a YAML scalar, in go-yaml's spelling.
pub(crate) fn yaml(f: f64) -> String {
    yaml_special(go_g(f))
}

/// A float as the string that a map key becomes: `sigs.k8s.io/yaml` keeps only a `float32`'s digits.
pub(crate) fn yaml_key(f: f64) -> String {
    yaml_special(float_as_string(f))
}

/// A float where Go's struct has a field of type `string`: `sigs.k8s.io/yaml` keeps only a `float32`'s digits of it, too.
pub fn float_as_string(f: f64) -> String {
    go_g32(f as f32)
}

fn yaml_special(text: String) -> String {
    match text.as_str() {
        "+Inf" => ".inf".to_owned(),
        "-Inf" => "-.inf".to_owned(),
        "NaN" => ".nan".to_owned(),
        _ => text,
    }
}

/// A finite float as `encoding/json` writes it.
pub(crate) fn json(f: f64) -> String {
    if f == 0.0 || (1e-6..1e21).contains(&f.abs()) {
        f.to_string()
    } else {
        json_scientific(&format!("{f:e}"))
    }
}

/// A finite `float32` as `encoding/json` writes it.
pub(crate) fn json32(f: f32) -> String {
    if f == 0.0 || (1e-6..1e21).contains(&f.abs()) {
        f.to_string()
    } else {
        json_scientific(&format!("{f:e}"))
    }
}

/// e-09 becomes e-9; positive exponents have two digits here anyway.
fn json_scientific(text: &str) -> String {
    let digits = Digits::of(text);
    digits.scientific(if digits.exponent < 0 { 1 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_go_prints_them() {
        // From strconv.FormatFloat(f, 'g', -1, 64) and json.Marshal.
        for (f, g, j) in [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (1.0, "1", "1"),
            (100_000.0, "100000", "100000"),
            (1e6, "1e+06", "1000000"),
            (1_234_567.5, "1.2345675e+06", "1234567.5"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "0.00001"),
            (1e-7, "1e-07", "1e-7"),
            (1.5e-10, "1.5e-10", "1.5e-10"),
            (1e20, "1e+20", "100000000000000000000"),
            (1e21, "1e+21", "1e+21"),
            (
                1.797_693_134_862_315_7e308,
                "1.7976931348623157e+308",
                "1.7976931348623157e+308",
            ),
        ] {
            assert_eq!(go_g(f), g);
            assert_eq!(json(f), j);
        }
    }
}
