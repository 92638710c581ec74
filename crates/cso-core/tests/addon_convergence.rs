//! From random worlds with failing writes, failing reads and crashes, the add-ons of a Cluster come to rest as its release
//! says and stay there. On the way no stage runs before its turn, no hook is let through too early, nothing that is not
//! ours or still wanted is deleted, what was generated stays, and `Ready` is never said falsely.

mod addon_world;
mod random;

use addon_world::World;
use random::{Random, for_every_seed};

const WORLDS: u64 = 3_000;
const STEPS: usize = 400;

#[test]
fn the_add_ons_of_every_world_come_to_rest_and_stay_there() {
    for_every_seed(WORLDS, comes_to_rest);
}

fn comes_to_rest(seed: u64) {
    let mut random = Random::new(seed);
    let mut world = World::random(seed, &mut random);
    for _ in 0..random.below(25) {
        world.disturb(&mut random);
        for _ in 0..random.below(5) {
            world.pass(&mut random, 15);
        }
    }
    world.calm(&mut random);
    // Cluster API and the controllers of the workload cluster may do nothing for some steps.
    let mut still = 0;
    let rested = (0..STEPS).any(|_| {
        still = if world.quiet(&mut random) {
            0
        } else {
            still + 1
        };
        still > 12
    });
    assert!(
        rested,
        "seed {seed}: still at work after {STEPS} calm steps: {:#?}",
        world.story()
    );
    assert_eq!(
        world.pass(&mut random, 0),
        0,
        "seed {seed}: it did not stay at rest: {:#?}",
        world.story()
    );
    world.check_rest();
}
