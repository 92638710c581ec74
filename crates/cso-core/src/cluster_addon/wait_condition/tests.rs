//! What a condition says of objects that are there, not there, not yet complete, or never will be right.

use serde_json::json;

use super::*;
use crate::failure::{Cause, Failure};

fn condition(expression: &str) -> WaitCondition {
    WaitCondition {
        objects: vec![ObjectRef {
            key: "web".to_owned(),
            api_version: "apps/v1".to_owned(),
            kind: "Deployment".to_owned(),
            name: "web".to_owned(),
            namespace: Some("kube-system".to_owned()),
        }],
        conditions: expression.to_owned(),
    }
}

fn over(expression: &str, object: Fetched<Value>) -> Verdict {
    holds(
        &condition(expression),
        &BTreeMap::from([("web".to_owned(), object)]),
    )
}

fn judge(expression: &str) -> Verdict {
    let web = json!({
        "metadata": {"name": "web", "creationTimestamp": "2026-01-02T03:04:05Z"},
        "spec": {"replicas": 3, "ratio": 0.5, "template": {"spec": {"containers": [{"image": "a:1"}, {"image": "b:2"}]}}},
        "status": {"replicas": 3, "readyReplicas": 2},
    });
    over(expression, Fetched::Found(web))
}

#[test]
fn integers_are_ints_and_other_numbers_doubles() {
    for expression in [
        "web.spec.replicas == web.status.replicas",
        "web.spec.replicas + 1 == 4 && type(web.spec.replicas) == int",
        "type(web.spec.ratio) == double && web.spec.ratio < 1",
        "web.spec.template.spec.containers.all(c, c.image.matches('^[ab]:'))",
        "has(web.status.readyReplicas) && !has(web.status.other)",
        "timestamp(web.metadata.creationTimestamp) < timestamp('2027-01-01T00:00:00Z')",
    ] {
        assert_eq!(judge(expression), Verdict::Holds, "{expression}");
    }
}

#[test]
fn a_false_condition_and_a_missing_field_are_waited_for() {
    assert_eq!(
        judge("web.status.readyReplicas\n   == web.spec.replicas"),
        Verdict::NotYet("waits until `web.status.readyReplicas == web.spec.replicas`".to_owned())
    );
    let verdict = judge("web.status.availableReplicas > 0");
    assert_eq!(
        verdict,
        Verdict::NotYet("waits until `web.status.availableReplicas > 0`: there is no field \"availableReplicas\" yet".to_owned())
    );
}

#[test]
fn a_missing_object_is_named_and_one_that_cannot_be_read_is_not_missing() {
    assert_eq!(
        over("web.spec.replicas > 0", Fetched::Missing),
        Verdict::NotYet("waits for Deployment kube-system/web, which does not exist".to_owned())
    );
    let failure = Failure::new(Cause::Forbidden, "no");
    let verdict = over("web.spec.replicas > 0", Fetched::Failed(failure));
    assert!(matches!(verdict, Verdict::NotYet(text) if text.contains("cannot be read: no")));
    let verdict = holds(&condition("true"), &BTreeMap::new());
    assert!(matches!(verdict, Verdict::NotYet(text) if text.contains("not looked up yet")));
}

#[test]
fn what_can_never_hold_is_invalid() {
    for (expression, problem) in [
        ("web.spec.replicas", "int, not a boolean"),
        ("'a' + 'b'", "string, not a boolean"),
        ("wbe.spec.replicas > 0", "\"wbe\""),
        ("web.spec.replicas >", "line 1"),
        ("", "line 1"),
    ] {
        match judge(expression) {
            Verdict::Invalid(text) => assert!(text.contains(problem), "{text}"),
            other => panic!("{expression}: {other:?}"),
        }
    }
}

#[test]
fn a_text_never_shows_what_is_in_an_object() {
    let secret = json!({"data": {"password": "hunter2"}});
    for expression in [
        "web.data.password > 3",
        "web.data.password.size() / 0 > 1",
        "[1, 2][web.data.password.size()] == 1",
        "web.data.password",
        "int(web.data.password) == 3",
        "web.data[web.data.password] == 'x'",
    ] {
        let verdict = over(expression, Fetched::Found(secret.clone()));
        assert_ne!(verdict, Verdict::Holds);
        let quoted = expression.replace("hunter2", "");
        assert!(
            !format!("{verdict:?}")
                .replace(&quoted, "")
                .contains("hunter2"),
            "{verdict:?}"
        );
    }
}

#[test]
fn a_hostile_expression_is_refused_before_it_runs() {
    let wide: Vec<u32> = (0..2000).collect();
    let object = json!({"l": wide});
    let loops = "web.l.all(a, web.l.all(b, web.l.all(c, a + b + c >= 0)))";
    let verdict = over(loops, Fetched::Found(object));
    assert!(
        matches!(&verdict, Verdict::Invalid(text) if text.contains("too long")),
        "{verdict:?}"
    );
    let deep = format!("{}true{}", "(".repeat(1500), ")".repeat(1500));
    assert!(matches!(judge(&deep), Verdict::Invalid(_)));
    let many = format!("{} == 0", vec!["1"; 1500].join("+"));
    assert!(
        matches!(judge(&many), Verdict::Invalid(_)),
        "{:?}",
        judge(&many)
    );
    let long = "true".to_owned() + &" ".repeat(LONGEST);
    assert!(matches!(judge(&long), Verdict::Invalid(_)));
}

#[test]
fn the_deepest_expression_that_is_allowed_fits_a_small_stack() {
    let nested = format!("{}true{}", "[".repeat(90), "]".repeat(90));
    let sum = format!("{} == 0", vec!["1"; DEEPEST - 2].join("+"));
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let evaluated = thread.spawn(move || {
        let _not_a_boolean = judge(&nested);
        matches!(judge(&sum), Verdict::NotYet(_))
    });
    assert!(evaluated.unwrap().join().unwrap());
}
