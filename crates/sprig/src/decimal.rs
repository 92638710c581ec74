//! Exact decimal arithmetic for `addf`, `subf`, `mulf`, `divf`: what shopspring/decimal computes.

use num_bigint::BigInt;

/// Digits behind the point of a quotient.
const DIVISION_PRECISION: i64 = 16;

/// `coefficient × 10^exponent`.
#[derive(Clone, Debug)]
pub(crate) struct Decimal {
    coefficient: BigInt,
    exponent: i64,
}

impl Decimal {
    /// The shortest decimal that reads back as `f`.
    ///
    /// # Errors
    /// Go's text for infinities and NaN.
    pub(crate) fn from_float(f: f64) -> Result<Self, String> {
        if !f.is_finite() {
            let shown = if f.is_nan() {
                "NaN"
            } else if f > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(format!("Cannot create a Decimal from {shown}"));
        }
        let scientific = format!("{f:e}");
        let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        Ok(Self {
            coefficient: format!("{whole}{fraction}").parse().unwrap_or_default(),
            exponent: exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64,
        })
    }

    /// The nearest `float64`.
    pub(crate) fn to_float(&self) -> f64 {
        format!("{}e{}", self.coefficient, self.exponent)
            .parse()
            .unwrap_or(f64::NAN)
    }

    pub(crate) fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self {
            coefficient: self.at(exponent) + other.at(exponent),
            exponent,
        }
    }

    pub(crate) fn subtract(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self {
            coefficient: self.at(exponent) - other.at(exponent),
            exponent,
        }
    }

    pub(crate) fn multiply(&self, other: &Self) -> Self {
        Self {
            coefficient: &self.coefficient * &other.coefficient,
            exponent: self.exponent + other.exponent,
        }
    }

    /// The quotient with 16 digits behind the point, halves rounded away from zero.
    ///
    /// # Errors
    /// Go's text for a division by zero.
    pub(crate) fn divide(&self, other: &Self) -> Result<Self, String> {
        let zero = BigInt::default();
        if other.coefficient == zero {
            return Err("decimal division by 0".to_owned());
        }
        let shift = self.exponent - other.exponent + DIVISION_PRECISION;
        let power = power_of_ten(shift.unsigned_abs());
        let (dividend, divisor) = if shift < 0 {
            (self.coefficient.clone(), &other.coefficient * power)
        } else {
            (&self.coefficient * power, other.coefficient.clone())
        };
        let mut quotient = &dividend / &divisor;
        let remainder = &dividend % &divisor;
        let doubled = BigInt::from(remainder.magnitude() * 2u32);
        if doubled >= BigInt::from(divisor.magnitude().clone()) {
            if (dividend < zero) == (divisor < zero) {
                quotient += 1;
            } else {
                quotient -= 1;
            }
        }
        Ok(Self {
            coefficient: quotient,
            exponent: -DIVISION_PRECISION,
        })
    }

    fn at(&self, exponent: i64) -> BigInt {
        &self.coefficient * power_of_ten((self.exponent - exponent).unsigned_abs())
    }
}

fn power_of_ten(n: u64) -> BigInt {
    BigInt::from(10u32).pow(n as u32)
}
