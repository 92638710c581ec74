//! The functions from outside: tables of answers from Go, record and replay, aliasing, budgets.

mod certificates;
mod dates;
mod expression;
mod record;
mod tables;
