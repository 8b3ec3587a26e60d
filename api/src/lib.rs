//! HTTP and the command line. Handlers read a request, call one command or one query, and answer.

mod about;
mod all_imports;
pub mod app;
mod audit;
mod body;
mod caller;
pub mod cli;
pub mod demo;
mod description;
mod formula;
mod health;
mod imports;
mod intake;
mod invites;
mod job_events;
mod jobs;
mod join;
mod json;
mod license_access;
mod license_terms;
mod licenses;
mod misfit;
mod network;
mod page;
mod problem;
mod projections;
mod refused;
mod retention;
pub mod server;
mod sheet;
pub mod state;
mod upload;
mod users;
mod why;

pub use intake::{Limits, Pace};
pub use state::{State, open};
