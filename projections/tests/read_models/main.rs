//! The read models, fed by real commands: in files.

mod house;
mod imports;
mod invites;
mod key_joins;
mod licenses;
mod list;
mod members;
mod naive;
mod once;
mod orders;
mod rebuild;
mod replay;
mod search;
mod spans;
mod stop;
mod tree;

/// Which engine these are on.
pub const ENGINE: &str = "sqlite";
