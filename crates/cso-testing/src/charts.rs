//! Decides what the chart repositories of tests are: an in-process one over loopback HTTP, charts packed in memory, and
//! charts pushed to the in-process registry as `helm push` does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::{Request, State as Extract};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::registry::Registry;

/// Where the repository lies on its server.
const BASE: &str = "/charts";

/// A chart repository that lives as long as this value and the runtime it was started on.
#[derive(Debug)]
pub struct ChartRepository {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    server: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct State {
    /// Content by path below the repository.
    files: BTreeMap<String, Vec<u8>>,
    /// Lines of the index by chart.
    entries: BTreeMap<String, Vec<String>>,
    requests: Vec<String>,
}

impl ChartRepository {
    /// Starts an empty repository.
    ///
    /// # Errors
    /// No port could be bound.
    pub async fn start() -> std::io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let state = Arc::<Mutex<State>>::default();
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let server = tokio::spawn(async move {
            // `serve` ends only with its task.
            drop(axum::serve(listener, router).await);
        });
        Ok(Self {
            address,
            state,
            server,
        })
    }

    /// Its address, as a chart declares it.
    pub fn url(&self) -> String {
        format!("http://{}{BASE}", self.address)
    }

    /// Adds a chart: its archive, and an entry with relative address and digest.
    pub fn add(&self, name: &str, version: &str, archive: Vec<u8>) {
        let (file, digest) = (format!("{name}-{version}.tgz"), hex(&archive));
        self.put(&file, archive);
        self.list(name, version, &file, &digest);
    }

    /// Adds an entry to the index and nothing else; an empty digest is left out.
    pub fn list(&self, name: &str, version: &str, url: &str, digest: &str) {
        let entry =
            serde_json::json!({"name": name, "version": version, "urls": [url], "digest": digest});
        let mut state = lock(&self.state);
        let entries = state.entries.entry(name.to_owned()).or_default();
        entries.push(entry.to_string());
    }

    /// Puts a file into the repository; one called `index.yaml` takes the place of the index.
    pub fn put(&self, path: &str, content: Vec<u8>) {
        lock(&self.state).files.insert(path.to_owned(), content);
    }

    /// The paths that were asked for so far, oldest first.
    pub fn requests(&self) -> Vec<String> {
        lock(&self.state).requests.clone()
    }
}

impl Drop for ChartRepository {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(Extract(state): Extract<Arc<Mutex<State>>>, request: Request) -> Response {
    let mut state = lock(&state);
    let path = request.uri().path();
    let path = path.strip_prefix(BASE).unwrap_or(path);
    let path = path.trim_start_matches('/').to_owned();
    state.requests.push(path.clone());
    match state.files.get(&path) {
        Some(content) => content.clone().into_response(),
        None if path == "index.yaml" => index(&state.entries).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn index(entries: &BTreeMap<String, Vec<String>>) -> String {
    let mut index = "apiVersion: v1\nentries:\n".to_owned();
    for (name, entries) in entries {
        // Writing to a String cannot fail.
        let _ = writeln!(index, "  {name}: [{}]", entries.join(", "));
    }
    index
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn hex(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A packaged chart that renders one `ConfigMap`; `more` is added to its `Chart.yaml`.
pub fn chart(name: &str, version: &str, more: &str) -> Vec<u8> {
    let metadata = format!("apiVersion: v2\nname: {name}\nversion: {version}\n{more}");
    let map = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Chart.Name }}'}\ndata: {version: '{{ .Chart.Version }}'}\n";
    package(&BTreeMap::from([
        (format!("{name}/Chart.yaml"), metadata.into_bytes()),
        (format!("{name}/templates/map.yaml"), map.into()),
    ]))
}

/// A `.tgz` of these files by path.
///
/// # Panics
/// With a path that is none for an archive.
pub fn package(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive
            .append_data(&mut header, path, content.as_slice())
            .expect("memory does not fail, and the path is one of an archive");
    }
    let compressed = archive.into_inner().expect("memory does not fail");
    compressed.finish().expect("memory does not fail")
}

/// A packaged chart of a folder, under the folder's chart name.
///
/// # Errors
/// The folder cannot be read.
pub fn package_folder(name: &str, folder: &Path) -> std::io::Result<Vec<u8>> {
    let mut files = BTreeMap::new();
    read(folder, name, &mut files)?;
    Ok(package(&files))
}

fn read(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            read(&entry.path(), &path, files)?;
        } else {
            files.insert(path, std::fs::read(entry.path())?);
        }
    }
    Ok(())
}

/// Pushes a packaged chart to the in-process registry, with the media types of Helm.
pub fn push(registry: &Registry, repository: &str, tag: &str, archive: &[u8]) {
    push_as(
        "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
        registry,
        repository,
        tag,
        archive,
    );
}

/// The same with another media type of the layer.
pub fn push_as(media_type: &str, registry: &Registry, repository: &str, tag: &str, archive: &[u8]) {
    let config = b"{}";
    let manifest_type = "application/vnd.oci.image.manifest.v1+json";
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": manifest_type,
        "config": {
            "mediaType": "application/vnd.cncf.helm.config.v1+json",
            "digest": registry.add_blob(repository, config.to_vec()),
            "size": config.len(),
        },
        "layers": [{
            "mediaType": media_type,
            "digest": registry.add_blob(repository, archive.to_vec()),
            "size": archive.len(),
        }],
    });
    registry.add_manifest(repository, tag, manifest_type, manifest.to_string());
}
