//! `tree`: the log as a Merkle tree, in hash tiles, for whoever wants proof.
//!
//! It grows with the other read models and rests on nothing but the log: a rebuild hashes every event anew, and compares.

mod query;

use domain::Digest;
use eventlog::Recorded;
use transparency::{Edge, TileId};

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, Rows, SqlError, Types},
    values,
};

pub use query::{
    Head, Proofs, Tiles, TilesOnce, before_the_first, consistency, head, inclusion, position, root, tile,
};

/// The read model.
pub struct HashTree;

impl ReadModel for HashTree {
    fn name(&self) -> &'static str {
        "tree"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["tree"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        let Types { key, bytes, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE tree{suffix} (
                tile   {key}, -- its level and its number there
                hashes {bytes} NOT NULL
            ){end};"
        ))
    }

    fn indexes(&self, _: Dialect, _: Tables) -> Vec<String> {
        Vec::new()
    }

    fn needs_leaves(&self) -> bool {
        true
    }

    fn apply(
        &self,
        conn: &Conn<'_>,
        Tables { suffix, .. }: Tables,
        news: News<'_>,
    ) -> Result<(), ApplyError> {
        let Some(first) = news.events.first() else { return Ok(()) };
        let table = format!("tree{suffix}");
        let size = first.position - 1;
        let edge = Edge::read(size, |id| hashes(conn, &table, id))?;
        let mut edge = edge.ok_or_else(|| {
            ApplyError::event(first.position, "the tree does not hold every event before it")
        })?;
        let mut rows = Rows::of(conn, &table, &["tile"], &["hashes"])?;
        let leaf = |(leaf, event): (&Option<Digest>, &Recorded)| {
            leaf.ok_or_else(|| ApplyError::event(event.position, "it came without its leaf"))
        };
        let leaves: Vec<Digest> = news.leaves.iter().zip(news.events).map(leaf).collect::<Result<_, _>>()?;
        for (id, hashes) in edge.append(leaves) {
            let values: &[_] = values![key(id), hashes.as_slice()];
            if id.width_at(size) > 0 { rows.update(values) } else { rows.insert(values) }?;
        }
        Ok(rows.end()?)
    }
}

/// Levels stand apart by more tiles than there can be in one.
const LEVEL: u64 = 1 << 55;

fn key(TileId { level, index }: TileId) -> u64 {
    u64::from(level) * LEVEL + index
}

fn hashes(conn: &Conn<'_>, table: &str, id: TileId) -> Result<Option<Vec<u8>>, SqlError> {
    conn.value(&format!("SELECT hashes FROM {table} WHERE tile = ?"), values![key(id)])
}
