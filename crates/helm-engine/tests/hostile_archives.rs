//! Decides that an archive cannot lead out of its folder nor grow beyond the limits, whatever it says of itself.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use helm_engine::chart::{ArchiveError, ArchiveLimits, files_from_archive};
use helm_engine::{Chart, LoadError, chain};
use tar::{Builder, EntryType, Header};

const CHART: &[u8] = b"apiVersion: v2\nname: demo\nversion: 1.0.0\n";

/// An archive with these entries; paths are written as they are, which `tar` itself would refuse.
fn archive(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, kind, content) in entries {
        let mut header = Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o644);
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}

fn refusal(entries: &[(&str, EntryType, &[u8])], limits: &ArchiveLimits) -> ArchiveError {
    let mut all = vec![("demo/Chart.yaml", EntryType::Regular, CHART)];
    all.extend_from_slice(entries);
    match Chart::from_archive_with(&archive(&all), limits) {
        Err(LoadError::Archive(error)) => error,
        Err(other) => panic!("refused for another reason: {}", chain(&other)),
        Ok(_) => panic!("{entries:?} was accepted"),
    }
}

#[test]
fn u6_a_path_that_leads_out_of_the_chart_is_refused() {
    let file = |path| {
        let entries: &[(&str, EntryType, &[u8])] = &[(path, EntryType::Regular, b"x")];
        refusal(entries, &ArchiveLimits::default())
    };
    assert!(matches!(
        file("demo/../../etc/passwd"),
        ArchiveError::ParentDirectory
    ));
    assert!(matches!(
        file("demo/templates/../../../x"),
        ArchiveError::ParentDirectory
    ));
    assert!(matches!(
        file("demo//etc/passwd"),
        ArchiveError::AbsolutePath
    ));
    assert!(matches!(file("/etc/passwd"), ArchiveError::AbsolutePath));
    assert!(matches!(file("demo\\..\\x"), ArchiveError::ParentDirectory));
    assert!(matches!(file("demo/c:/x"), ArchiveError::IllegalName));
    assert!(matches!(file("stray"), ArchiveError::OutsideBase(_)));
}

#[test]
fn u6_links_and_devices_are_refused() {
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
    ] {
        let error = refusal(&[("demo/link", kind, b"")], &ArchiveLimits::default());
        assert!(matches!(error, ArchiveError::NotRegular(_)), "{error}");
    }
}

#[test]
fn u6_the_same_file_twice_is_refused_however_it_is_spelt() {
    let error = refusal(
        &[("demo/./Chart.yaml", EntryType::Regular, CHART)],
        &ArchiveLimits::default(),
    );
    assert!(matches!(error, ArchiveError::Duplicate(_)), "{error}");
}

#[test]
fn u7_files_beyond_the_limits_are_refused_alone_and_together() {
    let limits = ArchiveLimits {
        total_bytes: 3000,
        file_bytes: 2000,
        ..ArchiveLimits::default()
    };
    let large = refusal(&[("demo/a", EntryType::Regular, &[0; 2001])], &limits);
    assert!(
        matches!(large, ArchiveError::FileTooLarge { limit: 2000, .. }),
        "{large}"
    );
    let sum = refusal(
        &[
            ("demo/a", EntryType::Regular, &[0; 1900]),
            ("demo/b", EntryType::Regular, &[0; 1900]),
        ],
        &limits,
    );
    assert!(matches!(sum, ArchiveError::TooLarge(3000)), "{sum}");
}

#[test]
fn u7_an_archive_of_many_entries_is_refused() {
    let limits = ArchiveLimits {
        entries: 10,
        ..ArchiveLimits::default()
    };
    let names: Vec<String> = (0..10).map(|i| format!("demo/f{i}")).collect();
    let entries: Vec<(&str, EntryType, &[u8])> = names
        .iter()
        .map(|name| (name.as_str(), EntryType::Regular, b"".as_slice()))
        .collect();
    let error = refusal(&entries, &limits);
    assert!(matches!(error, ArchiveError::TooManyEntries(10)), "{error}");
}

#[test]
fn u7_a_bomb_of_compressed_zeros_is_not_unpacked() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let mut header = Header::new_gnu();
    header.set_path("demo/zeros").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    gzip.write_all(header.as_bytes()).unwrap();
    gzip.write_all(&vec![0; 1 << 20]).unwrap();
    let bomb = gzip.finish().unwrap();
    let error = files_from_archive(&bomb, &ArchiveLimits::default()).unwrap_err();
    assert!(matches!(error, ArchiveError::TooLarge(_)), "{error}");
}

#[test]
fn u7_charts_nested_in_archives_have_an_end() {
    let limits = ArchiveLimits {
        depth: 3,
        ..ArchiveLimits::default()
    };
    let mut inner = archive(&[("demo/Chart.yaml", EntryType::Regular, CHART)]);
    for _ in 0..4 {
        inner = archive(&[
            ("demo/Chart.yaml", EntryType::Regular, CHART),
            ("demo/charts/demo-1.0.0.tgz", EntryType::Regular, &inner),
        ]);
    }
    let error = Chart::from_archive_with(&inner, &limits).unwrap_err();
    assert!(
        chain(&error).ends_with("subcharts are nested deeper than 3 levels"),
        "{}",
        chain(&error)
    );
}

#[test]
fn u7_charts_nested_side_by_side_have_one_limit_together() {
    let limits = ArchiveLimits {
        total_bytes: 1 << 20,
        ..ArchiveLimits::default()
    };
    let zeros = vec![0; 100_000];
    let inner = archive(&[
        ("demo/Chart.yaml", EntryType::Regular, CHART),
        ("demo/zeros", EntryType::Regular, &zeros),
    ]);
    let names: Vec<String> = (0..20).map(|n| format!("demo/charts/{n}.tgz")).collect();
    let mut entries = vec![("demo/Chart.yaml", EntryType::Regular, CHART)];
    entries.extend(
        names
            .iter()
            .map(|name| (name.as_str(), EntryType::Regular, &*inner)),
    );
    let error = Chart::from_archive_with(&archive(&entries), &limits).unwrap_err();
    assert!(
        chain(&error).ends_with("larger than the maximum file size 1048576"),
        "{}",
        chain(&error)
    );
    let few = archive(&entries[..6]);
    assert!(Chart::from_archive_with(&few, &limits).is_ok());
}
