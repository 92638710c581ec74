//! Decides how a test waits: on a watch, until a predicate holds, with the last seen object in the error.

use std::fmt::Debug;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use kube::Api;
use kube::api::{ListParams, WatchEvent, WatchParams};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a wait ended without its condition.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Time is up.
    #[error("{kind} {name} did not get there within {deadline:?}; last seen:\n{last}")]
    Deadline {
        /// The kind of the object.
        kind: &'static str,
        /// The name of the object.
        name: String,
        /// The time it was given.
        deadline: Duration,
        /// The object as JSON, or that it is absent.
        last: String,
    },
    /// The API server refused the list or the watch.
    #[error("failed to watch {kind} {name}")]
    Watch {
        /// The kind of the object.
        kind: &'static str,
        /// The name of the object.
        name: String,
        /// The answer.
        #[source]
        source: Box<kube::Error>,
    },
}

/// Waits until the predicate holds for the object; `None` stands for an absent object. Returns what was seen then.
///
/// # Errors
/// The deadline passes (the message shows the last seen object), or the API server refuses the watch.
pub async fn until<K, P>(
    api: &Api<K>,
    name: &str,
    mut holds: P,
    deadline: Duration,
) -> Result<Option<K>, Error>
where
    K: kube::Resource + Clone + Debug + Serialize + DeserializeOwned + Send + 'static,
    P: FnMut(Option<&K>) -> bool,
{
    let mut last = None;
    let outcome = tokio::time::timeout(deadline, watch(api, name, &mut holds, &mut last)).await;
    match outcome {
        Ok(Ok(())) => Ok(last),
        Ok(Err(source)) => Err(Error::Watch {
            kind: kind::<K>(),
            name: name.to_owned(),
            source: Box::new(source),
        }),
        Err(_) => Err(Error::Deadline {
            kind: kind::<K>(),
            name: name.to_owned(),
            deadline,
            last: last.as_ref().map_or_else(|| "absent".to_owned(), pretty),
        }),
    }
}

/// Waits until the object is gone.
///
/// # Errors
/// As [`until`].
pub async fn gone<K>(api: &Api<K>, name: &str, deadline: Duration) -> Result<(), Error>
where
    K: kube::Resource + Clone + Debug + Serialize + DeserializeOwned + Send + 'static,
{
    until(api, name, |object| object.is_none(), deadline)
        .await
        .map(|_| ())
}

/// Lists, then watches from there; starts again when the watch ends or expires.
async fn watch<K, P>(
    api: &Api<K>,
    name: &str,
    holds: &mut P,
    last: &mut Option<K>,
) -> Result<(), kube::Error>
where
    K: kube::Resource + Clone + Debug + Serialize + DeserializeOwned + Send + 'static,
    P: FnMut(Option<&K>) -> bool,
{
    let fields = format!("metadata.name={name}");
    loop {
        let listed = api.list(&ListParams::default().fields(&fields)).await?;
        let version = listed.metadata.resource_version.clone().unwrap_or_default();
        *last = listed.items.into_iter().next();
        if holds(last.as_ref()) {
            return Ok(());
        }
        let events = api
            .watch(&WatchParams::default().fields(&fields), &version)
            .await?;
        pin_mut!(events);
        while let Some(event) = events.next().await {
            match event {
                Ok(WatchEvent::Added(object) | WatchEvent::Modified(object)) => {
                    *last = Some(object);
                }
                Ok(WatchEvent::Deleted(_)) => *last = None,
                Ok(WatchEvent::Bookmark(_)) => continue,
                // Expired or cut: the next list is the truth.
                Ok(WatchEvent::Error(_)) | Err(_) => break,
            }
            if holds(last.as_ref()) {
                return Ok(());
            }
        }
    }
}

fn kind<K>() -> &'static str {
    std::any::type_name::<K>()
        .rsplit("::")
        .next()
        .unwrap_or("object")
}

/// The object for a person: no managed fields.
fn pretty<K: Serialize>(object: &K) -> String {
    let mut value = serde_json::to_value(object).unwrap_or_default();
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    format!("{value:#}")
}
