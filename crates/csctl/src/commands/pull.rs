//! Decides how a release gets from a source into a folder.

use std::fs;

use anyhow::{Context as _, Result, ensure};
use cluster_stack::{Bundle, ReleaseTag};

use super::{say, source};
use crate::args::Pull;
use crate::progress::shown;

pub(super) async fn run(args: &Pull) -> Result<()> {
    let tag: ReleaseTag = args.tag.parse()?;
    let source = source(args.remote, &args.registry)?;
    let digest = source
        .resolve(&tag)
        .await
        .with_context(|| format!("failed to find {tag}"))?;
    let artifact = shown(&source, "pulling", source.pull(&tag, &digest))
        .await
        .with_context(|| format!("failed to pull {tag}"))?;
    let bundle = Bundle::new(tag.clone(), digest, artifact.into_files())?;
    let folder = args.output.join(tag.dash());
    ensure!(
        !folder.exists(),
        "{} exists already: remove it or choose another --output",
        folder.display()
    );
    fs::create_dir_all(&folder).with_context(|| format!("failed to make {}", folder.display()))?;
    for (name, bytes) in bundle.files() {
        fs::write(folder.join(name), bytes).with_context(|| format!("failed to write {name}"))?;
    }
    say(&format!(
        "pulled {tag} into {}, {}",
        folder.display(),
        bundle.digest()
    ));
    Ok(())
}
