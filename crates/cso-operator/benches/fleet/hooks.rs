//! Measures how soon the operator answers Cluster API's hooks while it looks after a fleet: over TLS, as registered.

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_core::hooks::Hook;
use cso_operator::Config;
use kube::api::{DeleteParams, DynamicObject};
use kube::{Api, Client};
use serde_json::{Value, json};

use crate::clusters::{CLUSTER, Fleet};
use crate::objects::Values;
use crate::operator::{self, Running};
use crate::parts::at;
use crate::site::Site;
use crate::world::{World, resource};

/// Calls that are measured.
const CALLS: usize = 5_000;

/// Milliseconds an answer takes: half of all, and 99 of 100.
pub(crate) struct Times {
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// Asks about the Clusters of a fleet in turn, one call after the other.
pub(crate) async fn measure(site: &mut Site, clusters: usize) -> Times {
    let world = World::idle("hooks").await;
    let config = answering(&world);
    let running = Running::over(world, config, Values::Own).await;
    let mut fleet = Fleet::new(&running.world, operator::TAG);
    let names = fleet.join(&site.clusters(clusters).await).await;
    let requests = requests(&running.world, &names).await;
    let (client, registration) = trusting(&running.world).await;
    let mut times = Vec::new();
    for call in 0..CALLS {
        let request = http::Request::post(Hook::BeforeClusterUpgrade.path());
        let request = request.body(requests[call % requests.len()].clone());
        let began = Instant::now();
        let answer: Value = client.request(request.unwrap()).await.unwrap();
        times.push(1000.0 * began.elapsed().as_secs_f64());
        assert_eq!(answer["status"], "Success", "{answer}");
    }
    let name = registration.metadata.name.as_deref().unwrap();
    let params = DeleteParams::default();
    registrations(&running.world)
        .delete(name, &params)
        .await
        .unwrap();
    running.stop().await;
    Times {
        median: at(&mut times, 0.5),
        p99: at(&mut times, 0.99),
    }
}

/// An operator of this world that answers hooks on a port of its own.
fn answering(world: &World) -> Config {
    let register = format!("--extension-config={}", world.namespace);
    let mut config = world.config(&[
        "--leader-elect=false",
        "--hook-port=1",
        "--extension-url=https://127.0.0.1:0",
        &register,
    ]);
    let extension = config.extension.as_mut().unwrap();
    extension.address = ([127, 0, 0, 1], 0).into();
    config
}

/// What Cluster API would send about each of these.
async fn requests(world: &World, names: &[String]) -> Vec<Vec<u8>> {
    let clusters = world.kind(CLUSTER.0, CLUSTER.1);
    let mut requests = Vec::new();
    for name in names {
        let cluster = clusters.get(name).await.unwrap();
        let request = json!({
            "cluster": cluster,
            "fromKubernetesVersion": "v1.35.7", "toKubernetesVersion": "v1.36.7",
        });
        requests.push(request.to_string().into_bytes());
    }
    requests
}

/// A client that goes where the extension registered itself and trusts what it registered.
async fn trusting(world: &World) -> (Client, DynamicObject) {
    let is_whole = |found: Option<&DynamicObject>| {
        found.is_some_and(|found| found.data["spec"]["clientConfig"]["caBundle"].is_string())
    };
    let found = world
        .until(&registrations(world), &world.namespace, is_whole)
        .await
        .unwrap();
    let text = |field: &str| found.data["spec"]["clientConfig"][field].as_str().unwrap();
    let mut config = kube::Config::new(text("url").parse().unwrap());
    let bundle = STANDARD.decode(text("caBundle")).unwrap();
    let certificates = pem(&bundle);
    config.root_cert = Some(certificates);
    config.read_timeout = Some(Duration::from_secs(10));
    (Client::try_from(config).unwrap(), found)
}

fn pem(bundle: &[u8]) -> Vec<Vec<u8>> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;
    CertificateDer::pem_slice_iter(bundle)
        .map(|certificate| certificate.unwrap().to_vec())
        .collect()
}

fn registrations(world: &World) -> Api<DynamicObject> {
    let kind = resource("runtime.cluster.x-k8s.io/v1beta2", "ExtensionConfig");
    Api::all_with(world.client.clone(), &kind)
}
