//! Reads an `AdmissionReview` and writes the answer to it (Kubernetes' `admission.k8s.io/v1`).

use cso_core::admission::{Problem, Ruling};
use kube::Resource;
use kube::core::Status;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview};
use kube::core::response::{StatusCause, StatusDetails, StatusSummary};
use serde::de::DeserializeOwned;

use super::judge::Change;

/// Who asks about which object, and what the answer is made from.
pub(super) struct Asked {
    pub(super) name: String,
    pub(super) namespace: String,
    group: String,
    kind: String,
    answer: AdmissionResponse,
}

/// Why a review cannot be answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("the request is not an AdmissionReview of this kind")]
    Malformed { source: serde_json::Error },
    #[error("the AdmissionReview has no request")]
    Empty,
}

/// Reads a review: the write it is about, and who asks.
pub(super) fn parse<K>(body: &[u8]) -> Result<(Change<K>, Asked), Error>
where
    K: Resource + DeserializeOwned,
{
    let review: AdmissionReview<K> =
        serde_json::from_slice(body).map_err(|source| Error::Malformed { source })?;
    let request: AdmissionRequest<K> = review.try_into().map_err(|_| Error::Empty)?;
    let asked = Asked {
        answer: AdmissionResponse::from(&request),
        name: request.name,
        namespace: request.namespace.unwrap_or_default(),
        group: request.kind.group,
        kind: request.kind.kind,
    };
    let change = Change {
        old: request.old_object,
        new: request.object,
    };
    Ok((change, asked))
}

/// The answer. What the API server makes of `status` is shown to whoever writes, behind the name of the webhook.
pub(super) fn answer(asked: Asked, ruling: Ruling) -> AdmissionReview<kube::api::DynamicObject> {
    let mut answer = asked.answer;
    match ruling {
        Ruling::Admitted(warnings) => {
            answer.warnings = Some(warnings).filter(|warnings| !warnings.is_empty());
        }
        Ruling::Invalid(problems) => {
            let texts: Vec<String> = problems.iter().map(Problem::to_string).collect();
            let details = StatusDetails {
                name: asked.name,
                group: asked.group,
                kind: asked.kind,
                uid: String::new(),
                causes: problems.into_iter().map(cause).collect(),
                retry_after_seconds: 0,
            };
            refuse(&mut answer, 422, "Invalid", texts.join("; "));
            answer.result.details = Some(details);
        }
        Ruling::InUse(message) => refuse(&mut answer, 403, "Forbidden", message),
        Ruling::Unknown(message) => {
            let message = format!("it is not known whether it is in use, try again: {message}");
            refuse(&mut answer, 503, "ServiceUnavailable", message);
        }
    }
    answer.into_review()
}

fn cause(problem: Problem) -> StatusCause {
    StatusCause {
        reason: "FieldValueInvalid".to_owned(),
        message: problem.message,
        field: problem.field.to_owned(),
    }
}

fn refuse(answer: &mut AdmissionResponse, code: u16, reason: &str, message: String) {
    answer.allowed = false;
    answer.result = Status {
        status: Some(StatusSummary::Failure),
        code,
        reason: reason.to_owned(),
        message,
        ..Status::default()
    };
}

#[cfg(test)]
mod tests {
    use cso_api::ClusterStackRelease;
    use serde_json::{Value, json};

    use super::*;

    fn body() -> Vec<u8> {
        let kind =
            json!({"group": cso_api::GROUP, "version": "v1alpha1", "kind": "ClusterStackRelease"});
        let resource = json!({"group": cso_api::GROUP, "version": "v1alpha1", "resource": "clusterstackreleases"});
        json!({
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": {
                "uid": "1234", "kind": kind, "resource": resource, "operation": "DELETE",
                "name": "docker-demo-1-36-v1", "namespace": "team",
                "userInfo": {"username": "u"}, "object": null,
                "oldObject": {
                    "apiVersion": "clusterstack.x-k8s.io/v1alpha1", "kind": "ClusterStackRelease",
                    "metadata": {"name": "docker-demo-1-36-v1", "namespace": "team"}, "spec": {},
                },
            },
        })
        .to_string()
        .into_bytes()
    }

    fn answered(ruling: Ruling) -> Value {
        let (_, asked) = parse::<ClusterStackRelease>(&body()).unwrap();
        serde_json::to_value(answer(asked, ruling)).unwrap()
    }

    #[test]
    fn a_removal_has_only_the_object_before() {
        let (change, asked) = parse::<ClusterStackRelease>(&body()).unwrap();
        assert!(change.old.is_some() && change.new.is_none());
        assert_eq!(asked.namespace, "team");
    }

    #[test]
    fn an_answer_bears_the_uid_and_warns_only_when_there_is_something() {
        let answer = answered(Ruling::FINE);
        assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
        assert_eq!(answer["response"]["uid"], "1234");
        assert_eq!(answer["response"]["allowed"], true);
        assert_eq!(answer["response"].get("warnings"), None);
        let answer = answered(Ruling::warned("careful"));
        assert_eq!(answer["response"]["warnings"], json!(["careful"]));
    }

    #[test]
    fn a_refusal_says_why_and_which_field() {
        let problems = vec![
            Problem::new("spec.a", "is wrong"),
            Problem::new("spec.b", "too"),
        ];
        let answer = answered(Ruling::Invalid(problems));
        let status = &answer["response"]["status"];
        assert_eq!(answer["response"]["allowed"], false);
        assert_eq!(
            (&status["code"], &status["reason"]),
            (&json!(422), &json!("Invalid"))
        );
        assert_eq!(status["message"], "spec.a: is wrong; spec.b: too");
        assert_eq!(status["details"]["causes"][1]["field"], "spec.b");
        let answer = answered(Ruling::InUse("used by team/c1".to_owned()));
        assert_eq!(answer["response"]["status"]["code"], 403);
        let answer = answered(Ruling::Unknown("no answer".to_owned()));
        assert_eq!(answer["response"]["status"]["code"], 503);
    }

    #[test]
    fn nonsense_is_an_error() {
        assert!(parse::<ClusterStackRelease>(b"{}").is_err());
        assert!(parse::<ClusterStackRelease>(b"[1]").is_err());
    }
}
