//! The table of DESIGN §4, cell by cell.

mod added;
mod evolve;
mod gate;
mod given;
mod going;
mod invites;
mod key;
mod recorded;
mod undo;
