//! Pages of a search.
//!
//! Two ways lead to the rows: the search index, which is fast where few match, and the sorted index of the list, where
//! a page is soon full if many do. A bounded look at the search index tells which. In a file there are two more for many
//! that stand together, however far away (`way.rs`). Where those that match are many, all of them far away (at the end of
//! the order, or of another status) and not together, no way is short, and the shorter one is taken to its end.

#[cfg(test)]
pub(super) mod tests;
mod walk;
mod way;

use std::{cmp::Ordering, ops::ControlFlow};

use domain::Status;
use eventlog::Position;

use super::{
    person::{COUNTED, Total},
    query::on_list,
    row::{STATUS, status_number},
    search::{self, Asked},
    shape::{Shape, everybody, numbers},
    term::{Term, end_of},
};
use crate::sql::{Conn, Dialect, Row, SqlError, ToValue, Value};

/// How far a search goes one way before it asks for the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Up to so many rows that may match are looked at one by one.
    pub few: usize,
    /// So many rows of the list are walked past before it is asked which way is the shorter one.
    pub walk: u64,
    /// In lists no longer than this every row is counted.
    pub whole: u64,
    /// Looking up a row, whose page has yet to be read, takes about as long as walking past so many.
    pub look_up: u64,
}

/// Measured at a million people; see docs/performance.md.
pub(super) const fn bounds(engine: Dialect) -> Bounds {
    let walk = match engine {
        Dialect::Sqlite => 2_000,
        // Each question which way is shorter costs more there.
        Dialect::Postgres { .. } => 10_000,
    };
    Bounds { few: 1_000, walk, whole: 20_000, look_up: 30 }
}

/// By what the rows are sorted. No `Debug`: may be an address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// The position at which they came on the list.
    Added(i64),
    /// The normalised address.
    Email(String),
}

impl ToValue for Key {
    fn to_value(&self) -> Result<Value<'_>, SqlError> {
        match self {
            Self::Added(position) => position.to_value(),
            Self::Email(email) => email.to_value(),
        }
    }
}

/// A search in a list.
pub(super) struct Search<'a> {
    pub conn: &'a Conn<'a>,
    /// The license's number.
    pub license: Position,
    pub term: &'a Term,
    pub status: Option<Status>,
    /// The list without the search.
    pub shape: &'a Shape,
    /// The last row of the page before.
    pub after: Option<Key>,
    /// How many rows are wanted, at most.
    pub limit: usize,
    pub bounds: Bounds,
}

/// Rows that match, in order, and how many there are in all.
pub(super) struct Found {
    pub ids: Vec<i64>,
    pub total: Total,
}

/// Rows that may match, in SQL: of an index alone where that can be, and with what is looked at in each.
struct Candidates {
    index: String,
    rows: String,
    values: Vec<Box<dyn ToValue>>,
}

/// What the search index led to.
struct Looked {
    /// Behind the page before, in no order.
    rows: Vec<(Key, i64)>,
    /// How many match, wherever they stand.
    matching: Matching,
    /// How many have the term further on in their address than at its beginning, whatever their status.
    further_on: usize,
    /// The lowest and the highest number of those who were looked at.
    span: (i64, i64),
    /// Whether these are all.
    complete: bool,
}

/// How many of those who were looked at match, of each status by its number.
#[derive(Default)]
struct Matching([u64; STATUS.len() + 1]);

impl Matching {
    fn all(&self) -> u64 {
        self.0.iter().sum()
    }

    fn of(&self, status: u8) -> u64 {
        self.0.get(usize::from(status)).copied().unwrap_or_default()
    }

    fn add(&mut self, status: u8) {
        if let Some(count) = self.0.get_mut(usize::from(status)) {
            *count += 1;
        }
    }
}

impl Search<'_> {
    /// Finds a page.
    pub(super) fn run(&self) -> Result<Found, SqlError> {
        let mut looked = self.look_up(self.bounds.few, Asked::Rare)?;
        if !looked.complete && self.conn.dialect() == Dialect::Sqlite && search::may_leave_out(self.term) {
            // The other words may leave fewer.
            looked = self.look_up(self.bounds.few, Asked::All)?;
        }
        let matching = looked.matching.all();
        if looked.complete {
            let total = Total { count: matching.min(COUNTED), exact: matching <= COUNTED };
            return Ok(Found { ids: self.cut(looked.rows), total });
        }
        let listed = on_list(self.conn, self.license, self.status)?;
        let ids = match self.straight_on(looked.further_on)? {
            Some(ids) => ids,
            None => self.walk(listed, &looked)?,
        };
        let whole = self.after.is_none() && ids.len() < self.limit;
        let count = ids.len() as u64;
        let total = if whole {
            Total { count, exact: true }
        } else if listed <= self.bounds.whole {
            self.count()?
        } else {
            Total { count: count.max(matching), exact: false }
        };
        Ok(Found { ids, total })
    }

    /// Looks at rows that may match, up to a number.
    fn look_up(&self, most: usize, asked: Asked) -> Result<Looked, SqlError> {
        let mut looked = Looked {
            rows: Vec::new(),
            matching: Matching::default(),
            further_on: 0,
            span: (i64::MAX, i64::MIN),
            complete: true,
        };
        let Some(Candidates { rows, values, .. }) = self.candidates(asked)? else { return Ok(looked) };
        let sql = format!("SELECT m.id, m.status, m.normalised, m.added_position {rows}");
        let mut seen = 0;
        self.conn.walk(&sql, &refs(&values), |row| {
            if seen == most {
                looked.complete = false;
                return Ok::<_, SqlError>(ControlFlow::Break(()));
            }
            seen += 1;
            let id: i64 = row.get(0)?;
            looked.span = (looked.span.0.min(id), looked.span.1.max(id));
            looked.further_on +=
                usize::from(row.text(2)?.is_some_and(|email| self.term.is_further_on(email)));
            if self.matches(row)? {
                looked.matching.add(row.get(1)?);
                let key = self.key_of(row)?;
                if self.is_behind(&key) {
                    looked.rows.push((key, id));
                }
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(looked)
    }

    /// Where rows that may match come from; `None` where there can be none.
    fn candidates(&self, asked: Asked) -> Result<Option<Candidates>, SqlError> {
        Ok(match (self.term, self.conn.dialect()) {
            (Term::Anywhere(spellings), Dialect::Sqlite) => {
                let question = search::question(self.conn, self.license, spellings, asked)?;
                question.map(|question| Candidates {
                    index: "FROM members_search AS c WHERE members_search MATCH ?".to_owned(),
                    rows: "FROM members_search AS c CROSS JOIN members AS m ON m.id = c.rowid
                       WHERE members_search MATCH ?"
                        .to_owned(),
                    values: vec![Box::new(question)],
                })
            }
            (Term::Anywhere(spellings), Dialect::Postgres { .. }) => {
                let patterns = self.term.patterns().into_iter();
                let mut values: Vec<Box<dyn ToValue>> = vec![Box::new(self.license)];
                values.extend(patterns.map(|pattern| Box::new(pattern) as Box<dyn ToValue>));
                let like = vec!["m.normalised LIKE ?"; spellings.len()].join(" OR ");
                let rows = format!("FROM members AS m WHERE m.license = ? AND m.status <> 0 AND ({like})");
                (!spellings.is_empty()).then(|| Candidates { index: rows.clone(), rows, values })
            }
            (Term::Beginning(beginning), engine) => {
                let range = format!(
                    "WHERE c.license = ? AND c.status <> 0 AND c.status IN ({})
                     AND c.normalised >= ? AND c.normalised < ?",
                    numbers(&everybody())
                );
                let looks_up = engine.looks_up_in();
                let values: Vec<Box<dyn ToValue>> =
                    vec![Box::new(self.license), Box::new(beginning.clone()), Box::new(end_of(beginning))];
                Some(Candidates {
                    index: format!("FROM members AS c {range}"),
                    // The range is that of the index by address, which does not hold all that is looked at.
                    rows: format!("FROM members AS c {looks_up} members AS m ON m.id = c.id {range}"),
                    values,
                })
            }
        })
    }

    /// The values of the list behind the page before.
    fn values(&self) -> Vec<&dyn ToValue> {
        let mut values = self.shape.values();
        values.extend(self.after.iter().map(|after| after as &dyn ToValue));
        values
    }

    /// The number of the value that comes behind them.
    fn next_value(&self) -> usize {
        self.values().len() + 1
    }

    fn matches(&self, row: &Row<'_>) -> Result<bool, SqlError> {
        let status: u8 = row.get(1)?;
        let wanted = self.status.map_or(status > 0, |wanted| status == status_number(Some(wanted)));
        Ok(wanted && row.text(2)?.is_some_and(|email| self.term.matches(email)))
    }

    /// The key of a row with its number, status, address and, by it, when it came on the list.
    fn key_of(&self, row: &Row<'_>) -> Result<Key, SqlError> {
        self.key(row, if self.shape.by_added { 3 } else { 2 })
    }

    /// The key in this column.
    fn key(&self, row: &Row<'_>, column: usize) -> Result<Key, SqlError> {
        Ok(if self.shape.by_added { Key::Added(row.get(column)?) } else { Key::Email(row.get(column)?) })
    }

    fn is_behind(&self, key: &Key) -> bool {
        self.after.as_ref().is_none_or(|after| self.order(key, after) == Ordering::Greater)
    }

    fn order(&self, one: &Key, other: &Key) -> Ordering {
        if self.shape.descending { other.cmp(one) } else { one.cmp(other) }
    }

    /// The first of these rows in the list's order.
    fn first(&self, mut rows: Vec<(Key, i64)>) -> Vec<(Key, i64)> {
        rows.sort_unstable_by(|(one, _), (other, _)| self.order(one, other));
        rows.truncate(self.limit);
        rows
    }

    /// The same, by their numbers.
    fn cut(&self, rows: Vec<(Key, i64)>) -> Vec<i64> {
        self.first(rows).into_iter().map(|(_, id)| id).collect()
    }
}

fn refs(values: &[Box<dyn ToValue>]) -> Vec<&dyn ToValue> {
    values.iter().map(AsRef::as_ref).collect()
}
