//! What hostile archives do, and what becomes of them.

use std::io::Write as _;

use super::*;

/// Packs entries as they are, with names that the `tar` crate would refuse to write.
fn pack(entries: &[(&[u8], tar::EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(*kind);
        header.set_size(content.len() as u64);
        if kind.is_symlink() || kind.is_hard_link() {
            header.set_link_name("/etc/passwd").unwrap();
        }
        header.set_cksum();
        tar.append(&header, *content).unwrap();
    }
    gzip(&tar.into_inner().unwrap())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

const FILE: tar::EntryType = tar::EntryType::Regular;

fn refused(entries: &[(&[u8], tar::EntryType, &[u8])]) -> ExtractError {
    extract(&pack(entries), &ArchiveLimits::default()).unwrap_err()
}

#[test]
fn plain_files_are_read_and_dots_in_paths_are_dropped() {
    let archive = pack(&[
        (b"cni/", tar::EntryType::Directory, b""),
        (b"./cni/Chart.yaml", FILE, b"x"),
        (b"./", tar::EntryType::Directory, b""),
    ]);
    let files = extract(&archive, &ArchiveLimits::default()).unwrap();
    assert_eq!(
        files.into_iter().collect::<Vec<_>>(),
        [("cni/Chart.yaml".to_owned(), Arc::from(&b"x"[..]))]
    );
}

#[test]
fn u6_paths_that_leave_the_archive_are_refused() {
    for name in [
        &b"../../escape.txt"[..],
        b"/etc/passwd",
        b"a/../../b",
        b"a\\..\\b",
        b"C:/x",
        b"\xff\xfe",
    ] {
        let error = refused(&[(b"ok", FILE, b""), (name, FILE, b"x")]);
        assert!(
            matches!(error, ExtractError::Path { .. }),
            "{name:?}: {error}"
        );
    }
}

#[test]
fn u6_links_and_devices_are_refused() {
    use tar::EntryType::{Block, Char, Fifo, Link, Symlink};
    for kind in [Symlink, Link, Char, Block, Fifo] {
        assert!(
            matches!(refused(&[(b"x", kind, b"")]), ExtractError::Kind { .. }),
            "{kind:?}"
        );
    }
}

#[test]
fn a_path_may_be_there_once_whatever_its_case() {
    assert!(matches!(
        refused(&[(b"a", FILE, b"1"), (b"./a", FILE, b"2")]),
        ExtractError::Twice { .. }
    ));
    assert!(matches!(
        refused(&[(b"a", FILE, b"1"), (b"A", FILE, b"2")]),
        ExtractError::Twice { .. }
    ));
}

#[test]
fn u7_a_decompression_bomb_stops_at_the_limit() {
    let zeros = vec![0; 4 << 20];
    let bomb = pack(&[(b"bomb", FILE, &zeros)]);
    assert!(bomb.len() < zeros.len() / 500);
    let limits = ArchiveLimits {
        bytes: 1 << 20,
        ..ArchiveLimits::default()
    };
    assert!(extract(&bomb, &limits).is_err());
    let limits = ArchiveLimits {
        file_bytes: 1 << 20,
        ..ArchiveLimits::default()
    };
    assert!(matches!(
        extract(&bomb, &limits),
        Err(ExtractError::TooLarge { .. })
    ));
}

#[test]
fn u7_a_million_entries_stop_at_the_limit() {
    let names: Vec<String> = (0..20).map(|i| format!("f{i}")).collect();
    let entries: Vec<_> = names
        .iter()
        .map(|name| (name.as_bytes(), FILE, &b""[..]))
        .collect();
    let limits = ArchiveLimits {
        entries: 10,
        ..ArchiveLimits::default()
    };
    assert!(matches!(
        extract(&pack(&entries), &limits),
        Err(ExtractError::TooMany { limit: 10 })
    ));
}

#[test]
fn an_archive_that_is_cut_short_or_none_at_all_is_an_error() {
    let archive = pack(&[(b"a", FILE, &[7; 5000])]);
    assert!(extract(&archive[..archive.len() / 2], &ArchiveLimits::default()).is_err());
    assert!(extract(b"not an archive", &ArchiveLimits::default()).is_err());
}
