//! Decides which files of a chart's folder are read: Helm's rules for `.helmignore`, links and sizes.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, anyhow, ensure};
use helm_engine::ChartFile;
use helm_engine::chart::{ArchiveLimits, IgnoreRules, PathKind};

/// Folders in folders beyond this are taken for links that lead back up.
const MAX_DEPTH: usize = 64;

struct Walk {
    rules: IgnoreRules,
    file_bytes: u64,
    files: Vec<ChartFile>,
}

/// The files of a chart, by path. Links are followed, to folders too.
pub(super) fn read(folder: &Path) -> Result<Vec<ChartFile>> {
    let ignore = folder.join(".helmignore");
    let rules = if ignore.exists() {
        let text =
            fs::read(&ignore).with_context(|| format!("failed to read {}", ignore.display()))?;
        IgnoreRules::parse(&String::from_utf8_lossy(&text))
            .map_err(|error| anyhow!(helm_engine::chain(&error)))?
    } else {
        IgnoreRules::default()
    };
    let mut walk = Walk {
        rules,
        file_bytes: ArchiveLimits::default().file_bytes,
        files: Vec::new(),
    };
    walk.folder(folder, "", 0)?;
    Ok(walk.files)
}

impl Walk {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<()> {
        ensure!(
            depth <= MAX_DEPTH,
            "{} is nested deeper than {MAX_DEPTH} folders: does a link lead back up?",
            folder.display()
        );
        let failed = || format!("failed to read folder {}", folder.display());
        let mut entries = fs::read_dir(folder)
            .with_context(failed)?
            .collect::<Result<Vec<_>, _>>()
            .with_context(failed)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            self.entry(&entry.path(), path, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, file: &Path, path: String, depth: usize) -> Result<()> {
        let metadata =
            fs::metadata(file).with_context(|| format!("failed to read {}", file.display()))?;
        if metadata.is_dir() {
            if self.rules.ignores(&path, PathKind::Directory) {
                return Ok(());
            }
            return self.folder(file, &format!("{path}/"), depth + 1);
        }
        if self.rules.ignores(&path, PathKind::File) {
            return Ok(());
        }
        ensure!(
            metadata.is_file(),
            "cannot load irregular file {} as it has file mode type bits set",
            file.display()
        );
        ensure!(
            metadata.len() <= self.file_bytes,
            "chart file {path:?} is larger than the maximum file size {}",
            self.file_bytes
        );
        let data = fs::read(file).with_context(|| format!("error reading {path}"))?;
        self.files.push(ChartFile::new(path, &data));
        Ok(())
    }
}
