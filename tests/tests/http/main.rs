//! The service through its router, as a program would use it.

mod bodies;
mod described;
mod jobs;
mod journeys;
mod refusals;
mod repeated;
mod service;
mod uploads;
mod wording;
