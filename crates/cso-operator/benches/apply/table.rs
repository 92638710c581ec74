//! Prints figures beside their goals.

use std::process::Command;

/// What a figure should be.
#[derive(Clone, Copy)]
pub(crate) enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// Rows of a table.
pub(crate) struct Table(Vec<[String; 4]>);

impl Table {
    pub(crate) fn new() -> Self {
        Self(vec![["", "measured", "goal", "met"].map(str::to_owned)])
    }

    /// A figure without a goal.
    pub(crate) fn say(&mut self, what: impl Into<String>, figure: f64, unit: &str) {
        self.row(what.into(), figure, unit, "", "");
    }

    /// A figure with a goal.
    pub(crate) fn goal(&mut self, what: impl Into<String>, figure: f64, unit: &str, goal: Goal) {
        let (text, met) = match goal {
            Goal::AtLeast(least) => (format!("≥ {least} {unit}"), figure >= least),
            Goal::AtMost(most) => (format!("≤ {most} {unit}"), figure <= most),
        };
        self.row(
            what.into(),
            figure,
            unit,
            &text,
            if met { "yes" } else { "no" },
        );
    }

    fn row(&mut self, what: String, figure: f64, unit: &str, goal: &str, met: &str) {
        let digits = if figure < 10.0 { 3 } else { 1 };
        let figure = format!("{figure:.digits$} {unit}").trim().to_owned();
        self.0
            .push([what, figure, goal.trim().to_owned(), met.to_owned()]);
    }

    /// Prints where it was measured, then the rows.
    pub(crate) fn print(&self) {
        let commit = Command::new("git")
            .args(["describe", "--always", "--dirty"])
            .output()
            .map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
            .unwrap_or_default();
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        println!("\ncommit {commit}, {cores} cores\n");
        for [what, figure, goal, met] in &self.0 {
            println!("| {what:<46} | {figure:>16} | {goal:>12} | {met:<3} |");
            if what.is_empty() {
                println!("|{:-<48}|{:->18}|{:->14}|{:-<5}|", "", ":", ":", "");
            }
        }
    }
}
