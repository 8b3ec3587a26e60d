//! The service through its router, as a program would use it: the same tests on a real server.
#![cfg(unix)]

#[path = "../http/as_of.rs"]
mod as_of;
#[path = "../http/away.rs"]
mod away;
#[path = "../http/bodies.rs"]
mod bodies;
#[path = "../http/described.rs"]
mod described;
#[path = "../http/domain_proofs.rs"]
mod domain_proofs;
#[path = "../http/erasure/mod.rs"]
mod erasure;
#[path = "../http/held.rs"]
mod held;
#[path = "../http/history.rs"]
mod history;
#[path = "../http/jobs.rs"]
mod jobs;
#[path = "../http/journeys.rs"]
mod journeys;
#[path = "../http/kept.rs"]
mod kept;
#[path = "../http/keys.rs"]
mod keys;
#[path = "../http/letters.rs"]
mod letters;
#[path = "../http/log.rs"]
mod log;
#[path = "../http/oidc/mod.rs"]
mod oidc;
#[path = "../http/reads.rs"]
mod reads;
#[path = "../http/refusals.rs"]
mod refusals;
#[path = "../http/repeated.rs"]
mod repeated;
#[path = "../http/replayed.rs"]
mod replayed;
#[path = "../http/rights/mod.rs"]
mod rights;
mod roles;
#[path = "../http/service.rs"]
mod service;
#[path = "../http/signing_in/mod.rs"]
mod signing_in;
#[path = "../http/tampered.rs"]
mod tampered;
#[path = "../http/tampering.rs"]
mod tampering;
#[path = "../http/tokens.rs"]
mod tokens;
#[path = "../http/unsigned.rs"]
mod unsigned;
#[path = "../http/uploads.rs"]
mod uploads;
#[path = "../http/wording.rs"]
mod wording;

/// Which engine these are on.
pub const ENGINE: &str = "postgres";
