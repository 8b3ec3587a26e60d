//! Random orders and random events, against a naive model and an independent canonicaliser.

mod events;
mod follow;
mod license;
mod naive;
mod orders;
mod stored;
