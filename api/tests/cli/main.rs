//! The command line, as people and scripts use it: the binary itself, on databases of its own.

#[cfg(test)]
mod codes;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod files;
#[cfg(test)]
mod invites;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod licenses;
#[cfg(test)]
mod people;
#[cfg(test)]
mod server;
#[cfg(test)]
mod shell;
#[cfg(test)]
mod support;
