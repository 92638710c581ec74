//! Decides where the workload clusters are: some API servers of their own, shared by clusters that do not see each other.

use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cso_testing::bed::WorkloadServer;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ObjectMeta, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::json;

use crate::front;
use crate::world::bed;

/// API servers that the clusters share. Each takes 260 MB.
const SERVERS: usize = 2;

/// The API servers and their fronts. Dropping it ends them.
pub(crate) struct Site {
    servers: Vec<Server>,
    authority: String,
    /// How many clusters were given away.
    used: usize,
}

struct Server {
    front: SocketAddr,
    client: Client,
    _process: WorkloadServer,
}

/// A workload cluster.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) kubeconfig: String,
}

impl Site {
    pub(crate) async fn start() -> Self {
        let bed = bed().await;
        let mut servers = Vec::new();
        for _ in 0..SERVERS {
            let process = bed.workload_server().await.unwrap();
            let client = process.client().await.unwrap();
            servers.push(Server {
                front: front::open(bed, client.clone()).await,
                client,
                _process: process,
            });
        }
        Self {
            servers,
            authority: STANDARD.encode(bed.authority()),
            used: 0,
        }
    }

    /// So many new clusters, spread over the servers.
    pub(crate) async fn clusters(&mut self, count: usize) -> Vec<Inside> {
        let numbers = self.used..self.used + count;
        self.used += count;
        let this = &*self;
        futures::stream::iter(numbers)
            .map(|number| this.cluster(number))
            .buffered(16)
            .collect()
            .await
    }

    async fn cluster(&self, number: usize) -> Inside {
        let server = &self.servers[number % self.servers.len()];
        let name = front::namespace(number);
        let namespace = Namespace {
            metadata: ObjectMeta {
                name: Some(name.clone()),
                ..ObjectMeta::default()
            },
            ..Namespace::default()
        };
        let api: Api<Namespace> = Api::all(server.client.clone());
        api.create(&PostParams::default(), &namespace)
            .await
            .unwrap();
        self.leading_to(server.front, &name)
    }

    /// A cluster whose API server takes connections and never answers.
    pub(crate) async fn hole(&self) -> Inside {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
            .await
            .unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let mut open = Vec::new();
            loop {
                open.push(listener.accept().await.unwrap());
            }
        });
        self.leading_to(address, "hole")
    }

    fn leading_to(&self, address: SocketAddr, token: &str) -> Inside {
        let kubeconfig = json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "site",
            "clusters": [{"name": "site", "cluster": {
                "server": format!("https://{address}"), "certificate-authority-data": self.authority,
            }}],
            "users": [{"name": "admin", "user": {"token": token}}],
            "contexts": [{"name": "site", "context": {"cluster": "site", "user": "admin"}}],
        });
        Inside {
            kubeconfig: kubeconfig.to_string(),
        }
    }
}

impl Inside {
    /// A client for it.
    pub(crate) async fn client(&self) -> Client {
        let parsed = Kubeconfig::from_yaml(&self.kubeconfig).unwrap();
        let options = KubeConfigOptions::default();
        let config = Config::from_custom_kubeconfig(parsed, &options).await;
        Client::try_from(config.unwrap()).unwrap()
    }
}
