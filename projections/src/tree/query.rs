//! What the tree shows: its head, its tiles, and proofs.

use std::{cell::RefCell, collections::HashMap};

use domain::Digest;
use eventlog::Position;
use transparency::{TILE_WIDTH, TileId, TileSource, Tree, TreeError};

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

/// An event that stands before the first position, where no tree and no reader comes by: nobody recorded it.
pub fn before_the_first(conn: &Conn<'_>) -> Result<Option<i64>, QueryError> {
    let sql = "SELECT position FROM events WHERE position < 1 ORDER BY position LIMIT 1";
    Ok(conn.value(sql, &[])?)
}

/// The tiles of the live tree.
pub struct Tiles<'c>(pub &'c Conn<'c>);

impl TileSource for Tiles<'_> {
    type Error = SqlError;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, SqlError> {
        hashes(self.0, "tree", id)
    }
}

/// The same, each read once: for whoever asks for many leaves and proofs.
pub struct TilesOnce<'c> {
    tiles: Tiles<'c>,
    known: RefCell<HashMap<TileId, Option<Vec<u8>>>>,
}

impl<'c> TilesOnce<'c> {
    /// Of a connection.
    pub fn of(conn: &'c Conn<'c>) -> Self {
        Self { tiles: Tiles(conn), known: RefCell::default() }
    }

    /// The hash of an event's leaf, as it was when the event was recorded; `None` where the tree does not hold it.
    pub fn leaf(&self, event: Position) -> Result<Option<Digest>, SqlError> {
        let Some(leaf) = event.checked_sub(1) else { return Ok(None) };
        let found = self.tile(TileId { level: 0, index: leaf / TILE_WIDTH })?;
        let at = usize::try_from(leaf % TILE_WIDTH).unwrap_or(0) * 32;
        let bytes = found.as_deref().and_then(|hashes| hashes.get(at..at + 32));
        Ok(bytes.and_then(|bytes| bytes.try_into().ok()).map(Digest))
    }
}

/// Proofs of many events in one tree, which share what they have in common.
pub struct Proofs<'t, 'c> {
    tree: Tree<&'t TilesOnce<'c>>,
    conn: &'c Conn<'c>,
    size: Position,
}

impl<'t, 'c> Proofs<'t, 'c> {
    /// In the tree of so many events.
    pub fn of(tiles: &'t TilesOnce<'c>, size: Position) -> Self {
        Self { tree: Tree::new(size, tiles), conn: tiles.tiles.0, size }
    }

    /// Shows that an event is in it.
    pub fn inclusion(&self, event: Position) -> Result<Vec<Digest>, QueryError> {
        let leaf = event.checked_sub(1).ok_or_else(|| beyond(self.size, event))?;
        let failed = |error| {
            let reached = position(self.conn).unwrap_or(0);
            failed(error, self.size, reached)
        };
        self.tree.prove_inclusion(leaf).map_err(failed)
    }
}

impl TileSource for TilesOnce<'_> {
    type Error = SqlError;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, SqlError> {
        if let Some(known) = self.known.borrow().get(&id) {
            return Ok(known.clone());
        }
        let found = self.tiles.tile(id)?;
        self.known.borrow_mut().insert(id, found.clone());
        Ok(found)
    }
}

/// How far the tree is.
pub fn position(conn: &Conn<'_>) -> Result<Position, QueryError> {
    Ok(status::position(conn, "tree")?)
}

/// How far the tree is, and its root there.
pub fn head(conn: &Conn<'_>) -> Result<Head, QueryError> {
    let snapshot = conn.snapshot()?;
    let size = status::position(&snapshot, "tree")?;
    Ok(Head { size, root: root(&snapshot, size)? })
}

/// The root that the tree had at a position.
pub fn root(conn: &Conn<'_>, size: Position) -> Result<Digest, QueryError> {
    // Before: it goes on growing.
    let reached = position(conn)?;
    Tree::new(size, Tiles(conn)).root().map_err(|error| failed(error, size, reached))
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
    let reached = position(conn)?;
    Tree::new(size, Tiles(conn)).prove_inclusion(leaf).map_err(|error| failed(error, size, reached))
}

/// Shows that the tree of so many events begins with an earlier one.
pub fn consistency(conn: &Conn<'_>, earlier: Position, size: Position) -> Result<Vec<Digest>, QueryError> {
    let reached = position(conn)?;
    Tree::new(size, Tiles(conn)).prove_consistency(earlier).map_err(|error| failed(error, size, reached))
}

/// Of a tree of so many events, when so many were in it.
fn failed(error: TreeError<SqlError>, size: Position, reached: Position) -> QueryError {
    match error {
        TreeError::Source(error) => error.into(),
        TreeError::TooSmall { size, wanted } => beyond(size, wanted),
        TreeError::Missing(_) if size <= reached => QueryError::Damaged { name: "tree" },
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
