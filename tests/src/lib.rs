//! What crosses crates.

pub mod fuzz;
