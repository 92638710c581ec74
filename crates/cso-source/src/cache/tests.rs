//! What a crash, a bad disk and a full cache do to it.

use cluster_stack::Files;

use super::*;

fn artifact(content: &str) -> Artifact {
    Artifact::of_files(Files::from([
        ("a".to_owned(), content.as_bytes().into()),
        ("b".to_owned(), b"same"[..].into()),
    ]))
}

fn cache(folder: &Path, max_bytes: u64) -> Cache {
    Cache::open(folder, max_bytes, Limits::default()).unwrap()
}

#[test]
fn what_is_stored_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let stored = artifact("x");
    cache(folder.path(), 1 << 20)
        .store(&stored, &|_| false)
        .unwrap();
    let loaded = cache(folder.path(), 1 << 20)
        .load(&stored.digest())
        .unwrap();
    assert_eq!(loaded.files(), stored.files());
}

#[test]
fn u15_a_crash_while_writing_leaves_nothing_that_counts() {
    let folder = tempfile::tempdir().unwrap();
    let stored = artifact("x");
    let aside = folder
        .path()
        .join(format!("tmp-0-{}", stored.digest().hex()));
    cache(folder.path(), 1 << 20)
        .write(&aside, &stored)
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
    ] {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(folder.path(), 1 << 20);
        cache.store(&stored, &|_| false).unwrap();
        let file = folder.path().join(stored.digest().hex()).join(name);
        let whole = fs::read(&file).unwrap();
        for length in 0..whole.len() {
            fs::write(&file, &whole[..length]).unwrap();
            assert!(
                cache.load(&stored.digest()).is_none(),
                "{length} bytes of {} passed",
                file.display()
            );
            cache.store(&stored, &|_| false).unwrap();
        }
        assert!(cache.load(&stored.digest()).is_some());
    }
}

#[test]
fn a_full_cache_drops_what_was_used_longest_ago_and_nothing_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, third] = ["1", "2", "3"].map(artifact);
    let one = 4 + 1 + first.index().len() as u64;
    let cache = cache(folder.path(), 2 * one);
    cache.store(&first, &|_| false).unwrap();
    cache.store(&second, &|_| false).unwrap();
    cache
        .store(&third, &|digest| digest == &first.digest())
        .unwrap();
    assert!(cache.load(&first.digest()).is_some() && cache.load(&third.digest()).is_some());
    assert!(cache.load(&second.digest()).is_none());
}
