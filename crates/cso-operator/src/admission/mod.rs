//! Admission: the API server asks before it stores or removes one of our objects, or a Cluster. Any replica answers.
//!
//! What is answered is decided in [`cso_core::admission`] and beside each kind. What that needs to know is read from the
//! API server itself when it is asked for, so no replica answers from a cache that is behind.

mod facts;
mod judge;
mod review;
mod routes;
mod voucher;

pub(crate) use judge::Judge;
pub(crate) use routes::routes;
pub(crate) use voucher::Voucher;
