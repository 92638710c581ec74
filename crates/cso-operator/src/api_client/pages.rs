//! Decides in which portions objects are listed.

use std::fmt::Debug;

use kube::Api;
use kube::api::ListParams;
use serde::de::DeserializeOwned;

/// Objects of one answer.
const PAGE: u32 = 500;

/// All objects with these labels, of everything if empty; page by page.
///
/// # Errors
/// A page cannot be read: a part is not told as the whole.
pub(crate) async fn list_all<K>(api: &Api<K>, labels: &str) -> Result<Vec<K>, kube::Error>
where
    K: Clone + Debug + DeserializeOwned,
{
    let mut params = ListParams::default().labels(labels).limit(PAGE);
    let mut found = Vec::new();
    loop {
        let page = api.list(&params).await?;
        found.extend(page.items);
        match page.metadata.continue_.filter(|token| !token.is_empty()) {
            Some(next) => params.continue_token = Some(next),
            None => return Ok(found),
        }
    }
}
