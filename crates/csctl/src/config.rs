//! Decides what `csctl.yaml` says.

use anyhow::{Context as _, Result, ensure};
use cluster_stack::{KubernetesPatchVersion, ReleaseTag, Version};
use serde::Deserialize;

/// The content of `csctl.yaml`.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) kubernetes: KubernetesPatchVersion,
    name: String,
    provider: String,
}

#[derive(Deserialize)]
struct Document {
    config: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    kubernetes_version: String,
    cluster_stack_name: String,
    provider: Provider,
}

#[derive(Deserialize)]
struct Provider {
    #[serde(rename = "type")]
    kind: String,
    config: Option<serde_json::Map<String, serde_json::Value>>,
}

impl Config {
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        let Document { config } =
            serde_saphyr::from_slice(bytes).context("csctl.yaml cannot be read")?;
        let kubernetes: KubernetesPatchVersion = config
            .kubernetes_version
            .parse()
            .context("csctl.yaml: config.kubernetesVersion is wrong")?;
        ensure!(
            config
                .provider
                .config
                .is_none_or(|config| config.is_empty()),
            "csctl.yaml: config.provider.config asks for the plugin csctl-{}, and plugins are not supported: remove it and ship node images by other means",
            config.provider.kind
        );
        Ok(Self {
            kubernetes,
            name: config.cluster_stack_name,
            provider: config.provider.kind,
        })
    }

    pub(crate) fn tag(&self, version: Version) -> Result<ReleaseTag> {
        ReleaseTag::new(&self.provider, &self.name, self.kubernetes.minor(), version)
            .context("csctl.yaml: provider.type or clusterStackName is wrong")
    }
}
