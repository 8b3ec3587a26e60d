//! Accounts: the same tests on both engines.

mod attempts;
mod house;
mod outbox;
mod secrets;
