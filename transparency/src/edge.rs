//! The right edge of a tree: what has to be known of it to add leaves, and to tell its root.

use domain::Digest;

use crate::tile::{HASH, TILE_WIDTH, TileId, full_hash, hashes_at, node};

/// The tiles of a tree that are not full: at most 8 KiB for each level, however large the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// From level 0 on.
    open: Vec<Vec<u8>>,
}

/// A tile as it stands in a tree. Its hashes follow each other.
pub type Hashes = Vec<u8>;

impl Edge {
    /// The edge of a tree of so many leaves; `None` where `tile` has fewer hashes than belong there.
    pub fn read<E>(
        size: u64,
        mut tile: impl FnMut(TileId) -> Result<Option<Hashes>, E>,
    ) -> Result<Option<Self>, E> {
        let mut open = Vec::new();
        for level in 0..=u8::MAX {
            let hashes = hashes_at(level, size);
            if hashes == 0 {
                break;
            }
            let width = usize::try_from(hashes % TILE_WIDTH).unwrap_or(0) * HASH;
            let index = hashes / TILE_WIDTH;
            let mut found = if width == 0 { Some(Vec::new()) } else { tile(TileId { level, index })? };
            // Of a tile that has grown since, the first ones are what stood there.
            match found.take().filter(|found| found.len() >= width) {
                Some(mut found) => {
                    found.truncate(width);
                    open.push(found);
                }
                None => return Ok(None),
            }
        }
        Ok(Some(Self { size, open }))
    }

    /// How many leaves the tree has.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds leaves. Every tile that is new or has grown, as it stands now.
    pub fn append(&mut self, leaves: impl IntoIterator<Item = Digest>) -> Vec<(TileId, Hashes)> {
        let before = self.size;
        let mut changed = Vec::new();
        for leaf in leaves {
            self.push(leaf, &mut |id, hashes| changed.push((id, hashes)));
        }
        for (level, hashes) in (0..).zip(&self.open) {
            if !hashes.is_empty() && hashes_at(level, before) != hashes_at(level, self.size) {
                let index = hashes_at(level, self.size) / TILE_WIDTH;
                changed.push((TileId { level, index }, hashes.clone()));
            }
        }
        changed
    }

    /// Adds a leaf, for whoever needs the root alone.
    pub fn push_leaf(&mut self, leaf: Digest) {
        self.push(leaf, &mut |_, _| {});
    }

    fn push(&mut self, leaf: Digest, full: &mut impl FnMut(TileId, Hashes)) {
        self.size += 1;
        let mut hash = leaf;
        for level in 0..=u8::MAX {
            if self.open.len() == usize::from(level) {
                self.open.push(Vec::new());
            }
            let hashes = &mut self.open[usize::from(level)];
            hashes.extend(hash.0);
            if hashes.len() < HASH * 256 {
                break;
            }
            let hashes = std::mem::take(hashes);
            hash = full_hash(&hashes);
            full(TileId { level, index: hashes_at(level, self.size) / TILE_WIDTH - 1 }, hashes);
        }
    }

    /// The root of the tree (RFC 6962, 2.1).
    pub fn root(&self) -> Digest {
        let mut below = None;
        for open in &self.open {
            let mut hashes: Vec<Digest> = open.chunks_exact(HASH).filter_map(digest).collect();
            // What is below and not full is the last node of this level.
            hashes.extend(below);
            below = merkle(&hashes);
        }
        below.unwrap_or_else(|| Digest::of(""))
    }
}

fn digest(bytes: &[u8]) -> Option<Digest> {
    bytes.try_into().ok().map(Digest)
}

/// The hash over nodes of which all but the last are full.
fn merkle(nodes: &[Digest]) -> Option<Digest> {
    match nodes {
        [] => None,
        [one] => Some(*one),
        _ => {
            // The largest power of two that is smaller.
            let left = nodes.len().next_power_of_two() / 2;
            merkle(&nodes[..left]).zip(merkle(&nodes[left..])).map(|(left, right)| node(left, right))
        }
    }
}
