//! What a query comes to in SQL.

use domain::{Status, SubjectId, membership::Admission};
use eventlog::Position;

use super::{
    found::Key,
    row::{STATUS, status_number},
    term::end_of,
};
use crate::{
    QueryError,
    cursor::ListName,
    sql::{Conn, Dialect, ToValue},
    values,
};

/// A list in one of its shapes.
pub(super) struct Shape {
    pub name: ListName,
    pub by_added: bool,
    pub descending: bool,
    rows: Rows,
    /// What else holds for its rows, with the numbers of the values.
    conditions: Vec<String>,
    values: Vec<Box<dyn ToValue>>,
}

/// Which rows there are in an index: by their status, or all who are on the list, in the index of a filter.
enum Rows {
    Of(Vec<u8>),
    Filtered,
}

impl Shape {
    /// A license's list, by its number; only of a status, if one is asked for.
    pub(super) fn of(
        name: ListName,
        license: Position,
        status: Option<Status>,
        by_added: bool,
        descending: bool,
    ) -> Self {
        let statuses = match status {
            Some(status) => vec![status_number(Some(status))],
            None => everybody(),
        };
        let rows = Rows::Of(statuses);
        let mut shape = Self { name, by_added, descending, rows, conditions: Vec::new(), values: Vec::new() };
        shape.and("license = ?", license);
        shape.conditions.push("status <> 0".to_owned());
        shape
    }

    /// Only who came in this way: in an index of their own, whatever their status.
    pub(super) fn admitted(mut self, admission: Admission) -> Self {
        self.rows = Rows::Filtered;
        self.and("admission = ?", admission.as_str());
        self
    }

    /// Only whom this subject added.
    pub(super) fn added_by(mut self, adder: SubjectId) -> Self {
        self.and("added_by = ?", adder.0);
        self
    }

    /// Only addresses that begin so.
    pub(super) fn beginning(mut self, beginning: &str) -> Self {
        self.and("normalised >= ?", beginning.to_owned());
        self.and("normalised < ?", end_of(beginning));
        self
    }

    fn and(&mut self, condition: &str, value: impl ToValue + 'static) {
        self.values.push(Box::new(value));
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    /// The values of its conditions.
    pub(super) fn values(&self) -> Vec<&dyn ToValue> {
        self.values.iter().map(AsRef::as_ref).collect()
    }

    const fn key(&self) -> &'static str {
        if self.by_added { "added_position" } else { "normalised" }
    }

    /// The number that a cursor holds: the key itself, which stays when the person's changes; or the row's.
    pub(super) const fn cursor(&self) -> &'static str {
        if self.by_added { "added_position" } else { "id" }
    }

    /// Columns of the rows in their order, as many as a bound says; behind a key, if there is one, which is the value behind
    /// the others. People of several statuses come from as many stretches of the index.
    pub(super) fn select(&self, engine: Dialect, columns: &str, after: bool, bound: &str) -> String {
        self.select_where(engine, columns, after, "", bound)
    }

    /// The same, only of rows for which something else holds, too.
    pub(super) fn select_where(
        &self,
        engine: Dialect,
        columns: &str,
        after: bool,
        also: &str,
        bound: &str,
    ) -> String {
        let stretches: Vec<String> = match &self.rows {
            Rows::Of(statuses) => statuses.iter().map(|s| self.stretch(*s, columns, after, also)).collect(),
            Rows::Filtered => vec![self.all_where(columns, after, also)],
        };
        engine.merged(&stretches, self.order(), bound)
    }

    /// Of the rows in their order, those of a status: a stretch of the index, in no order yet.
    pub(super) fn stretch(&self, status: u8, columns: &str, after: bool, also: &str) -> String {
        self.all_where(columns, after, &format!(" AND status = {status}{also}"))
    }

    fn all_where(&self, columns: &str, after: bool, also: &str) -> String {
        let (key, conditions) = (self.key(), self.conditions.join(" AND "));
        let compare = if self.descending { "<" } else { ">" };
        let after =
            if after { format!(" AND {key} {compare} ?{}", self.values.len() + 1) } else { String::new() };
        format!("SELECT {columns}, {key} AS sort_key FROM members WHERE {conditions}{also}{after}")
    }

    /// In which order the rows of a stretch are.
    pub(super) const fn order(&self) -> &'static str {
        if self.descending { "sort_key DESC" } else { "sort_key" }
    }

    /// A condition: no further than the key that is the value of this number.
    pub(super) fn until(&self, value: usize) -> String {
        format!(" AND {} {} ?{value}", self.key(), if self.descending { ">=" } else { "<=" })
    }

    /// The statuses of its rows, where they stand in as many stretches of an index.
    pub(super) fn statuses(&self) -> &[u8] {
        match &self.rows {
            Rows::Of(statuses) => statuses,
            Rows::Filtered => &[],
        }
    }

    /// A column of all rows, in an order that costs nothing.
    pub(super) fn all(&self, column: &str) -> String {
        let conditions = self.conditions.join(" AND ");
        let of = match &self.rows {
            Rows::Of(statuses) => {
                format!(" AND status IN ({})", numbers(statuses))
            }
            Rows::Filtered => String::new(),
        };
        format!("SELECT {column} FROM members WHERE {conditions}{of}")
    }

    /// The sort key that a cursor stands for. It holds no address, but names the row that does.
    pub(super) fn key_at(&self, conn: &Conn<'_>, cursor: u64) -> Result<Key, QueryError> {
        if self.by_added {
            return i64::try_from(cursor).map(Key::Added).map_err(|_| QueryError::StaleCursor);
        }
        let sql = "SELECT normalised FROM members WHERE id = ?";
        let value: Option<Option<String>> = conn.value(sql, values![cursor])?;
        value.flatten().map(Key::Email).ok_or(QueryError::StaleCursor)
    }
}

/// The statuses of all who are on a list.
pub(super) fn everybody() -> Vec<u8> {
    STATUS.iter().map(|(_, number)| *number).collect()
}

/// As SQL lists them.
pub(super) fn numbers(statuses: &[u8]) -> String {
    statuses.iter().map(u8::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::members::found::tests::{filled, plan};

    #[test]
    fn every_shape_is_read_from_an_index_in_its_order_on_every_page() {
        let conn = filled(&[]).expect("tables");
        let mut shapes = Vec::new();
        for descending in [false, true] {
            let list = |status, by_added| Shape::of(ListName::of("test"), 1, status, by_added, descending);
            for status in [None, Some(Status::Accepted), Some(Status::Invited), Some(Status::Rejected)] {
                let stretches = if status.is_none() { 3 } else { 1 };
                shapes.push((list(status, false), "members_email_1", stretches));
                shapes.push((list(status, false).beginning("ab"), "members_email_1", stretches));
                shapes.push((list(status, true), "members_added_1", stretches));
                let by_one = list(status, true).added_by(SubjectId(Uuid::nil()));
                shapes.push((by_one, "members_adder_added_1", stretches));
            }
            let invited = list(None, true).admitted(Admission::Invite);
            shapes.push((invited, "members_admission_added_1", 1));
        }
        for (shape, index, stretches) in shapes {
            for after in [false, true] {
                let sql = shape.select(Dialect::Sqlite, "member_id, added_at", after, "LIMIT 50");
                let plan = plan(&conn, &sql).expect("a plan");
                assert_eq!(plan.matches(&format!("USING INDEX {index} ")).count(), stretches, "{plan}");
                assert!(!plan.contains("B-TREE") && !plan.contains("SCAN"), "{plan}");
            }
        }
    }
}
