//! Decides which parts of a benchmark run, and which figure stands for several measurements.

/// Whether a part was asked for by name, or none was: `cargo bench --bench apply -- process`.
pub(crate) fn asked(part: &str) -> bool {
    // `cargo bench` adds a flag of the standard harness.
    let mut names = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'));
    names.next().is_none_or(|name| name == part)
}

/// The figure in the middle.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    at(&mut figures, 0.5)
}

/// The figure that this part of all others does not exceed.
pub(crate) fn at(figures: &mut [f64], part: f64) -> f64 {
    figures.sort_by(f64::total_cmp);
    let place = (part * figures.len() as f64) as usize;
    figures[place.min(figures.len() - 1)]
}
