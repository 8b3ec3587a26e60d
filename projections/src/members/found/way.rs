//! Ways in a file to many who match and stand together, as people of one first name do: nobody before them is walked past.

use std::ops::ControlFlow;

use super::{Candidates, Key, Search, refs};
use crate::{
    members::{
        AGAIN,
        search::Asked,
        term::{Term, end_of},
    },
    sql::{Dialect, Row, SqlError, ToValue},
};

/// The key and the number of a row.
type Placed = (Key, i64);

impl Search<'_> {
    /// A page, if there is such a way to it. So many of those who were looked at have the term further on than at their
    /// beginning.
    pub(super) fn straight_on(&self, further_on: usize) -> Result<Option<Vec<i64>>, SqlError> {
        let Term::Anywhere(spellings) = self.term else { return Ok(None) };
        if self.conn.dialect() != Dialect::Sqlite {
            return Ok(None);
        }
        let found = if self.shape.by_added {
            self.as_they_came()?
        } else if further_on == self.bounds.few {
            // What everybody has behind the @ need not be looked up once more.
            None
        } else {
            self.by_beginning(spellings)?
        };
        Ok(found.map(|mut rows| {
            rows.sort_unstable_by_key(|(_, id)| *id);
            rows.dedup_by_key(|(_, id)| *id);
            self.cut(rows)
        }))
    }

    /// The search index names rows in the order in which memberships began, which mostly is that in which people came on the
    /// list. Who came otherwise stands in an index of their own. `None`: too many only look as if they matched.
    fn as_they_came(&self) -> Result<Option<Vec<Placed>>, SqlError> {
        let Some(Candidates { rows, mut values, .. }) = self.candidates(Asked::All)? else { return Ok(None) };
        let (behind, order) = if self.shape.descending { ("<", "DESC") } else { (">", "ASC") };
        let first = if self.shape.descending { Key::Added(i64::MAX) } else { Key::Added(0) };
        values.push(Box::new(self.after.clone().unwrap_or(first)));
        let sql = format!(
            "SELECT m.id, m.status, m.normalised, m.added_position {rows} AND c.rowid {behind} ? ORDER BY c.rowid {order}"
        );
        let (mut found, mut looked_at) = (Vec::new(), 0);
        self.conn.walk(&sql, &refs(&values), |row| {
            looked_at += 1;
            if row.get::<Option<i64>>(3)? == row.get(0)? && self.matches(row)? {
                found.push((self.key_of(row)?, row.get(0)?));
            }
            let enough = found.len() == self.limit || looked_at > self.bounds.few;
            Ok::<_, SqlError>(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })?;
        if looked_at > self.bounds.few && found.len() < self.limit {
            return Ok(None);
        }
        // Behind a whole page nobody is wanted any more.
        let last = found.last().filter(|_| found.len() == self.limit).map(|(key, _)| key.clone());
        let before = if self.shape.descending { ">" } else { "<" };
        let bound = last.as_ref().map(|_| format!(" AND added_position {before} ?{}", self.next_value()));
        let with: Vec<&dyn ToValue> = last.iter().map(|key| key as &dyn ToValue).collect();
        let also = format!(" AND {AGAIN}{}", bound.unwrap_or_default());
        let Some(again) = self.of_the_list(&also, &with, self.bounds.walk)? else { return Ok(None) };
        found.extend(again);
        Ok(Some(found))
    }

    /// Those whose address begins with a term stand side by side. `None`: too many have it further on.
    fn by_beginning(&self, spellings: &[String]) -> Result<Option<Vec<Placed>>, SqlError> {
        let further_on = self.look_up(self.bounds.few, Asked::FurtherOn)?;
        if !further_on.complete {
            return Ok(None);
        }
        let mut found = further_on.rows;
        for spelling in spellings {
            let range = [spelling.clone(), end_of(spelling)];
            let first = self.next_value();
            let between = format!(" AND normalised >= ?{first} AND normalised < ?{}", first + 1);
            let Some(begin) = self.of_the_list(&between, &[&range[0], &range[1]], u64::MAX)? else {
                return Ok(None);
            };
            found.extend(begin);
        }
        Ok(Some(found))
    }

    /// As many rows of the list as are wanted, for which something else holds, too. `None`: they are not among so many.
    fn of_the_list(
        &self,
        also: &str,
        with: &[&dyn ToValue],
        most: u64,
    ) -> Result<Option<Vec<Placed>>, SqlError> {
        let mut values = self.values();
        values.extend(with);
        let sql = self.shape.select_where(
            self.conn.dialect(),
            if self.shape.by_added {
                "id, status, normalised, added_position"
            } else {
                "id, status, normalised"
            },
            self.after.is_some(),
            also,
            "",
        );
        let (mut found, mut looked_at) = (Vec::new(), 0);
        let mut take = |row: &Row<'_>| {
            if looked_at == most {
                looked_at += 1;
                return Ok::<_, SqlError>(ControlFlow::Break(()));
            }
            looked_at += 1;
            if self.matches(row)? {
                found.push((self.key_of(row)?, row.get(0)?));
            }
            let enough = found.len() == self.limit;
            Ok(if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        };
        self.conn.walk(&sql, &values, &mut take)?;
        Ok((looked_at <= most).then_some(found))
    }
}
