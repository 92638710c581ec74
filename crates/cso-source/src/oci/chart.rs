//! Decides which part of an artifact is a Helm chart, as `helm push` writes it.

use oci_client::manifest::OciImageManifest;

use super::Repository;
use crate::artifact::Entry;
use crate::error::Error;
use crate::http;

/// Media type of the layer with the packaged chart.
const CHART: &str = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

impl Repository {
    /// The packaged chart of a tag, verified; `None` when the artifact is none of Helm's.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such tag, [`Error::DigestMismatch`], [`Error::TooLarge`], and anything the
    /// registry says.
    pub(crate) async fn pull_chart(&self, tag: &str) -> Result<Option<Vec<u8>>, Error> {
        let digest = self.resolve(tag).await?;
        let manifest = http::retry(|| self.verified_manifest(&digest)).await?;
        let malformed = |problem: String| Error::Malformed {
            what: self.name(tag),
            problem,
        };
        let manifest: OciImageManifest = serde_json::from_slice(&manifest)
            .map_err(|e| malformed(format!("the tag holds no image manifest: {e}")))?;
        let layer = manifest.layers.iter().find(|one| one.media_type == CHART);
        let Some(layer) = layer else { return Ok(None) };
        let size = u64::try_from(layer.size)
            .map_err(|_| malformed("the chart has a negative size".to_owned()))?;
        if size > self.limits.chart_bytes {
            return Err(Error::TooLarge {
                what: self.name(tag),
                limit: self.limits.chart_bytes,
                unit: "bytes",
            });
        }
        let entry = Entry {
            name: "with the chart".to_owned(),
            digest: layer
                .digest
                .parse()
                .map_err(|e: cluster_stack::DigestError| malformed(e.to_string()))?,
            size: Some(size),
        };
        http::retry(|| self.blob(&entry)).await.map(Some)
    }
}
