//! What the tree shows: its head, its tiles, and proofs.

use domain::Digest;
use eventlog::Position;
use transparency::{TileId, TileSource, Tree, TreeError};

use super::hashes;
use crate::{
    QueryError,
    sql::{Conn, SqlError},
    status,
};

/// The tree at a moment: the log up to a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// How many events, and so the position of the last one.
    pub size: Position,
    /// The root over them.
    pub root: Digest,
}

/// The tiles of the live tree.
pub struct Tiles<'c>(pub &'c Conn<'c>);

impl TileSource for Tiles<'_> {
    type Error = SqlError;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, SqlError> {
        hashes(self.0, "tree", id)
    }
}

/// How far the tree is, and its root there.
pub fn head(conn: &Conn<'_>) -> Result<Head, QueryError> {
    let snapshot = conn.snapshot()?;
    let size = status::position(&snapshot, "tree")?;
    Ok(Head { size, root: root(&snapshot, size)? })
}

/// The root that the tree had at a position.
pub fn root(conn: &Conn<'_>, size: Position) -> Result<Digest, QueryError> {
    Tree::new(size, Tiles(conn)).root().map_err(failed)
}

/// A tile as it was when the tree had so many events; `None` where it had none of it, or has not grown so far.
pub fn tile(conn: &Conn<'_>, id: TileId, width: u16) -> Result<Option<Vec<u8>>, QueryError> {
    let length = usize::from(width) * 32;
    let found = hashes(conn, "tree", id)?.filter(|hashes| hashes.len() >= length);
    Ok(found.map(|mut hashes| {
        hashes.truncate(length);
        hashes
    }))
}

/// Shows that an event is in the tree of so many events.
pub fn inclusion(conn: &Conn<'_>, event: Position, size: Position) -> Result<Vec<Digest>, QueryError> {
    let leaf = event.checked_sub(1).ok_or_else(|| beyond(size, event))?;
    Tree::new(size, Tiles(conn)).prove_inclusion(leaf).map_err(failed)
}

/// Shows that the tree of so many events begins with an earlier one.
pub fn consistency(conn: &Conn<'_>, earlier: Position, size: Position) -> Result<Vec<Digest>, QueryError> {
    Tree::new(size, Tiles(conn)).prove_consistency(earlier).map_err(failed)
}

fn failed(error: TreeError<SqlError>) -> QueryError {
    match error {
        TreeError::Source(error) => error.into(),
        TreeError::TooSmall { size, wanted } => beyond(size, wanted),
        TreeError::Missing(_) => QueryError::not_offered(
            "The tree has not grown so far",
            "Ask for no more events than its last checkpoint has.",
        ),
    }
}

fn beyond(size: Position, wanted: Position) -> QueryError {
    QueryError::not_offered(
        format!("The tree of {size} events holds none at {wanted}"),
        "Ask for a position from 1 to the size of the checkpoint.",
    )
}
