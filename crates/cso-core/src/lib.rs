//! Every decision of the operator: what to write, in which order, when to retry, what to report. No I/O, no clock.
//!
//! One pass over an object is four steps: the shell *observes* (fills an `Observed`), core *plans* (`plan`), the shell
//! *executes* (turns a [`Plan`](effect::Plan) into an [`Executed`](effect::Executed)), core derives the *status*
//! (`conclude`). A fact that could not be read is a [`Fetched::Failed`](fetched::Fetched), never an absence.

pub mod admission;
pub mod certificates;
pub mod cluster;
pub mod cluster_addon;
pub mod cluster_stack;
pub mod cluster_stack_release;
pub mod conditions;
mod documents;
pub mod effect;
pub mod failure;
pub mod fetched;
pub mod hooks;
pub mod manifests;
pub mod retry;
mod vendored;

pub use vendored::vendored;
