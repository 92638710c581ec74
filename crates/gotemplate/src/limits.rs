//! What an execution may use up, and what happens to missing map keys.

/// Bounds of an execution. Templates come from charts, and charts come from anywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Evaluation steps: a node executed, a command evaluated, a turn of a loop, or what functions spend.
    pub steps: u64,
    /// Bytes of output, with the outputs of `include` and `tpl` counted too.
    pub output: u64,
    /// How deep templates may call templates. Go's own limit is 100 000.
    pub depth: u32,
}

impl Default for Limits {
    /// 200 million steps (some seconds), 256 MiB of output, a depth of 100 000.
    fn default() -> Self {
        Self {
            steps: 200_000_000,
            output: 256 << 20,
            depth: 100_000,
        }
    }
}

/// Go's option `missingkey`: what a key that is not in the map evaluates to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingKey {
    /// Nothing: prints `<no value>`, and fields of it are nothing again. Also called `invalid`.
    #[default]
    Default,
    /// The zero value of the map's element type. For `map[string]interface {}` that prints `<no value>` too, but its
    /// fields are an error. Helm's choice.
    Zero,
    /// An error. Helm's choice with `--strict`.
    Error,
}
