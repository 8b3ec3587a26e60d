//! What is told where there is no room for an upload.

use std::{
    fmt,
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

/// The code of all that failed for want of room.
pub const DISK_FULL: &str = "disk_full";

/// Whether something failed for want of room.
pub fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

/// Where there is no room, and how much there is.
#[derive(Debug)]
struct NoRoom {
    folder: PathBuf,
    free: Option<u64>,
}

impl std::error::Error for NoRoom {}

impl fmt::Display for NoRoom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { folder, free } = self;
        let folder = folder.display();
        match free {
            Some(free) => write!(f, "there is no room in {folder}, where {} KiB are free", free >> 10),
            None => write!(f, "there is no room in {folder}"),
        }
    }
}

/// An error, with what helps where it is for want of room. `held` bytes are let go because of it.
pub(super) fn told(error: io::Error, folder: &Path, held: u64) -> io::Error {
    if !is_full(&error) {
        return error;
    }
    let free = rustix::fs::statvfs(folder).ok();
    let free = free.map(|about| about.f_bavail.saturating_mul(about.f_frsize).saturating_add(held));
    io::Error::new(error.kind(), NoRoom { folder: folder.to_owned(), free })
}
