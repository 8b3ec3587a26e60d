//! Accounts: the same tests on both engines.

mod house;
mod outbox;
mod secrets;
