//! What only the `PostgreSQL` engine promises: many nodes, one order, and no fault that loses or doubles a commit.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bulk;
mod failover;
mod framework;
mod immutable;
mod interleaving;
mod lost;
mod migrations;
mod opening;
mod refused;
mod room;
mod stored;
mod storm;
