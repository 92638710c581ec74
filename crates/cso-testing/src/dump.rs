//! Decides what is shown of a namespace when a test fails: its objects of the given kinds and its events.

use std::fmt::{Debug, Write};

use k8s_openapi::api::core::v1::Event;
use kube::api::{ApiResource, DynamicObject, ListParams};
use kube::{Api, Client};

/// The objects of these kinds and the events of a namespace, as text. What cannot be read is named instead.
pub async fn namespace(client: &Client, namespace: &str, kinds: &[ApiResource]) -> String {
    let mut text = format!("namespace {namespace}:\n");
    for kind in kinds {
        let api: Api<DynamicObject> = Api::namespaced_with(client.clone(), namespace, kind);
        match api.list(&ListParams::default()).await {
            Ok(list) => {
                for mut object in list {
                    object.metadata.managed_fields = None;
                    let value = serde_json::to_value(&object).unwrap_or_default();
                    line(&mut text, &format!("{} {value:#}", kind.kind));
                }
            }
            Err(error) => line(&mut text, &format!("{}: {error}", kind.kind)),
        }
    }
    let events: Api<Event> = Api::namespaced(client.clone(), namespace);
    match events.list(&ListParams::default()).await {
        Ok(list) => {
            for event in list {
                let [kind, name] = [event.involved_object.kind, event.involved_object.name]
                    .map(Option::unwrap_or_default);
                let [reason, message] =
                    [event.reason, event.message].map(Option::unwrap_or_default);
                line(
                    &mut text,
                    &format!("Event {kind} {name}: {reason}: {message}"),
                );
            }
        }
        Err(error) => line(&mut text, &format!("Event: {error}")),
    }
    text
}

fn line(text: &mut String, line: &(impl AsRef<str> + Debug)) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", line.as_ref());
}
