//! A small stack in, a release out.

use std::path::Path;

use crate::{create, csctl, release, stack, text};

#[test]
fn the_same_sources_give_the_same_bytes() {
    let (sources, out) = (
        tempfile::tempdir().unwrap(),
        [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()],
    );
    let stack = stack(sources.path());
    let first = create(stack, out[0].path());
    assert!(first.status.success(), "{}", text(&first));
    assert!(
        text(&first).contains("cluster-addon/cni depends on chart cilium"),
        "{}",
        text(&first)
    );
    assert!(create(stack, out[1].path()).status.success());
    let files = release(out[0].path());
    assert_eq!(files, release(out[1].path()));
    assert_eq!(files.len(), 5, "{:?}", files.keys());
}

#[test]
fn packed_charts_have_their_version_and_lack_what_is_ignored() {
    let (sources, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let stack = stack(sources.path());
    let output = csctl(&[
        "create",
        stack,
        "-m",
        "custom",
        "--cluster-stack-version",
        "v0-custom.2",
        "--cluster-addon-version",
        "v0-custom.1",
        "--node-image-version",
        "v1",
        "-o",
        out.path().to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", text(&output));
    let files = release(out.path());
    let limits = cso_source::ArchiveLimits::default();
    let class = cso_source::extract(
        &files["docker-tiny-1-30-cluster-class-v0-custom.2.tgz"],
        &limits,
    )
    .unwrap();
    let chart =
        String::from_utf8_lossy(&class["docker-tiny-1-30-cluster-class/Chart.yaml"]).into_owned();
    assert!(chart.ends_with("version: v0-custom.2\n"), "{chart}");
    assert!(!class.contains_key("docker-tiny-1-30-cluster-class/a.swp"));
    let addon = cso_source::extract(
        &files["docker-tiny-1-30-cluster-addon-v0-custom.1.tgz"],
        &limits,
    )
    .unwrap();
    assert!(String::from_utf8_lossy(&addon["cni/Chart.yaml"]).contains("version: v0-custom.1"));
}

#[test]
fn charts_are_vendored_when_that_is_asked_for_and_the_hash_stays() {
    let (sources, mirror) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (plain, vendored) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let stack = stack(sources.path());
    let chart = "name: CNI\nversion: << .ClusterAddonVersion >>\ndependencies: [{name: cilium, version: ^1, repository: 'https://charts.example.com'}]\n";
    std::fs::write(sources.path().join("cluster-addon/cni/Chart.yaml"), chart).unwrap();
    let archive = cso_testing::charts::chart("cilium", "1.2.3", "");
    std::fs::write(mirror.path().join("cilium-1.2.3.tgz"), &archive).unwrap();
    assert!(create(stack, plain.path()).status.success());
    let flag = format!(
        "--chart-mirror=https://charts.example.com=file://{}",
        mirror.path().display()
    );
    let out = vendored.path().to_str().unwrap();
    let output = csctl(&[
        "create",
        stack,
        "-m",
        "hash",
        "-o",
        out,
        "--vendor-dependencies",
        &flag,
    ]);
    assert!(output.status.success(), "{}", text(&output));
    let (plain, vendored) = (release(plain.path()), release(vendored.path()));
    let names = |files: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<String> {
        files.keys().cloned().collect()
    };
    assert_eq!(names(&plain), names(&vendored), "the tag is the same");
    let (_, addon) = vendored
        .iter()
        .find(|(name, _)| name.contains("-cluster-addon-"))
        .unwrap();
    let addon = cso_source::extract(addon, &cso_source::ArchiveLimits::default()).unwrap();
    assert_eq!(addon["cni/charts/cilium-1.2.3.tgz"][..], archive);
}

#[test]
fn errors_say_what_to_do() {
    let (sources, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let stack = stack(sources.path());
    for (args, hint) in [
        (vec!["create", stack], "GIT_PROVIDER is not set"),
        (
            vec!["create", stack, "-m", "custom"],
            "--cluster-stack-version",
        ),
        (
            vec!["create", stack, "-m", "hash", "--publish"],
            "--remote oci",
        ),
        (
            vec!["create", "/does-not-exist", "-m", "hash"],
            "/does-not-exist",
        ),
        (
            vec!["publish", out.path().to_str().unwrap()],
            "not named like a release",
        ),
        (
            vec!["pull", "docker-tiny-1-30-v1"],
            "OCI_REPOSITORY is not set",
        ),
    ] {
        let output = csctl(&args);
        assert!(
            !output.status.success() && text(&output).contains(hint),
            "{args:?}: {}",
            text(&output)
        );
    }
}

#[test]
fn real_stacks_are_built() {
    let stacks = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/stacks/sources");
    assert!(
        stacks.is_dir() || std::env::var("CI").as_deref() != Ok("true"),
        "{} is missing",
        stacks.display()
    );
    for name in ["docker/scs", "openstack/scs", "openstack/scs2"]
        .iter()
        .filter(|_| stacks.is_dir())
    {
        let out = tempfile::tempdir().unwrap();
        let output = create(stacks.join("main").join(name).to_str().unwrap(), out.path());
        assert!(output.status.success(), "{name}: {}", text(&output));
        assert_eq!(
            text(&output).contains("depends on chart"),
            *name == "openstack/scs2",
            "{name}: {}",
            text(&output)
        );
    }
}
