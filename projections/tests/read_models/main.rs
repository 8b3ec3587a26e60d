//! The read models, fed by real commands.

mod house;
mod imports;
mod invites;
mod licenses;
mod list;
mod members;
mod naive;
mod once;
mod orders;
mod rebuild;
mod search;
mod stop;
