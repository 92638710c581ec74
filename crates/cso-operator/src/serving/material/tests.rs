//! Certificates as they are made, inspected and replaced.

use cso_core::certificates::next;
use jiff::SignedDuration;

use super::*;

fn now() -> Timestamp {
    "2026-11-24T12:00:00Z".parse().unwrap()
}

fn names() -> Vec<String> {
    ["svc.ns.svc", "127.0.0.1", "::1"].map(str::to_owned).into()
}

fn fresh() -> Material {
    Material::default()
        .step(Step::StartOver, now(), &names())
        .unwrap()
}

fn is_kept(material: &Material, at: Timestamp) -> bool {
    matches!(next(at, &material.inspect(&names())), Step::Keep { .. })
}

#[test]
fn what_was_made_is_kept_and_survives_a_secret() {
    let made = fresh();
    assert!(is_kept(&made, now()));
    assert_eq!(Material::of(&made.data()), made);
    assert!(pair(&made.chain, &made.key).is_ok());
}

#[test]
fn a_new_name_needs_a_new_certificate_of_the_same_authority() {
    let made = fresh();
    let mut names = names();
    names.push("other.ns.svc".to_owned());
    assert_eq!(next(now(), &made.inspect(&names)), Step::Issue);
    let issued = made.step(Step::Issue, now(), &names).unwrap();
    assert_eq!(issued.bundle, made.bundle);
    assert!(issued.inspect(&names).serving.is_some());
}

#[test]
fn a_second_authority_stands_before_the_first_and_what_is_served_stays_trusted() {
    let made = fresh();
    let later = now() + SignedDuration::from_hours(24 * 30);
    let added = made.step(Step::AddAuthority, later, &names()).unwrap();
    assert_eq!(certificates(&added.bundle).len(), 2);
    assert!(
        added.bundle.ends_with(&made.bundle),
        "the former one is the last"
    );
    assert_eq!(added.chain, made.chain);
    assert!(is_kept(&added, later));
    let issued = added.step(Step::Issue, later, &names()).unwrap();
    assert!(is_kept(&issued, later));
    assert_ne!(issued.chain, made.chain);
}

#[test]
fn an_expired_authority_leaves_the_bundle() {
    let made = fresh();
    let later = now() + SignedDuration::from_hours(24 * 365 * 11);
    let added = made.step(Step::AddAuthority, later, &names()).unwrap();
    assert_eq!(certificates(&added.bundle).len(), 1);
}

#[test]
fn what_does_not_fit_together_is_worth_nothing() {
    let (one, other) = (fresh(), fresh());
    let stranger = Material {
        chain: other.chain.clone(),
        key: other.key.clone(),
        ..one.clone()
    };
    assert_eq!(next(now(), &stranger.inspect(&names())), Step::Issue);
    let keyless = Material {
        authority_key: other.authority_key.clone(),
        ..one.clone()
    };
    assert_eq!(next(now(), &keyless.inspect(&names())), Step::StartOver);
    let swapped = Material {
        key: other.key,
        ..one.clone()
    };
    assert_eq!(next(now(), &swapped.inspect(&names())), Step::Issue);
    let garbage = Material {
        bundle: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned(),
        ..one
    };
    assert_eq!(next(now(), &garbage.inspect(&names())), Step::StartOver);
}

#[test]
fn no_key_is_shown() {
    let made = fresh();
    let shown = format!("{made:?}");
    assert!(!shown.contains("PRIVATE KEY"), "{shown}");
}
