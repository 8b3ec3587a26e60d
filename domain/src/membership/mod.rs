//! The membership: one person on one license, and the state machine of DESIGN §4.

pub mod command;
pub mod decide;
pub mod event;
pub mod state;
pub mod undo;

pub use command::{AddedBy, Gate, MembershipCommand, Person};
pub use event::{DeclineReason, InviteReason, MembershipEvent};
pub use state::{Admission, Membership, Notification, Standing, Status};
pub use undo::{Undo, undo};
