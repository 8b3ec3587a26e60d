//! What a license allows.

mod admins;
mod created;
mod evolve;
mod given;
mod keys;
mod staff;
mod terms;
