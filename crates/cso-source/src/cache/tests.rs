//! What a crash, a bad disk and a full cache do to it.

use cluster_stack::{Dependencies, Files};

use super::*;

fn artifact(content: &str) -> Artifact {
    Artifact::of_files(Files::from([
        ("a".to_owned(), content.as_bytes().into()),
        ("b".to_owned(), b"same"[..].into()),
    ]))
}

/// A chart that was fetched for the artifact.
fn fetched() -> Dependencies {
    let mut dependencies = Dependencies::default();
    let chart = ChartDependency {
        chart: "cluster-addon/cni".to_owned(),
        name: "cilium".to_owned(),
        version: "1.0.0".to_owned(),
        repository: "https://charts.example.com".to_owned(),
        digest: Digest::of(b""),
    };
    dependencies.add(chart, b"chart"[..].into());
    dependencies
}

fn cache(folder: &Path, max_bytes: u64) -> Cache {
    Cache::open(folder, max_bytes, Limits::default()).unwrap()
}

#[test]
fn what_is_stored_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let stored = artifact("x");
    cache(folder.path(), 1 << 20)
        .store(&stored, &fetched(), &|_| false)
        .unwrap();
    let loaded = cache(folder.path(), 1 << 20)
        .load(&stored.digest())
        .unwrap();
    assert_eq!(loaded.0.files(), stored.files());
    assert_eq!(loaded.1, fetched());
}

#[test]
fn u15_a_crash_while_writing_leaves_nothing_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let stored = artifact("x");
    let aside = folder
        .path()
        .join(format!("tmp-0-{}", stored.digest().hex()));
    cache(folder.path(), 1 << 20)
        .write(&aside, &stored, &fetched())
        .unwrap();
    assert!(
        cache(folder.path(), 1 << 20)
            .load(&stored.digest())
            .is_none()
    );
    assert!(!aside.exists(), "the next start clears away");
}

#[test]
fn u15_an_entry_cut_at_any_byte_is_dropped_and_can_be_stored_again() {
    let stored = artifact("some content");
    for name in [
        "index".to_owned(),
        Digest::of(b"some content").hex().to_owned(),
        "dependencies".to_owned(),
        Digest::of(b"chart").hex().to_owned(),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        cache.store(&stored, &fetched(), &|_| false).unwrap();
        let file = folder.path().join(stored.digest().hex()).join(name);
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(
                cache.load(&stored.digest()).is_none(),
                "{length} bytes of {} passed",
                file.display()
            );
            cache.store(&stored, &fetched(), &|_| false).unwrap();
        }
        assert!(cache.load(&stored.digest()).is_some());
    }
}

#[test]
fn a_full_cache_drops_what_was_used_longest_ago_and_nothing_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["1", "2", "3"].map(artifact);
    let charts = list(&fetched()).len() + 5;
    let one = 4 + 1 + (first.index().len() + charts) as u64;
    let cache = cache(folder.path(), 2 * one);
    cache.store(&first, &fetched(), &|_| false).unwrap();
    cache.store(&second, &fetched(), &|_| false).unwrap();
    cache
        .store(&third, &fetched(), &|digest| digest == &first.digest())
        .unwrap();
    assert!(cache.load(&first.digest()).is_some() && cache.load(&third.digest()).is_some());
    assert!(cache.load(&second.digest()).is_none());
}
