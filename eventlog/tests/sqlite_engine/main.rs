//! What only the `SQLite` engine promises: one file, one writer, one process.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod child;
mod crash;
mod damage;
mod disk;
mod file;
mod lock;
mod migrations;
mod refused;
mod room;
mod sequences;
mod steps;
mod wal;
mod writes;
