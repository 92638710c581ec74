//! Decides what each path answers, within which limits; every call is counted by hook and result.

use std::time::Instant;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use cso_core::hooks::{API_VERSION, Answer, BODY_LIMIT, Catalogue, Hook, discovery, parse, reply};
use tokio::sync::watch;

use super::Answers;
use crate::error::chain;
use crate::metrics::Metrics;
use crate::serving;

#[derive(Clone, Debug)]
struct Shared {
    answers: Answers,
    catalogue: watch::Receiver<Catalogue>,
    metrics: Metrics,
}

/// Discovery and every hook, announced or not. The content type of a request is not looked at: Cluster API sends none.
pub fn routes(answers: Answers, catalogue: watch::Receiver<Catalogue>, metrics: Metrics) -> Router {
    let shared = Shared {
        answers,
        catalogue,
        metrics,
    };
    let discovering = post(|State(shared): State<Shared>| async move {
        let catalogue = *shared.catalogue.borrow();
        json(discovery(catalogue))
    });
    let mut router = Router::new().route(&format!("/{API_VERSION}/discovery"), discovering);
    for hook in Hook::ALL {
        let handler = post(move |State(shared): State<Shared>, body: Body| async move {
            let began = Instant::now();
            let answer = answer(hook, &shared, body).await;
            shared
                .metrics
                .hook(hook.name(), answer.result(), began.elapsed());
            json(reply(hook, &answer))
        });
        router = router.route(&hook.path(), handler);
    }
    router.with_state(shared)
}

/// As upstream, a request that makes no sense is answered with a failure, not with an HTTP status: Cluster API shows the
/// text to the user either way, and this one is stable.
async fn answer(hook: Hook, shared: &Shared, body: Body) -> Answer {
    let bytes = match serving::read(body, BODY_LIMIT).await {
        Ok(bytes) => bytes,
        Err(problem) => return refused(hook, problem),
    };
    let request = match parse(hook, &bytes) {
        Ok(request) => request,
        Err(error) => {
            tracing::warn!(hook = hook.name(), error = chain(&error), "hook refused");
            return Answer::Refuse {
                message: error.to_string(),
            };
        }
    };
    let answer = shared.answers.answer(&request);
    let view = request.view();
    tracing::debug!(
        hook = hook.name(),
        namespace = view.namespace(),
        name = view.name(),
        ?answer,
        "hook answered"
    );
    answer
}

fn refused(hook: Hook, message: &str) -> Answer {
    tracing::warn!(hook = hook.name(), message, "hook refused");
    Answer::Refuse {
        message: message.to_owned(),
    }
}

fn json(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json")], body).into_response()
}
