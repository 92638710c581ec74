//! From sources to a registry and back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cso_testing::registry::{Access, Registry};
use cso_testing::{Options, TestBed};

use crate::{create, program, release, run, stack, text};

const REPOSITORY: &str = "kaas/stacks";

/// The program, told where the registry is.
fn at(host: &str, args: &[&str]) -> Command {
    let mut command = program(args);
    command.env("OCI_REGISTRY", host);
    command.env("OCI_REPOSITORY", REPOSITORY);
    command
}

fn publish(host: &str, folder: &Path) -> Output {
    let folder = folder.to_str().unwrap();
    run(&mut at(host, &["publish", folder, "--plain-http"]))
}

fn built(stack: &str, output: &Path) -> PathBuf {
    let created = create(stack, output);
    assert!(created.status.success(), "{}", text(&created));
    fs::read_dir(output)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path()
}

fn digests(output: &Output) -> Vec<String> {
    let text = text(output);
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != ':');
    let is_digest = |word: &&str| word.starts_with("sha256:") && word.len() == 71;
    words
        .map(|word| word.trim_end_matches(':'))
        .filter(is_digest)
        .map(str::to_owned)
        .collect()
}

/// Create, publish, publish again, publish something else, pull.
fn story(host: &str) {
    let sources = tempfile::tempdir().unwrap();
    let out = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let stack = stack(sources.path());
    let [first, second] = [&out[0], &out[1]].map(|out| built(stack, out.path()));

    let published = publish(host, &first);
    assert!(published.status.success(), "{}", text(&published));
    let again = publish(host, &second);
    assert!(again.status.success(), "{}", text(&again));
    assert!(
        text(&again).contains("already with the same content"),
        "{}",
        text(&again)
    );
    assert_eq!(
        digests(&published),
        digests(&again),
        "two builds, one digest"
    );

    let tag = first.file_name().unwrap().to_str().unwrap();
    let output = out[2].path().to_str().unwrap();
    let pull = ["pull", tag, "--plain-http", "--output", output];
    let pulled = run(&mut at(host, &pull));
    assert!(pulled.status.success(), "{}", text(&pulled));
    assert_eq!(digests(&pulled), digests(&published));
    assert_eq!(release(out[2].path()), release(out[0].path()));

    let class = format!(
        "docker-tiny-1-30-cluster-class-{}.tgz",
        tag.replacen("docker-tiny-1-30-", "", 1)
            .replace("sha-", "sha.")
    );
    fs::write(second.join(class), "other content").unwrap();
    let refused = publish(host, &second);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(
        text(&refused).contains("published already"),
        "{}",
        text(&refused)
    );
    let both = digests(&refused);
    assert!(
        both.len() == 2 && both[0] != both[1] && both[0] == digests(&published)[0],
        "{both:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_release_goes_round_and_is_never_overwritten() {
    let registry = Registry::start().await.unwrap();
    story(&registry.host());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_registry_agrees() {
    let bed = TestBed::start(Options::default()).await.unwrap();
    story(&bed.registry());
}

#[tokio::test(flavor = "multi_thread")]
async fn create_can_publish_at_once() {
    let registry = Registry::start().await.unwrap();
    let (sources, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (stack, output) = (stack(sources.path()), out.path().to_str().unwrap());
    let args = [
        "create",
        stack,
        "-m",
        "hash",
        "-o",
        output,
        "--publish",
        "--remote",
        "oci",
        "--plain-http",
    ];
    let created = run(&mut at(&registry.host(), &args));
    assert!(created.status.success(), "{}", text(&created));
    let digests = digests(&created);
    assert!(
        digests.len() == 2 && digests[0] == digests[1],
        "announced and published: {}",
        text(&created)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_docker_login_stored_is_used_unless_variables_say_otherwise() {
    let (username, password) = ("ann".to_owned(), "right".to_owned());
    let registry = Registry::start_with(Access::Basic { username, password })
        .await
        .unwrap();
    let (sources, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let folder = built(stack(sources.path()), out.path());
    let config = tempfile::tempdir().unwrap();
    // "YW5uOnJpZ2h0" is "ann:right".
    let auths = format!(
        r#"{{"auths":{{"{}":{{"auth":"YW5uOnJpZ2h0"}}}}}}"#,
        registry.host()
    );
    fs::write(config.path().join("config.json"), auths).unwrap();
    let host = registry.host();
    let publish = || {
        at(
            &host,
            &["publish", folder.to_str().unwrap(), "--plain-http"],
        )
    };

    let nobody = run(&mut publish());
    assert!(
        !nobody.status.success() && text(&nobody).contains("not authorized"),
        "{}",
        text(&nobody)
    );
    let wrong = run(publish()
        .env("DOCKER_CONFIG", config.path())
        .envs([("OCI_USERNAME", "ann"), ("OCI_PASSWORD", "wrong")]));
    assert!(
        !wrong.status.success() && !text(&wrong).contains("wrong"),
        "{}",
        text(&wrong)
    );
    let known = run(publish().env("DOCKER_CONFIG", config.path()));
    assert!(known.status.success(), "{}", text(&known));

    fs::write(config.path().join("config.json"), "{").unwrap();
    let broken = run(publish().env("DOCKER_CONFIG", config.path()));
    assert!(
        !broken.status.success() && text(&broken).contains("repair config.json"),
        "{}",
        text(&broken)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_cannot_be_used_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let pull = |file: &Path| {
        let args = [
            "pull",
            "docker-tiny-1-30-v1",
            "--ca-file",
            file.to_str().unwrap(),
        ];
        text(&run(&mut at("127.0.0.1:1", &args)))
    };
    assert!(
        pull(&file).contains("failed to read --ca-file"),
        "{}",
        pull(&file)
    );
    fs::write(
        &file,
        "-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(
        pull(&file).contains("with these certificates"),
        "{}",
        pull(&file)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stable_releases_count_up_and_only_when_something_changed() {
    let registry = Registry::start().await.unwrap();
    let sources = tempfile::tempdir().unwrap();
    let stack = stack(sources.path());
    let release = || {
        let out = tempfile::tempdir().unwrap();
        let output = out.path().to_str().unwrap();
        let args = [
            "create",
            stack,
            "-m",
            "stable",
            "-o",
            output,
            "--publish",
            "--remote",
            "oci",
            "--plain-http",
        ];
        text(&run(&mut at(&registry.host(), &args)))
    };
    let first = release();
    assert!(first.contains("published docker-tiny-1-30-v1 "), "{first}");
    let same = release();
    assert!(
        same.contains("nothing changed since docker-tiny-1-30-v1"),
        "{same}"
    );
    fs::write(sources.path().join("cluster-class/values.yaml"), "a: b").unwrap();
    let second = release();
    assert!(
        second.contains("published docker-tiny-1-30-v2 "),
        "{second}"
    );
}
