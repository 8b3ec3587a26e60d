//! The installation: who runs it, and who helps and checks across all licenses.

pub mod command;
pub mod decide;
pub mod event;
pub mod state;

pub use command::InstallationCommand;
pub use event::InstallationEvent;
pub use state::{Installation, InstallationRole};
