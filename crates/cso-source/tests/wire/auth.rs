//! Who we are: challenges answered, credentials refused.

use cso_source::{Access, Credentials, Error, Secret, Source};
use cso_testing::registry::{Access as Rule, Registry};

use crate::place;

fn user(password: &str) -> Credentials {
    Credentials::Basic {
        username: "ann".to_owned(),
        password: Secret::new(password),
    }
}

fn rule(kind: fn(String, String) -> Rule) -> Rule {
    kind("ann".to_owned(), "right".to_owned())
}

const BASIC: fn(String, String) -> Rule = |username, password| Rule::Basic { username, password };
const BEARER: fn(String, String) -> Rule = |username, password| Rule::Bearer { username, password };

async fn registry(rule: Rule) -> Registry {
    let registry = Registry::start_with(rule).await.unwrap();
    let manifest =
        r#"{"schemaVersion":2,"config":{"mediaType":"x","digest":"x","size":2},"layers":[]}"#;
    registry.add_manifest(crate::REPOSITORY, "docker-tiny-1-30-v1", "x", manifest);
    registry
}

fn source(registry: &Registry, credentials: Credentials) -> Source {
    let access = Access {
        credentials,
        ..Access::default()
    };
    Source::new(place(&registry.host()), access).unwrap()
}

#[tokio::test]
async fn a_challenge_is_answered_once_and_remembered() {
    let public = Rule::Bearer {
        username: String::new(),
        password: String::new(),
    };
    for (asked, credentials, tokens) in [
        (rule(BASIC), user("right"), 0),
        (rule(BEARER), user("right"), 1),
        (public, Credentials::Anonymous, 1),
        (Rule::Anonymous, user("needless"), 0),
    ] {
        let registry = registry(asked.clone()).await;
        let source = source(&registry, credentials);
        for _ in 0..2 {
            let listed = source.list_tags().await.unwrap();
            assert_eq!(listed.releases.len(), 1, "{asked:?}");
        }
        let requests = registry.requests();
        let of_tokens: Vec<_> = requests.iter().filter(|r| r.contains("/token?")).collect();
        assert_eq!(of_tokens.len(), tokens, "{asked:?}: {requests:?}");
        for request in of_tokens {
            assert!(request.contains("service=in-process"), "{request}");
            assert!(
                request.contains("scope=repository%3Akaas%2Fstacks%3Apull"),
                "{request}"
            );
        }
    }
}

#[tokio::test]
async fn wrong_or_missing_credentials_are_unauthorized_and_stay_secret() {
    for asked in [rule(BASIC), rule(BEARER)] {
        for credentials in [
            user("wrong-secret"),
            Credentials::Anonymous,
            Credentials::Bearer(Secret::new("wrong-secret")),
        ] {
            let registry = registry(asked.clone()).await;
            let error = source(&registry, credentials)
                .list_tags()
                .await
                .unwrap_err();
            assert!(
                matches!(error, Error::Unauthorized { .. }),
                "{asked:?}: {error}"
            );
            assert!(!format!("{error:?}").contains("wrong-secret"), "{error:?}");
            assert!(registry.requests().len() <= 2, "guessing locks accounts");
        }
    }
}
