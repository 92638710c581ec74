//! What a write is answered before it happens, and how the API server comes to trust who answers. The rules of each kind
//! stand beside the kind, in its `validate` module.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::admissionregistration::v1::{
    ValidatingWebhook, ValidatingWebhookConfiguration,
};
use serde_json::{Value, json};

/// A field that cannot be as it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct Problem {
    /// Path of the field.
    pub field: &'static str,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl Problem {
    /// What is wrong with a field.
    pub fn new(field: &'static str, message: impl fmt::Display) -> Self {
        Self {
            field,
            message: message.to_string(),
        }
    }
}

/// The answer to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ruling {
    /// It goes through; whoever writes is shown these warnings.
    Admitted(Vec<String>),
    /// These fields cannot be as they are written; at least one.
    Invalid(Vec<Problem>),
    /// It takes something away that is in use: by whom, and what to do.
    InUse(String),
    /// It cannot be judged now, and what could be lost does not come back: why.
    Unknown(String),
}

impl Ruling {
    /// It goes through without a word.
    pub const FINE: Self = Self::Admitted(Vec::new());

    /// It goes through with a warning.
    pub fn warned(warning: impl Into<String>) -> Self {
        Self::Admitted(vec![warning.into()])
    }

    /// Whether nothing is wrong.
    pub fn of(problems: Vec<Problem>) -> Self {
        if problems.is_empty() {
            Self::FINE
        } else {
            Self::Invalid(problems)
        }
    }

    /// The outcome in one word, for metrics and logs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Admitted(warnings) if warnings.is_empty() => "admitted",
            Self::Admitted(_) => "warned",
            Self::Invalid(_) => "invalid",
            Self::InUse(_) => "in use",
            Self::Unknown(_) => "unknown",
        }
    }
}

#[cfg(test)]
impl Ruling {
    /// The fields that are wrong.
    pub(crate) fn fields(&self) -> Vec<&'static str> {
        match self {
            Self::Invalid(problems) => problems.iter().map(|problem| problem.field).collect(),
            _ => Vec::new(),
        }
    }
}

/// Has cert-manager copy the authority of a certificate, named `namespace/name`, into a webhook configuration.
const INJECTION_ANNOTATION: &str = "cert-manager.io/inject-ca-from";

/// What to apply so that every webhook of a configuration trusts the authorities in `pem`; `None` = it does, or cert-manager
/// sees to it.
pub fn vouched(configuration: &ValidatingWebhookConfiguration, pem: &str) -> Option<Value> {
    let annotations = configuration.metadata.annotations.as_ref();
    let is_injected = annotations.is_some_and(|all| all.contains_key(INJECTION_ANNOTATION));
    let webhooks = configuration.webhooks.as_deref().unwrap_or_default();
    let trusts = |webhook: &ValidatingWebhook| {
        let bundle = webhook.client_config.ca_bundle.as_ref();
        bundle.is_some_and(|bundle| bundle.0 == pem.as_bytes())
    };
    if is_injected || webhooks.iter().all(trusts) {
        return None;
    }
    let bundle = STANDARD.encode(pem);
    let webhooks: Vec<Value> = webhooks
        .iter()
        .map(|webhook| json!({"name": webhook.name, "clientConfig": {"caBundle": bundle}}))
        .collect();
    Some(json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": configuration.metadata.name},
        "webhooks": webhooks,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(bundles: [Option<&str>; 2]) -> ValidatingWebhookConfiguration {
        let webhook = |(name, bundle): (&str, Option<&str>)| {
            json!({
                "name": name, "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "clientConfig": {"caBundle": bundle.map(|pem| STANDARD.encode(pem))},
            })
        };
        let names = ["a.example.org", "b.example.org"];
        let webhooks: Vec<Value> = names.into_iter().zip(bundles).map(webhook).collect();
        serde_json::from_value(json!({"metadata": {"name": "cso"}, "webhooks": webhooks})).unwrap()
    }

    #[test]
    fn every_webhook_trusts_us_once_one_does_not() {
        let wanted = vouched(&configuration([Some("pem"), None]), "pem").unwrap();
        for webhook in wanted["webhooks"].as_array().unwrap() {
            assert_eq!(webhook["clientConfig"]["caBundle"], STANDARD.encode("pem"));
        }
        assert_eq!(wanted["webhooks"][1]["name"], "b.example.org");
        assert_eq!(wanted["metadata"]["name"], "cso");
    }

    #[test]
    fn nothing_is_written_that_is_there_or_that_cert_manager_writes() {
        assert_eq!(vouched(&configuration([Some("pem"); 2]), "pem"), None);
        let mut injected = configuration([None; 2]);
        let annotation = (INJECTION_ANNOTATION.to_owned(), "cso/serving".to_owned());
        injected.metadata.annotations = Some([annotation].into());
        assert_eq!(vouched(&injected, "pem"), None);
    }
}
