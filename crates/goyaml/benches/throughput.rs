//! How fast documents are read and written: prints MB/s of text, the best of some rounds.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a program for people that measures time"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Nested mappings with comments, as in values files.
fn values() -> String {
    let mut text = String::new();
    for i in 0..1500 {
        let _ = write!(
            text,
            "# How service {i} is run.\nservice{i}:\n  enabled: {}\n  replicas: {i}\n  image:\n    repository: registry.example.org/team/service-{i}\n    tag: \"v1.{i}.0\"\n  resources:\n    limits: {{cpu: 500m, memory: 128Mi}}\n    weight: 0.{i}\n  args:\n    - --port={i}\n    - '--name=service'\n\n",
            i % 2 == 0
        );
    }
    text
}

/// Objects with labels and long block scalars, as in manifests.
fn manifest() -> String {
    let mut text = String::from("items:\n");
    for i in 0..1000 {
        let _ = write!(
            text,
            "- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: config-{i}\n    namespace: default\n    labels:\n      app.kubernetes.io/name: config\n      app.kubernetes.io/instance: \"{i}\"\n  data:\n    key: a text that stands on one line, with some words in it\n    script: |\n      set -eu\n      for name in a b c; do\n        echo \"$name of {i}\" >> /tmp/log\n      done\n"
        );
    }
    text
}

fn best(mut run: impl FnMut()) -> Duration {
    (0..25)
        .map(|_| {
            let start = Instant::now();
            run();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn main() {
    println!(
        "{:<10} {:>8} {:>12} {:>12}",
        "document", "KiB", "read MB/s", "write MB/s"
    );
    for (name, text) in [("values", values()), ("manifest", manifest())] {
        let data = goyaml::from_slice(text.as_bytes()).unwrap();
        let written = goyaml::data_to_vec(&data).unwrap().len();
        let read = best(|| drop(black_box(goyaml::from_slice(black_box(text.as_bytes())))));
        let write = best(|| drop(black_box(goyaml::data_to_vec(black_box(&data)))));
        let rate = |bytes: usize, time: Duration| bytes as f64 / time.as_secs_f64() / 1e6;
        println!(
            "{name:<10} {:>8} {:>12.1} {:>12.1}",
            text.len() / 1024,
            rate(text.len(), read),
            rate(written, write)
        );
    }
}
