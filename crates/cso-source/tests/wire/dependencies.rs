//! Charts that a release depends on and does not ship: where they are found, what is refused, what is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Redirect;
use cluster_stack::{Bundle, ChartDependency, Digest, Files, Pin};
use cso_source::{
    Access, Cache, ChartRepositories, Credentials, Error, Limits, Mirrors, Network, OciRepository,
    Secret, Source, Store,
};
use cso_testing::charts::{ChartRepository, chart, package, push, push_as};
use cso_testing::registry::Registry;

use crate::{files, serve, source, tag};

/// A registry with one release whose add-on chart has these files besides `Chart.yaml`, and these dependencies.
struct World {
    _registry: Registry,
    source: Source,
    digest: Digest,
    folder: tempfile::TempDir,
    store: Store,
}

const ADDON: &str = "docker-tiny-1-30-cluster-addon";

fn release(dependencies: &str, more: &[(&str, &str)]) -> Files {
    let metadata =
        format!("apiVersion: v2\nname: {ADDON}\nversion: v1\ndependencies: [{dependencies}]\n");
    let mut chart = BTreeMap::from([(format!("{ADDON}/Chart.yaml"), metadata.into_bytes())]);
    let more = more.iter();
    chart.extend(more.map(|(name, text)| (format!("{ADDON}/{name}"), text.as_bytes().to_vec())));
    let mut files = files("");
    files.insert(format!("{ADDON}-v1.tgz"), package(&chart).into());
    files
}

impl World {
    async fn new(files: &Files, repositories: ChartRepositories) -> Self {
        let registry = Registry::start().await.unwrap();
        let source = source(&registry.host());
        let pushed = source.push(&tag(), files, BTreeMap::new()).await.unwrap();
        let cso_source::Pushed::Created(digest) = pushed else {
            panic!("the tag is new")
        };
        let folder = tempfile::tempdir().unwrap();
        let store = store(&folder, repositories);
        Self {
            _registry: registry,
            source,
            digest,
            folder,
            store,
        }
    }

    /// A release that depends on this.
    async fn of(dependencies: &str) -> Self {
        Self::new(&release(dependencies, &[]), ChartRepositories::default()).await
    }

    async fn pull(&self) -> Result<Arc<Bundle>, Error> {
        self.store.pull(&self.source, &tag(), None).await
    }

    /// What pulling comes to, after checking that nothing was kept.
    async fn refused(&self) -> Error {
        let error = self.pull().await.unwrap_err();
        assert_eq!(
            std::fs::read_dir(self.folder.path()).unwrap().count(),
            0,
            "{error}"
        );
        error
    }

    /// As a new process: nothing in memory, and no disk either.
    fn elsewhere(&mut self) {
        self.folder = tempfile::tempdir().unwrap();
        self.store = store(&self.folder, ChartRepositories::default());
    }
}

fn store(folder: &tempfile::TempDir, repositories: ChartRepositories) -> Store {
    let cache = Cache::open(folder.path(), 1 << 20, Limits::default()).unwrap();
    Store::with_repositories(cache, repositories)
}

fn mirrored(mirrors: &[&str]) -> ChartRepositories {
    ChartRepositories {
        mirrors: Mirrors::parse(mirrors.iter().copied()).unwrap(),
        ..ChartRepositories::default()
    }
}

fn depends(name: &str, version: &str, repository: &str) -> String {
    format!("{{name: {name}, version: '{version}', repository: '{repository}'}}")
}

/// Chart, name and version of what was fetched.
fn found(bundle: &Bundle) -> Vec<(String, String, String)> {
    let list = bundle.dependencies().list().iter();
    list.map(|one| (one.chart.clone(), one.name.clone(), one.version.clone()))
        .collect()
}

fn one(name: &str, version: &str) -> Vec<(String, String, String)> {
    vec![(
        "cluster-addon".to_owned(),
        name.to_owned(),
        version.to_owned(),
    )]
}

fn text(error: &Error) -> String {
    helm_chain(error)
}

fn helm_chain(error: &dyn std::error::Error) -> String {
    let rest = error
        .source()
        .map(|source| format!(": {}", helm_chain(source)));
    error.to_string() + &rest.unwrap_or_default()
}

#[tokio::test]
async fn u10_a_missing_chart_is_fetched_once_and_kept_with_its_release() {
    let repository = ChartRepository::start().await.unwrap();
    for version in ["1.2.0", "1.10.0", "1.11.0-rc.1", "2.0.0"] {
        repository.add("lib", version, chart("lib", version, ""));
    }
    let world = World::of(&format!(
        "{}, {}",
        depends("lib", "^1.2", &repository.url()),
        depends("lib", "^1.2", &repository.url()).replace('}', ", alias: again}"),
    ))
    .await;
    let bundle = world.pull().await.unwrap();
    assert_eq!(found(&bundle), one("lib", "1.10.0"));
    let listed = &bundle.dependencies().list()[0];
    assert_eq!(listed.repository, repository.url());
    assert_eq!(listed.digest, Digest::of(&chart("lib", "1.10.0", "")));
    assert_eq!(repository.requests(), ["index.yaml", "lib-1.10.0.tgz"]);

    drop(bundle);
    let again = store(&world.folder, ChartRepositories::default());
    let pin = Pin::from(world.digest.clone());
    let bundle = again.pull(&world.source, &tag(), Some(&pin)).await.unwrap();
    let (_, archive) = bundle.dependencies().of("cluster-addon").next().unwrap();
    assert_eq!(archive[..], chart("lib", "1.10.0", ""));
    assert_eq!(
        repository.requests().len(),
        2,
        "what is kept needs no network"
    );
}

#[tokio::test]
async fn u10_an_absolute_address_and_a_range_of_tags_lead_to_the_chart_too() {
    let (repository, files) = (
        ChartRepository::start().await.unwrap(),
        ChartRepository::start().await.unwrap(),
    );
    files.put("deep/lib-1.0.0.tgz", chart("lib", "1.0.0", ""));
    let url = format!("{}/deep/lib-1.0.0.tgz", files.url());
    repository.list("lib", "1.0.0", &url, "");
    let world = World::of(&depends("lib", "1.0.0", &repository.url())).await;
    assert_eq!(found(&world.pull().await.unwrap()), one("lib", "1.0.0"));

    let registry = Registry::start().await.unwrap();
    for version in ["1.0.0", "1.1.0+build.5", "2.0.0"] {
        let archive = chart("lib", version, "");
        push(
            &registry,
            "charts/lib",
            &version.replace('+', "_"),
            &archive,
        );
    }
    let mirror = format!("oci://r.example=oci+http://{}", registry.host());
    for (range, version) in [
        ("1.x", "1.1.0+build.5"),
        ("2.0.0", "2.0.0"),
        ("1.1.0+build.5", "1.1.0+build.5"),
    ] {
        let files = release(&depends("lib", range, "oci://r.example/charts"), &[]);
        let world = World::new(&files, mirrored(&[&mirror])).await;
        assert_eq!(found(&world.pull().await.unwrap()), one("lib", version));
    }
}

#[tokio::test]
async fn u10_a_lock_decides_the_version_and_has_to_fit_the_declarations() {
    let repository = ChartRepository::start().await.unwrap();
    for version in ["1.0.0", "1.1.0"] {
        repository.add("lib", version, chart("lib", version, ""));
    }
    let url = repository.url();
    let hashed = format!(
        r#"[[{{"name":"lib","version":"^1","repository":"{url}"}}],[{{"name":"lib","version":"1.0.0","repository":"{url}"}}]]"#
    );
    let lock = format!(
        "dependencies: [{}]\ndigest: {}\n",
        depends("lib", "1.0.0", &url),
        Digest::of(hashed.as_bytes()),
    );
    let locked = |range: &str| release(&depends("lib", range, &url), &[("Chart.lock", &lock)]);
    let world = World::new(&locked("^1"), ChartRepositories::default()).await;
    assert_eq!(found(&world.pull().await.unwrap()), one("lib", "1.0.0"));
    let world = World::new(&locked(">=1"), ChartRepositories::default()).await;
    let error = text(&world.refused().await);
    assert!(
        error.contains("Chart.lock") && error.contains("out of sync"),
        "{error}"
    );
}

#[tokio::test]
async fn u10_fetched_charts_get_what_they_need_up_to_a_depth() {
    let repository = ChartRepository::start().await.unwrap();
    let url = repository.url();
    let needs = |name: &str| format!("dependencies: [{}]\n", depends(name, "1.0.0", &url));
    repository.add("outer", "1.0.0", chart("outer", "1.0.0", &needs("inner")));
    repository.add("inner", "1.0.0", chart("inner", "1.0.0", ""));
    repository.add("loop", "1.0.0", chart("loop", "1.0.0", &needs("loop")));
    let world = World::of(&depends("outer", "1.0.0", &url)).await;
    let inner = (
        "cluster-addon/outer-1.0.0".into(),
        "inner".into(),
        "1.0.0".into(),
    );
    let mut expected = one("outer", "1.0.0");
    expected.push(inner);
    assert_eq!(found(&world.pull().await.unwrap()), expected);
    let error = World::of(&depends("loop", "1.0.0", &url))
        .await
        .refused()
        .await;
    assert_eq!(error.category(), "DependencyTooLarge", "{error}");
}

#[tokio::test]
async fn u10_every_way_a_chart_cannot_be_had_is_told_apart() {
    let repository = ChartRepository::start().await.unwrap();
    let url = repository.url();
    repository.add("lib", "1.0.0", chart("lib", "1.0.0", ""));
    repository.add("other", "1.0.0", chart("lib", "1.0.0", ""));
    repository.add("text", "1.0.0", b"no archive".to_vec());
    repository.list("wrong", "1.0.0", "lib-1.0.0.tgz", &"0".repeat(64));
    repository.list("gone", "1.0.0", "gone.tgz", "");
    let metadata = serve(
        Router::new().fallback(async || Redirect::temporary("http://169.254.169.254/latest")),
    )
    .await;
    let broken = serve(Router::new().fallback(async || StatusCode::INTERNAL_SERVER_ERROR)).await;
    let page = serve(Router::new().fallback(async || "<html>hello</html>")).await;
    let closed = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    for (name, range, repository, category) in [
        ("lib", "^2", url.as_str(), "DependencyNotFound"),
        ("unknown", "*", &url, "DependencyNotFound"),
        ("gone", "*", &url, "DependencyNotFound"),
        ("wrong", "*", &url, "DependencyDigestMismatch"),
        ("other", "*", &url, "DependencyNotAChart"),
        ("text", "*", &url, "DependencyNotAChart"),
        ("lib", "*", &format!("http://{page}"), "DependencyNotAChart"),
        ("lib", "*", &closed, "DependencyUnreachable"),
        (
            "lib",
            "*",
            &format!("http://{broken}"),
            "DependencyUnreachable",
        ),
        (
            "lib",
            "*",
            &format!("http://{metadata}"),
            "DependencyUnreachable",
        ),
        (
            "lib",
            "*",
            "http://169.254.169.254/charts",
            "DependencyUndeclared",
        ),
        ("lib", "*", "@stable", "DependencyUndeclared"),
        ("lib", "*", "file://../lib", "DependencyUndeclared"),
        ("lib", "*", "", "DependencyUndeclared"),
        ("lib", "latest", &url, "DependencyUndeclared"),
    ] {
        let error = World::of(&depends(name, range, repository))
            .await
            .refused()
            .await;
        assert_eq!(
            error.category(),
            category,
            "{name} {range}: {}",
            text(&error)
        );
        assert!(text(&error).contains("cluster-addon"), "{}", text(&error));
    }
}

#[tokio::test]
async fn u10_without_the_network_only_folders_are_looked_into_and_the_refusal_says_what_to_do() {
    let repository = ChartRepository::start().await.unwrap();
    repository.add("lib", "1.0.0", chart("lib", "1.0.0", ""));
    let files = release(&depends("lib", "^1", &repository.url()), &[]);
    let forbidden = |mirrors: &[&str]| ChartRepositories {
        network: Network::Forbidden,
        ..mirrored(mirrors)
    };
    let error = World::new(&files, forbidden(&[])).await.refused().await;
    assert_eq!(error.category(), "DependencyForbidden");
    for word in [
        "cluster-addon",
        "lib ^1",
        &repository.url(),
        "--no-remote-dependencies",
        "--chart-mirror",
        "csctl",
    ] {
        assert!(text(&error).contains(word), "{word}: {}", text(&error));
    }
    assert!(repository.requests().is_empty());

    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("lib-1.2.0.tgz", &chart("lib", "1.2.0", ""));
    put("lib-1.10.0.tgz", &chart("lib", "1.10.0", ""));
    put("lib-extra-1.11.0.tgz", &chart("lib-extra", "1.11.0", ""));
    let mirror = format!("*=file://{}", folder.path().display());
    let world = World::new(&files, forbidden(&[&mirror])).await;
    assert_eq!(found(&world.pull().await.unwrap()), one("lib", "1.10.0"));
    put("index.yaml", b"{apiVersion: v1, entries: {lib: [{version: 1.2.0, urls: ['https://x.example/lib-1.2.0.tgz'], digest: '00'}]}}");
    let error = World::new(&files, forbidden(&[&mirror]))
        .await
        .refused()
        .await;
    assert_eq!(
        error.category(),
        "DependencyDigestMismatch",
        "{}",
        text(&error)
    );
}

#[tokio::test]
async fn u10_what_was_fetched_first_is_fetched_again_or_nothing() {
    let repository = ChartRepository::start().await.unwrap();
    repository.add("lib", "1.0.0", chart("lib", "1.0.0", ""));
    let mut world = World::of(&depends("lib", "^1", &repository.url())).await;
    let first = world.pull().await.unwrap().dependencies().list().to_vec();
    let pin = Pin {
        digest: world.digest.clone(),
        dependencies: first.clone(),
    };
    repository.add("lib", "1.1.0", chart("lib", "1.1.0", ""));
    world.elsewhere();
    let bundle = world.store.pull(&world.source, &tag(), Some(&pin)).await;
    assert_eq!(bundle.unwrap().dependencies().list(), first);

    let repository = ChartRepository::start().await.unwrap();
    repository.add(
        "lib",
        "1.0.0",
        chart("lib", "1.0.0", "description: changed\n"),
    );
    let moved = ChartDependency {
        repository: repository.url(),
        ..first[0].clone()
    };
    let world = World::of(&depends("lib", "^1", &repository.url())).await;
    let pin = Pin {
        digest: world.digest.clone(),
        dependencies: vec![moved],
    };
    let refused = world.store.pull(&world.source, &tag(), Some(&pin)).await;
    let error = refused.unwrap_err();
    assert_eq!(error.category(), "DependencyDigestMismatch");
    assert!(text(&error).contains("changed from"), "{}", text(&error));
}

#[tokio::test]
async fn u10_credentials_of_the_operator_go_to_its_own_registry_only() {
    let (host, seen) = guarded(|_| Vec::new(), false).await;
    let access = Access {
        credentials: Credentials::Basic {
            username: "user".into(),
            password: Secret::new("password"),
        },
        ..Access::default()
    };
    let mirror = format!("oci://r.example=oci+http://{host}");
    for (own, told) in [
        ("elsewhere.example/x", false),
        (&format!("{host}/stacks"), true),
    ] {
        let repositories = ChartRepositories {
            registry: Some((OciRepository::parse(own).unwrap(), access.clone())),
            ..mirrored(&[&mirror])
        };
        let files = release(&depends("lib", "1.0.0", "oci://r.example"), &[]);
        let world = World::new(&files, repositories).await;
        let error = world.refused().await;
        assert_eq!(error.category(), "DependencyDenied", "{}", text(&error));
        let sent = std::mem::take(&mut *seen.lock().unwrap());
        assert_eq!(sent.iter().any(Option::is_some), told, "{own}");
    }
}

#[tokio::test]
async fn u10_what_a_registry_has_under_the_tag_need_not_be_a_chart() {
    let registry = Registry::start().await.unwrap();
    let archive = chart("lib", "1.0.0", "");
    push_as(
        "application/octet-stream",
        &registry,
        "charts/lib",
        "1.0.0",
        &archive,
    );
    push(&registry, "charts/lib", "3.0.0", &archive);
    let mirror = format!("oci://r.example=oci+http://{}", registry.host());
    for (range, category) in [
        ("1.0.0", "DependencyNotAChart"),
        ("3.0.0", "DependencyNotAChart"),
        ("2.0.0", "DependencyNotFound"),
        ("^2", "DependencyNotFound"),
    ] {
        let files = release(&depends("lib", range, "oci://r.example/charts"), &[]);
        let world = World::new(&files, mirrored(&[&mirror])).await;
        let error = world.refused().await;
        assert_eq!(error.category(), category, "{range}: {}", text(&error));
    }
}

#[tokio::test]
async fn u10_more_than_charts_can_need_is_refused() {
    let repository = ChartRepository::start().await.unwrap();
    for name in ["a", "b"] {
        repository.add(name, "1.0.0", chart(name, "1.0.0", ""));
    }
    let usual = Limits::default();
    for limits in [
        Limits {
            index_bytes: 20,
            ..usual
        },
        Limits {
            chart_bytes: 20,
            ..usual
        },
        Limits {
            release_bytes: 300,
            ..usual
        },
        Limits { charts: 1, ..usual },
    ] {
        let repositories = ChartRepositories {
            limits,
            ..ChartRepositories::default()
        };
        let [a, b] = ["a", "b"].map(|name| depends(name, "*", &repository.url()));
        let files = release(&format!("{a}, {b}"), &[]);
        let error = World::new(&files, repositories).await.refused().await;
        let error = text(&error);
        assert!(
            error.contains("limit") || error.contains("more than"),
            "{limits:?}: {error}"
        );
    }
}

/// Who a request came from, by its header.
type Seen = Arc<Mutex<Vec<Option<String>>>>;

/// A server of one file, for the user `u` with password `p` or for everybody; it notes who asked.
async fn guarded(
    file: impl Fn(&str) -> Vec<u8> + Clone + Send + Sync + 'static,
    open: bool,
) -> (String, Seen) {
    let seen = Seen::default();
    let note = Arc::clone(&seen);
    let routes = Router::new().fallback(async move |request: Request| {
        let header = request.headers().get("authorization");
        let who = header.map(|value| value.to_str().unwrap().to_owned());
        note.lock().unwrap().push(who.clone());
        let (status, body) = if open || who.as_deref() == Some("Basic dTpw") {
            (StatusCode::OK, file(request.uri().path()))
        } else {
            (StatusCode::UNAUTHORIZED, b"who is it?".to_vec())
        };
        (status, [("www-authenticate", "Basic realm=\"x\"")], body)
    });
    (serve(routes).await, seen)
}

/// Repositories with this file of credentials.
fn known(folder: &tempfile::TempDir, auths: &str) -> ChartRepositories {
    let path = folder.path().join("config.json");
    std::fs::write(&path, format!("{{\"auths\":{{{auths}}}}}")).unwrap();
    ChartRepositories {
        credentials: Some(path),
        ..ChartRepositories::default()
    }
}

fn index(archive: &str) -> Vec<u8> {
    let entry = format!("{{name: lib, version: 1.0.0, urls: ['{archive}']}}");
    format!("apiVersion: v1\nentries: {{lib: [{entry}]}}").into_bytes()
}

#[tokio::test]
async fn a_private_repository_is_asked_as_the_one_it_knows() {
    let file = |path: &str| match path {
        "/charts/index.yaml" => index("lib-1.0.0.tgz"),
        _ => chart("lib", "1.0.0", ""),
    };
    let folder = tempfile::tempdir().unwrap();
    let (host, seen) = guarded(file, false).await;
    let files = release(&depends("lib", "^1", &format!("http://{host}/charts")), &[]);
    for (auths, told) in [
        (String::new(), None),
        // Not meant for a wire that others read.
        (format!(r#""{host}":{{"auth":"dTpw"}}"#), None),
        (format!(r#""http://{host}/other":{{"auth":"dTpw"}}"#), None),
        (
            format!(r#""http://{host}":{{"username":"u","password":"wrong"}}"#),
            Some("Basic dTp3cm9uZw=="),
        ),
    ] {
        let world = World::new(&files, known(&folder, &auths)).await;
        let error = world.refused().await;
        assert_eq!(error.category(), "DependencyDenied", "{auths}");
        assert!(text(&error).contains("--chart-credentials"), "{error}");
        assert!(!text(&error).contains("wrong"), "{error}");
        let seen = std::mem::take(&mut *seen.lock().unwrap());
        assert!(seen.iter().all(|who| who.as_deref() == told), "{auths}");
    }
    let auths = format!(r#""http://{host}/charts":{{"auth":"dTpw"}}"#);
    let world = World::new(&files, known(&folder, &auths)).await;
    assert_eq!(found(&world.pull().await.unwrap()), one("lib", "1.0.0"));
}

#[tokio::test]
async fn where_the_archive_lies_elsewhere_the_credentials_of_the_index_stay_home() {
    let folder = tempfile::tempdir().unwrap();
    let (elsewhere, seen) = guarded(|_| chart("lib", "1.0.0", ""), true).await;
    let archive = format!("http://{elsewhere}/lib.tgz");
    let (host, _) = guarded(move |_| index(&archive), false).await;
    let files = release(&depends("lib", "*", &format!("http://{host}")), &[]);
    let auths = format!(r#""http://{host}":{{"auth":"dTpw"}}"#);
    let world = World::new(&files, known(&folder, &auths)).await;
    assert_eq!(found(&world.pull().await.unwrap()), one("lib", "1.0.0"));
    assert_eq!(*seen.lock().unwrap(), [None]);
}

#[tokio::test]
async fn a_registry_of_charts_is_asked_as_the_one_it_knows() {
    let folder = tempfile::tempdir().unwrap();
    let (host, seen) = guarded(|_| Vec::new(), false).await;
    let files = release(&depends("lib", "1.0.0", "oci://r.example/charts"), &[]);
    let auths = format!(r#""http://{host}/charts":{{"auth":"dTpw"}}"#);
    let repositories = ChartRepositories {
        mirrors: Mirrors::parse([format!("oci://r.example=oci+http://{host}").as_str()]).unwrap(),
        ..known(&folder, &auths)
    };
    World::new(&files, repositories).await.refused().await;
    let asked = std::mem::take(&mut *seen.lock().unwrap());
    assert!(asked.contains(&Some("Basic dTpw".to_owned())), "{asked:?}");
}

#[tokio::test]
async fn a_file_of_credentials_that_cannot_be_read_is_named_and_not_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let files = release(&depends("lib", "*", "https://charts.example"), &[]);
    let broken = known(&folder, "\"hunter2");
    let missing = ChartRepositories {
        credentials: Some(folder.path().join("none.json")),
        ..ChartRepositories::default()
    };
    for (repositories, name) in [(broken, "config.json"), (missing, "none.json")] {
        let at_start = repositories.check().unwrap_err().to_string();
        let error = text(&World::new(&files, repositories).await.refused().await);
        for message in [at_start, error] {
            assert!(message.contains(name), "{message}");
            assert!(!message.contains("hunter2"), "{message}");
        }
    }
}
