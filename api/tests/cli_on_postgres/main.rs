//! The command line, as people and scripts use it: the same tests on a real server, and those of several nodes.
#![cfg(unix)]

#[cfg(test)]
#[path = "../cli/as_of.rs"]
mod as_of;
#[cfg(test)]
#[path = "../cli/codes.rs"]
mod codes;
#[cfg(test)]
#[path = "../cli/crash/mod.rs"]
mod crash;
#[cfg(test)]
mod database;
#[cfg(test)]
#[path = "../cli/elsewhere.rs"]
mod elsewhere;
#[cfg(test)]
#[path = "../cli/erase.rs"]
mod erase;
#[cfg(test)]
#[path = "../cli/feed.rs"]
mod feed;
#[cfg(test)]
#[path = "../cli/files.rs"]
mod files;
#[cfg(test)]
#[path = "../cli/history.rs"]
mod history;
#[cfg(test)]
#[path = "../cli/imports.rs"]
mod imports;
#[cfg(test)]
#[path = "../cli/invites.rs"]
mod invites;
#[cfg(test)]
#[path = "../cli/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "../cli/licenses.rs"]
mod licenses;
#[cfg(test)]
#[path = "../cli/named.rs"]
mod named;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod owner;
#[cfg(test)]
#[path = "../cli/people.rs"]
mod people;
#[cfg(test)]
#[path = "../cli/server.rs"]
mod server;
#[cfg(test)]
mod storm;
#[cfg(test)]
#[path = "../cli/support/mod.rs"]
mod support;
#[cfg(test)]
#[path = "../cli/upkeep.rs"]
mod upkeep;
#[cfg(test)]
#[path = "../cli/wording.rs"]
mod wording;

/// Which engine these are on.
#[cfg(test)]
const ENGINE: &str = "postgres";
