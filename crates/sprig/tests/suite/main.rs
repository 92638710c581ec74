//! The functions from outside: tables of answers from Go, record and replay, aliasing, budgets.

mod expression;
mod record;
mod tables;
