//! Decides how an answer is written down: the response of each hook, with texts that never vary without a cause.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{API_VERSION, Hook};

/// When Cluster API asks again after a "wait", unless a sooner time is known. Upstream's interval.
pub const RETRY_AFTER: Duration = Duration::from_secs(10);
/// Longest message in characters; it ends up in a condition, together with those of other extensions.
const MESSAGE_LIMIT: usize = 1024;

/// What we answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing of ours speaks against going on.
    Go,
    /// Not yet.
    Wait {
        /// What is missing, for people.
        message: String,
        /// When to ask again.
        retry_after: Duration,
    },
    /// The request makes no sense; Cluster API repeats it with growing pauses.
    Refuse {
        /// What is wrong with it.
        message: String,
    },
}

impl Answer {
    /// Not yet; ask again after [`RETRY_AFTER`].
    pub fn wait(message: impl Into<String>) -> Self {
        Self::Wait {
            message: message.into(),
            retry_after: RETRY_AFTER,
        }
    }

    /// One word for metrics.
    pub fn result(&self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Wait { .. } => "wait",
            Self::Refuse { .. } => "refuse",
        }
    }
}

/// The JSON body of the response. A hook that cannot wait succeeds, with the message: what it would wait for is found
/// by the operator itself, from state.
pub fn reply(hook: Hook, answer: &Answer) -> Vec<u8> {
    let (status, message, pause) = match answer {
        Answer::Go => ("Success", "", Duration::ZERO),
        Answer::Wait {
            message,
            retry_after,
        } => (
            "Success",
            message.as_str(),
            // Zero would mean "go".
            (*retry_after).max(Duration::from_secs(1)),
        ),
        Answer::Refuse { message } => ("Failure", message.as_str(), Duration::ZERO),
    };
    let mut response = Map::from_iter([
        ("apiVersion".to_owned(), json!(API_VERSION)),
        ("kind".to_owned(), json!(format!("{hook}Response"))),
        ("status".to_owned(), json!(status)),
    ]);
    if !message.is_empty() {
        response.insert("message".to_owned(), json!(shortened(message)));
    }
    if hook.may_wait() {
        response.insert("retryAfterSeconds".to_owned(), json!(pause.as_secs()));
    }
    Value::Object(response).to_string().into_bytes()
}

fn shortened(message: &str) -> String {
    match message.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(hook: Hook, answer: &Answer) -> Value {
        serde_json::from_slice(&reply(hook, answer)).unwrap()
    }

    #[test]
    fn go_is_a_success_without_a_pause() {
        assert_eq!(
            response(Hook::BeforeClusterUpgrade, &Answer::Go),
            json!({
                "apiVersion": API_VERSION, "kind": "BeforeClusterUpgradeResponse",
                "status": "Success", "retryAfterSeconds": 0,
            })
        );
    }

    #[test]
    fn wait_is_a_success_with_a_pause_that_is_never_zero() {
        let waiting = response(
            Hook::AfterClusterUpgrade,
            &Answer::wait("stage cni is Pending"),
        );
        assert_eq!(waiting["status"], "Success");
        assert_eq!(waiting["retryAfterSeconds"], 10);
        assert_eq!(waiting["message"], "stage cni is Pending");
        let soon = Answer::Wait {
            message: String::new(),
            retry_after: Duration::from_millis(1),
        };
        assert_eq!(
            response(Hook::BeforeClusterUpgrade, &soon)["retryAfterSeconds"],
            1
        );
    }

    #[test]
    fn a_hook_that_cannot_wait_succeeds_and_says_what_is_missing() {
        let answered = response(
            Hook::AfterControlPlaneInitialized,
            &Answer::wait("stage cni is Pending"),
        );
        assert_eq!(
            answered,
            json!({
                "apiVersion": API_VERSION, "kind": "AfterControlPlaneInitializedResponse",
                "status": "Success", "message": "stage cni is Pending",
            })
        );
    }

    #[test]
    fn a_refusal_is_a_failure_and_long_texts_are_cut_between_characters() {
        let message = "ü".repeat(5000);
        let refused = response(Hook::BeforeClusterDelete, &Answer::Refuse { message });
        assert_eq!(refused["status"], "Failure");
        assert_eq!(
            refused["message"].as_str().unwrap().chars().count(),
            MESSAGE_LIMIT + 1
        );
    }
}
