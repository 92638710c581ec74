//! The program as its users run it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod create;
mod publish;
mod template;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_csctl"));
    for (name, _) in
        std::env::vars().filter(|(name, _)| name.starts_with("OCI_") || name.starts_with("GIT_"))
    {
        command.env_remove(name);
    }
    command.env("DOCKER_CONFIG", "/nonexistent");
    command.args(args);
    command
}

fn csctl(args: &[&str]) -> Output {
    run(&mut program(args))
}

fn run(command: &mut Command) -> Output {
    command.output().expect("the program under test starts")
}

fn stack(folder: &Path) -> &str {
    let files = [
        (
            "csctl.yaml",
            "config: {kubernetesVersion: v1.30.1, clusterStackName: tiny, provider: {type: docker}}",
        ),
        (
            "clusteraddon.yaml",
            "addonStages: {AfterControlPlaneInitialized: [{name: cni, action: apply}]}",
        ),
        (
            "cluster-class/Chart.yaml",
            "apiVersion: v2\nname: docker-tiny-1-30-cluster-class\nversion: v1\n",
        ),
        ("cluster-class/templates/class.yaml", "kind: ClusterClass"),
        ("cluster-class/.helmignore", "*.swp"),
        ("cluster-class/a.swp", "x"),
        (
            "cluster-addon/cni/Chart.yaml",
            "name: CNI\nversion: << .ClusterAddonVersion >>\ndependencies: [{name: cilium}]\n",
        ),
    ];
    for (path, content) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder)).expect("folder");
        fs::write(path, content).expect("file");
    }
    folder.to_str().expect("UTF-8")
}

fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

fn release(output: &Path) -> BTreeMap<String, Vec<u8>> {
    let folder: PathBuf = fs::read_dir(output)
        .expect("output")
        .next()
        .expect("a release")
        .expect("entry")
        .path();
    let files = fs::read_dir(folder)
        .expect("release")
        .map(|file| file.expect("entry").path());
    files
        .map(|file| {
            (
                file.file_name()
                    .expect("name")
                    .to_string_lossy()
                    .into_owned(),
                fs::read(&file).expect("file"),
            )
        })
        .collect()
}

fn create(stack: &str, output: &Path) -> Output {
    csctl(&[
        "create",
        stack,
        "-m",
        "hash",
        "-o",
        output.to_str().expect("UTF-8"),
    ])
}

#[test]
fn the_list_of_commands_and_their_own_help_say_the_same_of_them() {
    let list = String::from_utf8(csctl(&["--help"]).stdout).unwrap();
    for command in ["create", "publish", "pull", "template", "version"] {
        let own = String::from_utf8(csctl(&[command, "-h"]).stdout).unwrap();
        let about = own.lines().next().unwrap();
        let listed = list
            .lines()
            .find(|line| line.trim_start().starts_with(command));
        assert!(
            listed.unwrap().ends_with(about),
            "{command}: {about}\n{list}"
        );
    }
}
