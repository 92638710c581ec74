//! A plan cannot be reported without an outcome per effect, and a failed wave stops the later ones.

use super::*;
use crate::failure::Cause;

fn effect(name: &str) -> Effect {
    Effect::DeleteObject(Target {
        id: ObjectId {
            name: name.to_owned(),
            ..ObjectId::default()
        },
        version: "v1".to_owned(),
        uid: String::new(),
    })
}

fn run(plan: Plan, broken: &str) -> Executed {
    let mut execution = plan.start();
    while let Some(wave) = execution.next_wave() {
        let settled = wave
            .into_iter()
            .map(|ticket| {
                let fails = *ticket.effect() == effect(broken);
                ticket.settle(if fails {
                    Outcome::Failed(Failure::new(Cause::Unreachable, "down"))
                } else {
                    Outcome::Done
                })
            })
            .collect();
        execution.settle(settled);
    }
    execution.finish()
}

#[test]
fn every_effect_has_one_outcome_in_the_order_of_the_plan() {
    let plan = Plan::waves(
        vec![vec![effect("a"), effect("b")], vec![], vec![effect("c")]],
        Retry::OnChange,
    );
    let executed = run(plan, "none");
    assert_eq!(executed.settled().count(), 3);
    assert!(executed.succeeded());
    assert_eq!(executed.retry(), Retry::OnChange);
}

#[test]
fn a_failure_stops_the_waves_after_it_and_backs_off() {
    let plan = Plan::waves(
        vec![vec![effect("a"), effect("b")], vec![effect("c")]],
        Retry::OnChange,
    );
    let executed = run(plan, "a");
    let outcomes: Vec<&Outcome> = executed.settled().map(|(_, outcome)| outcome).collect();
    assert!(matches!(
        outcomes[..],
        [Outcome::Failed(_), Outcome::Done, Outcome::NotTried]
    ));
    assert_eq!(executed.retry(), Retry::Backoff);
}

#[test]
fn an_execution_that_is_dropped_half_way_leaves_the_rest_not_tried() {
    let executed = Plan::wave(vec![effect("a")], Retry::OnChange)
        .start()
        .finish();
    assert!(matches!(
        executed.settled().next(),
        Some((_, Outcome::NotTried))
    ));
    assert!(!executed.succeeded());
}
