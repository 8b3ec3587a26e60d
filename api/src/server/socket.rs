//! The owner's socket: beside a database file, or where somebody names it.

use std::{
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::{UnixListener, UnixStream};

use super::ServeError;
use crate::engine::Engine;

/// The command line's way in: only the owner of the database may use it.
pub(super) struct Socket {
    listener: UnixListener,
    path: PathBuf,
    /// Where the path beside the database would be too long for a socket's address.
    _folder: Option<tempfile::TempDir>,
}

/// A Unix socket's address holds about a hundred bytes.
const LONGEST_SOCKET_PATH: usize = 100;

impl Socket {
    /// That of a file, which only one process has open: others ask it. Where a server keeps the database, every command
    /// is a node of its own, and there is a socket only where one is named.
    pub(super) fn of(database: &Engine, named: Option<&Path>) -> Result<Option<Self>, ServeError> {
        let file = database.file();
        let socket = match (named, file) {
            (Some(path), _) => Self::named(path)?,
            (None, Some(file)) => Self::beside(file.path())?,
            (None, None) => return Ok(None),
        };
        if let Some(file) = file {
            file.advertise(&socket.path)?;
        }
        Ok(Some(socket))
    }

    /// Where somebody names it: nothing that is in use there, or is something else, is taken away.
    fn named(path: &Path) -> Result<Self, ServeError> {
        let failed = |cause| ServeError::Listen { address: format!("the socket {}", path.display()), cause };
        let path = std::path::absolute(path).map_err(failed)?;
        let there = std::fs::symlink_metadata(&path);
        if there.is_ok_and(|there| !there.file_type().is_socket())
            || std::os::unix::net::UnixStream::connect(&path).is_ok()
        {
            return Err(failed(io::ErrorKind::AddrInUse.into()));
        }
        Self::bind(path, None, &failed)
    }

    /// The next who asks there; nobody ever, where there is none.
    pub(super) async fn accept(socket: Option<&Self>) -> io::Result<UnixStream> {
        match socket {
            Some(socket) => socket.listener.accept().await.map(|(stream, _)| stream),
            None => std::future::pending().await,
        }
    }

    fn beside(database: &Path) -> Result<Self, ServeError> {
        let mut beside = database.as_os_str().to_owned();
        beside.push(".socket");
        let failed = |cause| ServeError::Listen { address: "the command line's socket".to_owned(), cause };
        let absolute = std::path::absolute(&beside).map_err(failed)?;
        let (path, folder) = if absolute.as_os_str().len() <= LONGEST_SOCKET_PATH {
            (absolute, None)
        } else {
            let folder = tempfile::Builder::new().prefix("seatbook-").tempdir().map_err(failed)?;
            (folder.path().join("socket"), Some(folder))
        };
        Self::bind(path, folder, &failed)
    }

    fn bind(
        path: PathBuf,
        folder: Option<tempfile::TempDir>,
        failed: &dyn Fn(io::Error) -> ServeError,
    ) -> Result<Self, ServeError> {
        // Bound where nobody else can look, so that it is never open to others, not even for a moment. A socket
        // that lies at its place already is of a process that ended without tidying up: the lock is ours.
        let hidden = tempfile::Builder::new().prefix("seatbook-").tempdir().map_err(failed)?;
        let bound = hidden.path().join("socket");
        let listener = UnixListener::bind(&bound).map_err(failed)?;
        std::fs::set_permissions(&bound, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        let _ = std::fs::remove_file(&path);
        if std::fs::rename(&bound, &path).is_ok() {
            return Ok(Self { listener, path, _folder: folder });
        }
        // The temporary folder is on another file system, which nothing can be renamed to.
        let listener = UnixListener::bind(&path).map_err(failed)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
        Ok(Self { listener, path, _folder: folder })
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // What can't be removed is replaced at the next start.
        let _ = std::fs::remove_file(&self.path);
    }
}
