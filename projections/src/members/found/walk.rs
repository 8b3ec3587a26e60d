//! Walking a list for what is searched for.
//!
//! In a file each row is looked at where it is read. A server looks at its rows itself: to send them takes several times as
//! long.

use std::ops::ControlFlow;

use super::{Candidates, Search, refs};
use crate::{
    members::{
        person::{COUNTED, Total},
        search::Asked,
    },
    sql::{Dialect, SqlError, ToValue},
};

impl Search<'_> {
    /// Walks the list; and turns to the search index if that turns out to be the shorter way.
    pub(super) fn walk(&self, listed: u64) -> Result<Vec<i64>, SqlError> {
        let found = match self.conn.dialect() {
            Dialect::Sqlite => self.walk_here(listed)?,
            Dialect::Postgres { .. } => self.walk_there(listed)?,
        };
        match found {
            Some(ids) => Ok(ids),
            None => Ok(self.cut(self.look_up(usize::MAX, Asked::All)?.rows)),
        }
    }

    /// `None`: the search index is the shorter way.
    fn walk_here(&self, listed: u64) -> Result<Option<Vec<i64>>, SqlError> {
        let mut values = self.shape.values();
        values.extend(self.after.iter().map(|after| after as &dyn ToValue));
        let mut ids = Vec::new();
        let (mut walked, mut shorter) = (0, false);
        let sql = self.shape.select(self.conn.dialect(), "id, normalised", self.after.is_some(), "");
        self.conn.walk(&sql, &values, |row| {
            walked += 1;
            if walked == self.bounds.walk && self.few_enough(listed / self.bounds.look_up)? {
                shorter = true;
                return Ok::<_, SqlError>(ControlFlow::Break(()));
            }
            if row.text(1)?.is_some_and(|email| self.term.matches(email)) {
                ids.push(row.get(0)?);
            }
            Ok(if ids.len() == self.limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        Ok((!shorter).then_some(ids))
    }

    /// The same, of rows that a server looks at. They come in the order in which it walks.
    fn walk_there(&self, listed: u64) -> Result<Option<Vec<i64>>, SqlError> {
        let patterns = self.term.patterns();
        let mut values = self.shape.values();
        values.extend(self.after.iter().map(|after| after as &dyn ToValue));
        let like = like(values.len(), &patterns);
        values.extend(patterns.iter().map(|pattern| pattern as &dyn ToValue));
        let walk = |bound: &str| {
            let list = self.shape.select(self.conn.dialect(), "id, normalised", self.after.is_some(), bound);
            let sql = format!("SELECT id FROM ({list}) AS list WHERE {like} LIMIT {}", self.limit);
            self.conn.all(&sql, &values, |row| row.get::<i64>(0))
        };
        // What is not bounded has an OFFSET: it keeps the condition from choosing another way to the rows.
        let near = walk(&format!("LIMIT {}", self.bounds.walk))?;
        if near.len() == self.limit {
            return Ok(Some(near));
        }
        if self.few_enough(listed / self.bounds.look_up)? { Ok(None) } else { walk("OFFSET 0").map(Some) }
    }

    fn few_enough(&self, most: u64) -> Result<bool, SqlError> {
        let Some(Candidates { index, values, .. }) = self.candidates(Asked::All)? else { return Ok(true) };
        let sql = format!("SELECT count(*) FROM (SELECT 1 {index} LIMIT {}) AS found", most + 1);
        let count: u64 = self.conn.value(&sql, &refs(&values))?.unwrap_or_default();
        Ok(count <= most)
    }

    /// Counts the rows that match, up to a bound.
    pub(super) fn count(&self) -> Result<Total, SqlError> {
        let count = match self.conn.dialect() {
            Dialect::Sqlite => self.count_here()?,
            Dialect::Postgres { .. } => self.count_there()?,
        };
        Ok(Total { count: count.min(COUNTED), exact: count <= COUNTED })
    }

    fn count_here(&self) -> Result<u64, SqlError> {
        let mut count = 0;
        self.conn.walk(&self.shape.all("normalised"), &self.shape.values(), |row| {
            count += u64::from(row.text(0)?.is_some_and(|email| self.term.matches(email)));
            Ok::<_, SqlError>(if count > COUNTED {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        Ok(count)
    }

    fn count_there(&self) -> Result<u64, SqlError> {
        let patterns = self.term.patterns();
        let mut values = self.shape.values();
        let like = like(values.len(), &patterns);
        values.extend(patterns.iter().map(|pattern| pattern as &dyn ToValue));
        let list = self.shape.all("normalised");
        let bound = COUNTED + 1;
        let sql = format!(
            "SELECT count(*) FROM (SELECT 1 FROM ({list}) AS list WHERE {like} LIMIT {bound}) AS found"
        );
        Ok(self.conn.value(&sql, &values)?.unwrap_or_default())
    }
}

/// That an address has one of the patterns, which are the values behind so many others.
fn like(behind: usize, patterns: &[String]) -> String {
    let each: Vec<String> =
        (1..=patterns.len()).map(|n| format!("list.normalised LIKE ?{}", behind + n)).collect();
    if each.is_empty() { "false".to_owned() } else { format!("({})", each.join(" OR ")) }
}
