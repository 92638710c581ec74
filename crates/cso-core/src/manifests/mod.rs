//! Objects of a release: identity, parsing, order, what to apply, adopt and prune, and the report of it.

mod adopt;
mod apply_plan;
mod live;
mod manifest;
mod object_id;
mod order;
mod orphans;
mod parse;
mod prune;
mod report;

pub use apply_plan::{ApplyPlan, Owner, Situation, apply_plan};
pub use live::{Applied, LiveObject};
pub use manifest::Manifest;
pub(crate) use object_id::own_id;
pub use object_id::{Kind, ObjectId};
pub use order::{install_rank, wave_of};
pub use orphans::is_left_behind;
pub(crate) use orphans::{consents, orphans_event, orphans_message};
pub use parse::{Kinds, ParseError, Scope, are_placed, parse};
pub(crate) use prune::inventoried;
pub use prune::{Removal, removal};
pub use report::{Report, report};
