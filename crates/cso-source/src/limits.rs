//! Decides how much a release may be.

/// Bounds on what is read from a source. The defaults are far above any real release (the largest known has 1 MB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a manifest; registries must accept 4 MiB.
    pub manifest_bytes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
    /// Bytes of all files of a release together.
    pub release_bytes: u64,
    /// Files of a release.
    pub files: usize,
    /// Tags of a repository.
    pub tags: usize,
    /// Bytes of one page of tags.
    pub page_bytes: u64,
    /// Pages of a listing.
    pub pages: usize,
    /// Bytes of the index of a chart repository.
    pub index_bytes: u64,
    /// Bytes of the archive of a chart that another one depends on.
    pub chart_bytes: u64,
    /// Charts fetched for a release.
    pub charts: usize,
    /// Levels of fetched charts that need others.
    pub chart_depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            manifest_bytes: 4 << 20,
            file_bytes: 64 << 20,
            release_bytes: 128 << 20,
            files: 256,
            tags: 200_000,
            page_bytes: 16 << 20,
            pages: 4_096,
            index_bytes: 32 << 20,
            chart_bytes: 20 << 20,
            charts: 64,
            chart_depth: 4,
        }
    }
}

/// Whether a title is a plain file name: not empty, no separator, no `.` or `..`, nothing unprintable.
pub(crate) fn is_plain_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..")
        && name.len() <= 255
        && !name.contains(['/', '\\', ':'])
        && !name.contains(char::is_control)
}
