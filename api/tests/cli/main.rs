//! The command line, as people and scripts use it: the binary itself, on databases of its own.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod as_of;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod dying;
#[cfg(test)]
mod elsewhere;
#[cfg(test)]
mod environment;
#[cfg(test)]
mod erase;
#[cfg(test)]
mod feed;
#[cfg(test)]
mod files;
#[cfg(test)]
mod full;
#[cfg(test)]
mod history;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod invites;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod licenses;
#[cfg(test)]
mod named;
#[cfg(test)]
mod one_file;
#[cfg(test)]
mod people;
#[cfg(test)]
mod server;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod support;
#[cfg(test)]
mod upkeep;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod wording;

/// Which engine these are on.
#[cfg(test)]
const ENGINE: &str = "sqlite";
