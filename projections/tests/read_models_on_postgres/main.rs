//! The read models, fed by real commands: the same tests on a real server.
#![cfg(unix)]

mod chores;
#[path = "../read_models/house.rs"]
mod house;
#[path = "../read_models/imports.rs"]
mod imports;
mod interleaving;
#[path = "../read_models/invites.rs"]
mod invites;
#[path = "../read_models/key_joins.rs"]
mod key_joins;
#[path = "../read_models/licenses.rs"]
mod licenses;
#[path = "../read_models/list.rs"]
mod list;
#[path = "../read_models/members.rs"]
mod members;
#[path = "../read_models/naive.rs"]
mod naive;
#[path = "../read_models/once.rs"]
mod once;
#[path = "../read_models/orders.rs"]
mod orders;
#[path = "../read_models/rebuild.rs"]
mod rebuild;
#[path = "../read_models/replay.rs"]
mod replay;
#[path = "../read_models/search.rs"]
mod search;
#[path = "../read_models/spans.rs"]
mod spans;
#[path = "../read_models/tree.rs"]
mod tree;

mod versions;

/// Which engine these are on.
pub const ENGINE: &str = "postgres";
