//! The service through its router, as a program would use it.

mod away;
mod bodies;
mod described;
mod erasure;
mod jobs;
mod journeys;
mod refusals;
mod repeated;
mod service;
mod uploads;
mod wording;

/// Which engine these are on.
pub const ENGINE: &str = "sqlite";
