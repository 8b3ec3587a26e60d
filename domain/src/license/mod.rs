//! The license: what was bought, who administers it, which keys open it.

pub mod command;
pub mod decide;
pub mod event;
pub mod proof;
pub mod state;

pub use command::{LicenseCommand, NewKey};
pub use event::LicenseEvent;
pub use proof::DomainProof;
pub use state::{Key, KeyState, License, Plan, StaffRole, admits};
