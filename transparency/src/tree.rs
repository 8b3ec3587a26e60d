//! Proofs: made from tiles, and verified without any.

use std::{
    cell::RefCell,
    collections::{HashMap, hash_map::Entry},
};

use domain::Digest;
use tlog_tiles::{Error, Hash, HashReader, RecordProof, Tile, TreeProof};

use crate::tile::{HASH, TILE_HEIGHT, TileId};

/// Where tiles are kept.
pub trait TileSource {
    /// What it can fail with.
    type Error;

    /// The hashes of a tile, of which there may be more than asked for; `None` if it is not there.
    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error>;
}

impl<S: TileSource> TileSource for &S {
    type Error = S::Error;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Self::Error> {
        (**self).tile(id)
    }
}

/// Why there is no proof.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError<E> {
    /// The tree is smaller.
    #[error("the tree has {size} leaves: there is no {wanted}")]
    TooSmall {
        /// Its leaves.
        size: u64,
        /// What was asked for.
        wanted: u64,
    },
    /// A tile is not there, or is too short.
    #[error("tile {} of level {} is not there, or is too short", .0.index, .0.level)]
    Missing(TileId),
    /// The place where tiles are kept.
    #[error(transparent)]
    Source(E),
}

/// What was to be verified does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the proof does not hold")]
pub struct Invalid;

/// A tree of so many leaves.
pub struct Tree<S> {
    size: u64,
    tiles: S,
    /// Hashes of inner nodes, each made once: the proofs of leaves that stand side by side share nearly all of them.
    nodes: RefCell<HashMap<u64, Hash>>,
}

impl<S: TileSource> Tree<S> {
    /// The tree that these tiles hold, as it was when it had so many leaves.
    pub fn new(size: u64, tiles: S) -> Self {
        Self { size, tiles, nodes: RefCell::default() }
    }

    /// Its root.
    pub fn root(&self) -> Result<Digest, TreeError<S::Error>> {
        self.ask(|reader| tlog_tiles::tree_hash(self.size, reader)).map(|hash| Digest(hash.0))
    }

    /// Shows that the leaf of that number, counted from 0, is in it (RFC 6962, 2.1.1).
    pub fn prove_inclusion(&self, leaf: u64) -> Result<Vec<Digest>, TreeError<S::Error>> {
        if leaf >= self.size {
            return Err(TreeError::TooSmall { size: self.size, wanted: leaf });
        }
        self.ask(|reader| tlog_tiles::prove_record(self.size, leaf, reader)).map(digests)
    }

    /// Shows that an earlier tree is its beginning (RFC 6962, 2.1.2).
    pub fn prove_consistency(&self, earlier: u64) -> Result<Vec<Digest>, TreeError<S::Error>> {
        if earlier > self.size {
            return Err(TreeError::TooSmall { size: self.size, wanted: earlier });
        }
        // Every tree begins with the empty one, and with itself.
        if earlier == 0 || earlier == self.size {
            return Ok(Vec::new());
        }
        self.ask(|reader| tlog_tiles::prove_tree(self.size, earlier, reader)).map(digests)
    }

    fn ask<T>(
        &self,
        work: impl FnOnce(&Reader<'_, S>) -> Result<T, Error>,
    ) -> Result<T, TreeError<S::Error>> {
        let reader = Reader { tree: self, failed: RefCell::new(None) };
        work(&reader).map_err(|_| {
            let failed = reader.failed.take();
            failed.unwrap_or(TreeError::Missing(TileId { level: 0, index: 0 }))
        })
    }
}

/// Hands hashes to the arithmetic, and keeps why one could not be had.
struct Reader<'a, S: TileSource> {
    tree: &'a Tree<S>,
    failed: RefCell<Option<TreeError<S::Error>>>,
}

impl<S: TileSource> Reader<'_, S> {
    fn read(&self, indexes: &[u64]) -> Result<Vec<Hash>, TreeError<S::Error>> {
        let mut tiles: HashMap<TileId, Vec<u8>> = HashMap::new();
        let mut nodes = self.tree.nodes.borrow_mut();
        let hash = |&index: &u64| {
            if let Some(known) = nodes.get(&index) {
                return Ok(*known);
            }
            let wanted = Tile::from_index(TILE_HEIGHT, index);
            let id = TileId { level: wanted.level(), index: wanted.level_index() };
            let tile = match tiles.entry(id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => {
                    let found = self.tree.tiles.tile(id).map_err(TreeError::Source)?;
                    new.insert(found.ok_or(TreeError::Missing(id))?)
                }
            };
            let width = usize::try_from(wanted.width()).unwrap_or(0) * HASH;
            let hashes = tile.get(..width).ok_or(TreeError::Missing(id))?;
            let hash = wanted.hash_at_index(hashes, index).map_err(|_| TreeError::Missing(id))?;
            nodes.insert(index, hash);
            Ok(hash)
        };
        indexes.iter().map(hash).collect()
    }
}

impl<S: TileSource> HashReader for Reader<'_, S> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, Error> {
        self.read(indexes).map_err(|error| {
            self.failed.replace(Some(error));
            Error::InvalidTile
        })
    }
}

/// That a leaf stands at its number in the tree with this root.
pub fn verify_inclusion(
    proof: &[Digest],
    (size, root): (u64, Digest),
    leaf: u64,
    hash: Digest,
) -> Result<(), Invalid> {
    if leaf >= size {
        return Err(Invalid);
    }
    let proof: RecordProof = hashes(proof);
    tlog_tiles::check_record(&proof, size, Hash(root.0), leaf, Hash(hash.0)).map_err(|_| Invalid)
}

/// That one tree is the beginning of another.
pub fn verify_consistency(
    proof: &[Digest],
    earlier: (u64, Digest),
    later: (u64, Digest),
) -> Result<(), Invalid> {
    let holds = |it: bool| if it { Ok(()) } else { Err(Invalid) };
    match (earlier.0, later.0) {
        (a, b) if a > b => Err(Invalid),
        (0, _) => holds(proof.is_empty() && earlier.1 == Digest::of("")),
        (a, b) if a == b => holds(proof.is_empty() && earlier.1 == later.1),
        (a, b) => {
            let proof: TreeProof = hashes(proof);
            tlog_tiles::check_tree(&proof, b, Hash(later.1.0), a, Hash(earlier.1.0)).map_err(|_| Invalid)
        }
    }
}

fn digests(hashes: Vec<Hash>) -> Vec<Digest> {
    hashes.into_iter().map(|hash| Digest(hash.0)).collect()
}

fn hashes(digests: &[Digest]) -> Vec<Hash> {
    digests.iter().map(|digest| Hash(digest.0)).collect()
}
