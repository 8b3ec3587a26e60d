//! Walking a list for what is searched for.
//!
//! The database looks at the rows itself: to bring each of them here takes several times as long.

use std::cmp::Reverse;

use super::{Candidates, Key, Looked, Matching, Search, refs};
use crate::{
    members::{
        person::{COUNTED, Total},
        search::Asked,
    },
    sql::{SqlError, ToValue},
};

/// So many are counted in any case, which takes a millisecond.
const THOUSANDS: u64 = 10_000;

impl Search<'_> {
    /// Walks the list; and turns to the search index, whose first rows were looked at, if that turns out to be the shorter way.
    pub(super) fn walk(&self, listed: u64, looked: &Looked) -> Result<Vec<i64>, SqlError> {
        let near = self.near()?;
        if near.len() == self.limit || listed <= self.bounds.walk {
            return Ok(near);
        }
        // Where a good part of the page was near, so is the rest of it.
        let on_its_way = near.len() * 4 >= self.limit;
        if !on_its_way && self.few_enough(listed / self.bounds.look_up, looked)? {
            return Ok(self.cut(self.look_up(usize::MAX, Asked::All)?.rows));
        }
        self.far(&looked.matching)
    }

    /// Those among the next rows of the list, however many they are.
    fn near(&self) -> Result<Vec<i64>, SqlError> {
        let patterns = self.term.patterns();
        let mut values = self.values();
        let like = like(&mut values, &patterns);
        let bound = format!("LIMIT {}", self.bounds.walk);
        let list = self.shape.select(self.conn.dialect(), "id, normalised", self.after.is_some(), &bound);
        // They come in the order in which it walks.
        let sql = format!("SELECT id FROM ({list}) AS list WHERE {like} LIMIT {}", self.limit);
        self.conn.all(&sql, &values, |row| row.get(0))
    }

    /// Those in all of the list behind the page before: of one status after the other, which takes a third of the time of
    /// merging them. In that which is the likeliest to have a page they are looked for first; of the others, nobody behind it
    /// is wanted.
    fn far(&self, matching: &Matching) -> Result<Vec<i64>, SqlError> {
        let mut statuses = self.shape.statuses().to_vec();
        statuses.sort_by_key(|status| Reverse(matching.of(*status)));
        let mut found = Vec::new();
        for status in statuses {
            let last = found.last().filter(|_| found.len() == self.limit).map(|(key, _): &(Key, i64)| key);
            let more = self.of_status(status, last)?;
            found.extend(more);
            found = self.first(found);
        }
        Ok(found.into_iter().map(|(_, id)| id).collect())
    }

    /// Those of a status, behind the page before and no further than this key.
    fn of_status(&self, status: u8, last: Option<&Key>) -> Result<Vec<(Key, i64)>, SqlError> {
        let patterns = self.term.patterns();
        let mut values = self.values();
        values.extend(last.map(|last| last as &dyn ToValue));
        let like = like(&mut values, &patterns);
        let sql = self.sql_of_status(status, last.is_some(), &like);
        self.conn.all(&sql, &values, |row| Ok((self.key(row, 1)?, row.get(0)?)))
    }

    /// The statement for that; no further than a key, if that is the next value.
    pub(super) fn sql_of_status(&self, status: u8, until_a_key: bool, like: &str) -> String {
        let until = if until_a_key { self.shape.until(self.next_value()) } else { String::new() };
        let stretch = self.shape.stretch(status, "id, normalised", self.after.is_some(), &until);
        let (order, fence) = (self.shape.order(), self.conn.dialect().fence());
        format!(
            "SELECT id, sort_key FROM ({stretch} ORDER BY {order} {fence}) AS list WHERE {like}
             ORDER BY {order} LIMIT {}",
            self.limit
        )
    }

    /// Whether no more than so many may match. Counting many takes a good part of the time of walking: where there are some
    /// thousands, and far too many if they go on as the first of them, the others are not counted.
    fn few_enough(&self, most: u64, looked: &Looked) -> Result<bool, SqlError> {
        let Some(Candidates { index, values, .. }) = self.candidates(Asked::All)? else { return Ok(true) };
        for bound in [most.min(THOUSANDS), most] {
            let sql = format!("SELECT count(*) FROM (SELECT 1 {index} LIMIT {}) AS found", bound + 1);
            let count: u64 = self.conn.value(&sql, &refs(&values))?.unwrap_or_default();
            if count <= bound {
                return Ok(true);
            }
            if bound == most || self.likely(looked)? > 2 * most {
                break;
            }
        }
        Ok(false)
    }

    /// How many there are if they lie all over the license as those who were looked at do: numbers are given as people come.
    fn likely(&self, looked: &Looked) -> Result<u64, SqlError> {
        let last: u64 = self.conn.value("SELECT max(id) FROM members", &[])?.unwrap_or_default();
        let apart = looked.span.0.abs_diff(looked.span.1).max(1);
        Ok(last.saturating_sub(self.license).saturating_mul(self.bounds.few as u64) / apart)
    }

    /// Counts the rows that match, up to a bound.
    pub(super) fn count(&self) -> Result<Total, SqlError> {
        let patterns = self.term.patterns();
        let mut values = self.shape.values();
        let like = like(&mut values, &patterns);
        let list = self.shape.all("normalised");
        let bound = COUNTED + 1;
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM ({list}) AS list WHERE {like} LIMIT {bound}) AS found"
        );
        let count: u64 = self.conn.value(&sql, &values)?.unwrap_or_default();
        Ok(Total { count: count.min(COUNTED), exact: count <= COUNTED })
    }
}

/// That an address has one of the patterns, which come behind the other values.
fn like<'v>(values: &mut Vec<&'v dyn ToValue>, patterns: &'v [String]) -> String {
    let behind = values.len();
    values.extend(patterns.iter().map(|pattern| pattern as &dyn ToValue));
    let each: Vec<String> =
        (1..=patterns.len()).map(|n| format!(r"list.normalised LIKE ?{} ESCAPE '\'", behind + n)).collect();
    if each.is_empty() { "false".to_owned() } else { format!("({})", each.join(" OR ")) }
}
