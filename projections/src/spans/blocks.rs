//! Blocks of positions: where in the order of being added anybody can be found, and how many came and went.
//!
//! A list as of a moment is a walk along those who were added, past all who had gone by then or did not have the status
//! yet; a block in which there is nobody is skipped, and so is a large block of such blocks. How many people there were is
//! the sum of what changed in whole blocks, and in a part of the last one. All of it only grows by what happens: no row has
//! to be looked at again.

use std::{collections::BTreeMap, ops::Range};

use eventlog::Position;

use super::row::{OPEN, Span};
use crate::{
    members::StatusCounts,
    sql::{Conn, Row, SqlError, Types},
    values,
};

/// A block of a level has two to the power of this many positions: level 1, level 2. Tests of this crate's own have small
/// ones, so that a few events fill many.
const SHIFTS: [u32; 2] = if cfg!(test) { [2, 4] } else { [8, 16] };

/// Positions in a block of level 1.
pub(super) const SMALL: u64 = 1 << SHIFTS[0];

/// The statuses that have columns, by their numbers from 1 on.
const STATUSES: [&str; 3] = ["accepted", "invited", "rejected"];

pub(super) fn create(conn: &Conn<'_>, suffix: &str) -> Result<(), SqlError> {
    let Types { number, end_of_keyed, .. } = conn.types();
    // Of those who were added in the block, by status: from when anybody had it first, how many have it now, and until when
    // anybody had it last of those who have it no more. And how many more had it behind the block than in front of it.
    let columns = STATUSES.map(|status| {
        ["first", "open", "last", "net"].map(|part| format!("{status}_{part} {number} NOT NULL")).join(", ")
    });
    conn.batch(&format!(
        "CREATE TABLE span_blocks{suffix} (
            license {number} NOT NULL,
            level   {number} NOT NULL,
            block   {number} NOT NULL,
            {},
            PRIMARY KEY (license, level, block)
        ){end_of_keyed}",
        columns.join(", ")
    ))
}

/// What a page of events adds to blocks.
#[derive(Default)]
pub(super) struct Blocks(BTreeMap<(Position, usize, Position), [Part; 3]>);

/// Of one status.
#[derive(Clone, Copy)]
struct Part {
    first: Position,
    open: i64,
    last: Position,
    net: i64,
}

impl Default for Part {
    fn default() -> Self {
        Self { first: OPEN, open: 0, last: 0, net: 0 }
    }
}

impl Blocks {
    /// Somebody's status begins.
    pub(super) fn open(&mut self, span: &Span) {
        self.at(span, span.added, span.status, |part| {
            part.first = part.first.min(span.id);
            part.open += 1;
        });
        self.at(span, span.id, span.status, |part| part.net += 1);
        self.at(span, span.id, span.before, |part| part.net -= 1);
    }

    /// Somebody's status ends.
    pub(super) fn close(&mut self, span: &Span) {
        self.at(span, span.added, span.status, |part| {
            part.open -= 1;
            part.last = part.last.max(span.until);
        });
    }

    fn at(&mut self, span: &Span, position: Position, status: u8, change: impl Fn(&mut Part)) {
        let Some(status) = usize::from(status).checked_sub(1) else { return };
        for (level, shift) in SHIFTS.iter().enumerate() {
            let block = self.0.entry((span.license, level + 1, position >> shift)).or_default();
            if let Some(part) = block.get_mut(status) {
                change(part);
            }
        }
    }

    pub(super) fn store(self, conn: &Conn<'_>, suffix: &str) -> Result<(), SqlError> {
        let rows: Vec<[i64; 15]> = self.0.into_iter().map(row).collect();
        let changes = STATUSES.map(|s| {
            format!(
                "{s}_first = CASE WHEN excluded.{s}_first < b.{s}_first THEN excluded.{s}_first ELSE b.{s}_first END,
                 {s}_open = b.{s}_open + excluded.{s}_open,
                 {s}_last = CASE WHEN excluded.{s}_last > b.{s}_last THEN excluded.{s}_last ELSE b.{s}_last END,
                 {s}_net = b.{s}_net + excluded.{s}_net"
            )
        });
        let conflict = format!("ON CONFLICT (license, level, block) DO UPDATE SET {}", changes.join(", "));
        conn.merge(&format!("span_blocks{suffix} AS b"), &rows, &conflict)
    }
}

fn row(((license, level, block), parts): ((Position, usize, Position), [Part; 3])) -> [i64; 15] {
    // Positions and levels are far below where numbers with a sign end.
    let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut row = [0; 15];
    row[..3].copy_from_slice(&[number(license), i64::try_from(level).unwrap_or(i64::MAX), number(block)]);
    for (part, columns) in parts.iter().zip(row[3..].chunks_exact_mut(4)) {
        columns.copy_from_slice(&[number(part.first), part.open, number(part.last), part.net]);
    }
    row
}

/// Which blocks are looked for.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub license: Position,
    /// In which somebody had one of these statuses...
    pub statuses: &'a [u8],
    /// ... at this position.
    pub at: Position,
}

/// So many blocks are looked for at a time; and people in so many blocks, at most, are walked along at once.
const AT_ONCE: u64 = 16;

impl Wanted<'_> {
    /// Stretches of positions, one after the other, in which somebody was added who is wanted; others are left out.
    /// `each` says whether it wants more.
    pub(super) fn stretches<E: From<SqlError>>(
        &self,
        conn: &Conn<'_>,
        from: Position,
        mut each: impl FnMut(Range<Position>) -> Result<bool, E>,
    ) -> Result<(), E> {
        let [small, large] = SHIFTS;
        let wide = large - small;
        let mut next = from >> small;
        loop {
            let end = ((next >> wide) + 1) << wide;
            let found = self.blocks(conn, 1, next..end, AT_ONCE)?;
            for run in runs(&found) {
                if !each(run.start << small..run.end << small)? {
                    return Ok(());
                }
            }
            next = match found.last() {
                Some(last) if last + 1 < end => last + 1,
                _ => match self.blocks(conn, 2, (end >> wide)..(OPEN >> large), 1)?.first() {
                    Some(block) => block << wide,
                    None => return Ok(()),
                },
            };
        }
    }

    fn blocks(
        &self,
        conn: &Conn<'_>,
        level: u8,
        within: Range<u64>,
        most: u64,
    ) -> Result<Vec<u64>, SqlError> {
        let names =
            self.statuses.iter().filter_map(|status| STATUSES.get(usize::from(*status).checked_sub(1)?));
        let live = names.map(|s| format!("{s}_first <= ?5 AND ({s}_open > 0 OR {s}_last > ?5)"));
        let live: Vec<String> = live.collect();
        let sql = format!(
            "SELECT block FROM span_blocks WHERE license = ?1 AND level = ?2 AND block >= ?3 AND block < ?4
             AND ({}) ORDER BY block LIMIT {most}",
            live.join(" OR ")
        );
        conn.all(&sql, values![self.license, level, within.start, within.end, self.at], |row| row.get(0))
    }
}

/// Blocks that follow each other, together.
fn runs(blocks: &[u64]) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for block in blocks {
        match runs.last_mut() {
            Some(run) if run.end == *block => run.end += 1,
            _ => runs.push(*block..block + 1),
        }
    }
    runs
}

/// Blocks of level 1, in order, in which anything changed, between two positions without the first.
pub(super) fn changed(
    conn: &Conn<'_>,
    license: Position,
    after: Position,
    to: Position,
    most: u64,
) -> Result<Vec<Range<Position>>, SqlError> {
    let sql = format!(
        "SELECT block FROM span_blocks WHERE license = ?1 AND level = 1 AND block >= ?2 AND block <= ?3
         ORDER BY block LIMIT {most}"
    );
    let [small, _] = SHIFTS;
    let found: Vec<u64> =
        conn.all(&sql, values![license, (after + 1) >> small, to >> small], |row| row.get(0))?;
    let stretch = |run: Range<u64>| run.start << small..run.end << small;
    Ok(runs(&found).into_iter().map(stretch).collect())
}

/// How many had which status at a position: exact, and never long.
pub(super) fn counts(conn: &Conn<'_>, license: Position, at: Position) -> Result<StatusCounts, SqlError> {
    let [small, large] = SHIFTS;
    // All that is before the block of the next position, which may be but begun.
    let (next, wide) = (at + 1, large - small);
    let whole = next >> large;
    let nets = STATUSES.map(|status| format!("CAST(coalesce(sum({status}_net), 0) AS bigint)")).join(", ");
    let sum = format!(
        "SELECT {nets} FROM span_blocks WHERE license = ?1 AND level = ?2 AND block >= ?3 AND block < ?4"
    );
    let mut counts = [0_i64; 3];
    for (level, blocks) in [(2_u8, 0..whole), (1, whole << wide..next >> small)] {
        let read = |row: &Row<'_>| Ok::<_, SqlError>([row.get(0)?, row.get(1)?, row.get(2)?]);
        let sums = conn.first(&sum, values![license, level, blocks.start, blocks.end], read)?;
        let sums: [i64; 3] = sums.unwrap_or_default();
        counts.iter_mut().zip(sums).for_each(|(count, sum)| *count += sum);
    }
    let rest = "SELECT status, before FROM spans WHERE id >= ? AND id <= ? AND license = ?";
    let rest: Vec<(usize, usize)> =
        conn.all(rest, values![(next >> small) << small, at, license], |row| {
            Ok::<_, SqlError>((row.get(0)?, row.get(1)?))
        })?;
    for (status, change) in rest.into_iter().flat_map(|(status, before)| [(status, 1), (before, -1)]) {
        if let Some(count) = status.checked_sub(1).and_then(|status| counts.get_mut(status)) {
            *count += change;
        }
    }
    let [accepted, invited, rejected] = counts.map(|count| u64::try_from(count).unwrap_or_default());
    Ok(StatusCounts { accepted, invited, rejected })
}
