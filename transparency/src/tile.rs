//! Hash tiles: the tree, cut every eight levels.

use domain::Digest;
use tlog_tiles::{Hash, Tile};

/// Hashes in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// Levels of the tree in a tile.
pub(crate) const TILE_HEIGHT: u8 = 8;

/// Bytes of a hash.
pub(crate) const HASH: usize = 32;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TileId {
    /// 0 holds leaves; each hash of a tile above is that of a full tile below.
    pub level: u8,
    /// Its number in its level, counted from 0.
    pub index: u64,
}

impl TileId {
    /// How many hashes it holds in a tree of so many leaves; 0 where it is not there.
    pub fn width_at(self, size: u64) -> u64 {
        let hashes = hashes_at(self.level, size);
        hashes.saturating_sub(self.index.saturating_mul(TILE_WIDTH)).min(TILE_WIDTH)
    }
}

/// How many hashes a level of tiles holds in a tree of so many leaves.
pub(crate) fn hashes_at(level: u8, size: u64) -> u64 {
    size.checked_shr(u32::from(TILE_HEIGHT) * u32::from(level)).unwrap_or(0)
}

/// The hash of a full tile, which stands in the level above.
pub(crate) fn full_hash(hashes: &[u8]) -> Digest {
    Digest(Tile::subtree_hash(hashes).0)
}

/// The hash of an inner node.
pub(crate) fn node(left: Digest, right: Digest) -> Digest {
    Digest(tlog_tiles::node_hash(Hash(left.0), Hash(right.0)).0)
}
