//! The service through its router, as a program would use it.

mod journeys;
mod refusals;
mod service;
