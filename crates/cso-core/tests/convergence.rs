//! From random worlds with failing writes, failing reads and crashes, the loop comes to rest, stays there, never
//! deletes what is in use or not ours, and never says `Ready` falsely.

mod convergence_world;
mod random;

use convergence_world::World;
use random::{Random, for_every_seed};

const WORLDS: u64 = 5_000;
const PASSES: usize = 80;

#[test]
fn every_world_comes_to_rest_and_stays_there() {
    for_every_seed(WORLDS, comes_to_rest);
}

fn comes_to_rest(seed: u64) {
    let mut random = Random::new(seed);
    let mut world = World::random(seed, &mut random);
    // Trouble: writes and reads fail, the operator crashes, people and Clusters change things.
    for _ in 0..random.below(12) {
        world.disturb(&mut random);
        world.pass(&mut random, 30);
    }
    world.calm();
    let rested = (0..PASSES).any(|_| world.pass(&mut random, 0) == 0);
    assert!(
        rested,
        "seed {seed}: still writing after {PASSES} calm passes: {:#?}",
        world.last_writes()
    );
    assert_eq!(
        world.pass(&mut random, 0),
        0,
        "seed {seed}: it did not stay at rest: {:#?}",
        world.last_writes()
    );
    world.check_rest();
}
