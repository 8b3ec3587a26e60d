//! Accounts: the same tests on both engines.

mod attempts;
mod elsewhere;
mod house;
mod outbox;
mod secrets;
