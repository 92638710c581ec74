//! Decides what a bed consists of beyond etcd, kube-apiserver and the registry.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

/// What to start and install.
#[derive(Debug, Clone, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches of one builder, each with a named setter"
)]
pub struct Options {
    pub(super) controller_manager: bool,
    pub(super) cluster_api: bool,
    pub(super) cluster_api_managers: bool,
    pub(super) no_runtime_sdk: bool,
    pub(super) providers: bool,
    pub(super) keep_files: bool,
    pub(super) definitions: Vec<CustomResourceDefinition>,
}

impl Options {
    /// Also starts kube-controller-manager: owner references are collected, deleted namespaces go away, aggregated
    /// cluster roles are filled, namespaces get their default service account.
    pub fn controller_manager(mut self) -> Self {
        self.controller_manager = true;
        self
    }

    /// Also installs the custom resource definitions of Cluster API (core, kubeadm, docker), without its webhooks.
    pub fn cluster_api(mut self) -> Self {
        self.cluster_api = true;
        self
    }

    /// Also runs Cluster API itself instead of its definitions alone: core, kubeadm bootstrap, kubeadm control plane and the
    /// provider for development, with their webhooks and conversions, topologies and runtime hooks switched on. It needs
    /// and starts kube-controller-manager.
    pub fn cluster_api_managers(mut self) -> Self {
        self.cluster_api_managers = true;
        self.controller_manager()
    }

    /// Leaves Cluster API's feature `RuntimeSDK` off, as it is by default: no hook is ever asked.
    pub fn without_runtime_sdk(mut self) -> Self {
        self.no_runtime_sdk = true;
        self
    }

    /// Also installs permissive definitions of the infrastructure providers' kinds which cluster classes refer to.
    pub fn providers(mut self) -> Self {
        self.providers = true;
        self
    }

    /// Also installs these definitions.
    pub fn definitions(
        mut self,
        definitions: impl IntoIterator<Item = CustomResourceDefinition>,
    ) -> Self {
        self.definitions.extend(definitions);
        self
    }

    /// Leaves the folder with logs and data behind.
    pub fn keep_files(mut self) -> Self {
        self.keep_files = true;
        self
    }
}
