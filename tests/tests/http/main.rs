//! The service through its router, as a program would use it.

mod as_of;
mod away;
mod bodies;
mod described;
mod domain_proofs;
mod erasure;
mod held;
mod history;
mod jobs;
mod journeys;
mod kept;
mod keys;
mod letters;
mod log;
mod oidc;
mod reads;
mod refusals;
mod repeated;
mod replayed;
mod rights;
mod service;
mod signing_in;
mod tampered;
mod tampering;
mod tokens;
mod unsigned;
mod uploads;
mod wording;

/// Which engine these are on.
pub const ENGINE: &str = "sqlite";
