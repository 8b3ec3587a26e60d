//! Two tables side by side, in the order of their keys.

use std::{cmp::Ordering, fmt::Write as _, ops::ControlFlow, sync::mpsc::sync_channel, thread};

use domain::LicenseId;
use eventlog::Position;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Difference, DifferentColumn, ReplayedModel, Replaying, fresh::Fresh};
use crate::{
    QueryError,
    rebuild::{columns_of, put_value},
    sql::{Cell, Conn, Row, SqlError, ToValue},
};

/// The rows of one license.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub license: LicenseId,
    pub number: Position,
}

/// Differences that are told one by one.
const TOLD: usize = 100;

/// Bytes that are shown as they are, two hashes; of a whole tile nobody sees by eye how it differs.
const SHOWN: usize = 64;

/// Rows that are read ahead.
const AHEAD: usize = 1_000;

impl Scope {
    /// Whether the rows of a license can be told from others in a table.
    pub(super) fn has(table: &str) -> bool {
        !matches!(table, "tree" | "erasures")
    }

    fn condition(&self, table: &str) -> (&'static str, Vec<Box<dyn ToValue>>) {
        match table {
            "licenses" => ("WHERE id = ?", vec![Box::new(self.number)]),
            "seat_pools" => (
                "WHERE id = ? OR id IN (SELECT key_id FROM license_keys_issued WHERE license = ?)",
                vec![Box::new(self.license.0), Box::new(self.number)],
            ),
            "imports" | "memberships" => ("WHERE license_id = ?", vec![Box::new(self.license.0)]),
            "key_joins" => (
                "WHERE key_id IN (SELECT key_id FROM license_keys_issued WHERE license = ?)",
                vec![Box::new(self.number)],
            ),
            _ => ("WHERE license = ?", vec![Box::new(self.number)]),
        }
    }
}

/// What a cell holds. No `Debug`: may be an address.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl Held {
    fn of(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Number(number) => Self::Number(number),
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Bytes(bytes) => Self::Bytes(bytes.to_vec()),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Self::Null => Cell::Null,
            Self::Number(number) => Cell::Number(*number),
            Self::Text(text) => Cell::Text(text),
            Self::Bytes(bytes) => Cell::Bytes(bytes),
        }
    }

    /// For people.
    fn shown(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Number(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Bytes(bytes) => Some(match Uuid::from_slice(bytes) {
                Ok(id) => id.to_string(),
                Err(_) if bytes.len() <= SHOWN => hex(bytes),
                Err(_) => format!("{} bytes of SHA-256 {}", bytes.len(), hex(&Sha256::digest(bytes))),
            }),
        }
    }
}

type Cells = Vec<Held>;

/// A table's columns; the first of them are its key.
struct Columns {
    names: Vec<String>,
    keys: usize,
}

/// One of the two sides, as it is read.
#[derive(Default)]
struct Side {
    rows: u64,
    hash: Sha256,
    bytes: Vec<u8>,
}

impl Side {
    fn take(&mut self, cells: &Cells) {
        self.rows += 1;
        self.bytes.clear();
        for held in cells {
            put_value(&mut self.bytes, held.cell());
        }
        self.hash.update(&self.bytes);
    }

    fn digest(self) -> String {
        hex(&self.hash.finalize())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What was found of a read model.
#[derive(Default)]
struct Found {
    live: Side,
    replayed: Side,
    different: u64,
    differences: Vec<Difference>,
}

/// Compares a read model with what was replayed.
pub(super) fn compare(
    conn: &Conn<'_>,
    fresh: &Fresh,
    replaying: Replaying,
    scope: Option<&Scope>,
) -> Result<ReplayedModel, QueryError> {
    let Replaying { model, position, stopped, waits } = replaying;
    let stopped = stopped.or(waits);
    let mut found = Found::default();
    for table in model.tables() {
        found.table(conn, fresh, table, scope)?;
    }
    let Found { live, replayed, different, differences } = found;
    let (rows, replayed_rows) = (live.rows, replayed.rows);
    let (live, replayed) = (live.digest(), replayed.digest());
    let equal = live == replayed && different == 0 && stopped.is_none();
    let name = model.name().to_owned();
    Ok(ReplayedModel {
        name,
        position,
        equal,
        rows,
        replayed_rows,
        live,
        replayed,
        stopped,
        different,
        differences,
    })
}

impl Found {
    /// Both sides in the order of their keys: each row meets the one that it should be.
    fn table(
        &mut self,
        conn: &Conn<'_>,
        fresh: &Fresh,
        table: &'static str,
        scope: Option<&Scope>,
    ) -> Result<(), QueryError> {
        let columns = columns_of(conn, table)?;
        if columns.is_empty() {
            let text = format!("{table}: the table is missing. Make the list anew.");
            self.different += 1;
            self.differences.push(Difference {
                table: table.to_owned(),
                key: String::new(),
                text,
                columns: Vec::new(),
            });
            return Ok(());
        }
        let keys = columns.iter().filter(|(_, key)| *key).count();
        let columns = Columns { names: columns.into_iter().map(|(name, _)| name).collect(), keys };
        let select = |condition: &str| {
            let (names, keys) = (columns.names.join(", "), columns.names[..keys].join(", "));
            format!("SELECT {names} FROM {table} {condition} ORDER BY {keys}")
        };
        let (condition, of) = scope.map_or(("", Vec::new()), |scope| scope.condition(table));
        let (live, replayed) = (select(condition), select(""));
        let width = columns.names.len();
        thread::scope(|threads| {
            let (reading, rows) = sync_channel(AHEAD);
            let reader = threads.spawn(move || {
                let conn = fresh.lock();
                Conn::from(&*conn).walk(&replayed, &[], |row| {
                    // Nobody asks any more where the other side can't be read.
                    let sent = reading.send(cells(row, width)?);
                    Ok::<_, SqlError>(if sent.is_ok() {
                        ControlFlow::Continue(())
                    } else {
                        ControlFlow::Break(())
                    })
                })
            });
            let values: Vec<&dyn ToValue> = of.iter().map(AsRef::as_ref).collect();
            let mut next: Option<Cells> = rows.recv().ok();
            let walked = conn.walk(&live, &values, |row| {
                let held = cells(row, width)?;
                self.live.take(&held);
                while let Some(wanted) = next.take_if(|wanted| wanted[..keys] < held[..keys]) {
                    self.replayed.take(&wanted);
                    self.told(table, &columns, None, Some(&wanted));
                    next = rows.recv().ok();
                }
                match next.take_if(|wanted| wanted[..keys].cmp(&held[..keys]) == Ordering::Equal) {
                    Some(wanted) => {
                        self.replayed.take(&wanted);
                        if wanted != held {
                            self.told(table, &columns, Some(&held), Some(&wanted));
                        }
                        next = rows.recv().ok();
                    }
                    None => self.told(table, &columns, Some(&held), None),
                }
                Ok::<_, SqlError>(ControlFlow::Continue(()))
            });
            while walked.is_ok()
                && let Some(wanted) = next.take()
            {
                self.replayed.take(&wanted);
                self.told(table, &columns, None, Some(&wanted));
                next = rows.recv().ok();
            }
            drop(rows);
            let read =
                reader.join().map_err(|_| SqlError::unreadable(table, "the thread that read it panicked"))?;
            walked.and(read)
        })?;
        Ok(())
    }

    fn told(&mut self, table: &str, columns: &Columns, live: Option<&Cells>, replayed: Option<&Cells>) {
        self.different += 1;
        if self.differences.len() < TOLD {
            self.differences.push(difference(table, columns, live, replayed));
        }
    }
}

fn cells(row: &Row<'_>, width: usize) -> Result<Cells, SqlError> {
    (0..width).map(|column| row.cell(column).map(Held::of)).collect()
}

fn difference(table: &str, columns: &Columns, live: Option<&Cells>, replayed: Option<&Cells>) -> Difference {
    let shown =
        |cells: Option<&Cells>, at: usize| cells.and_then(|cells| cells.get(at)).and_then(Held::shown);
    let both = |at: usize| (shown(live, at), shown(replayed, at));
    let of_key = columns.names.iter().take(columns.keys).enumerate().map(|(at, name)| {
        let (live, replayed) = both(at);
        format!("{name} {}", live.or(replayed).unwrap_or_default())
    });
    let key = of_key.collect::<Vec<_>>().join(", ");
    let different: Vec<DifferentColumn> = columns
        .names
        .iter()
        .enumerate()
        .map(|(at, name)| (name.clone(), both(at)))
        .filter(|(_, (live, replayed))| live != replayed)
        .map(|(column, (live, replayed))| DifferentColumn { column, live, replayed })
        .collect();
    let text = match (live, replayed) {
        (Some(_), Some(_)) => {
            let said = |it: &DifferentColumn| {
                let word = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
                format!("{} is {} and should be {}", it.column, word(&it.live), word(&it.replayed))
            };
            let said: Vec<String> = different.iter().map(said).collect();
            format!("{table}, {key}: {}.", said.join("; "))
        }
        (None, _) => format!("{table}, {key}: the row is missing, though the log calls for it."),
        (Some(_), None) => format!("{table}, {key}: nothing in the log calls for this row."),
    };
    Difference { table: table.to_owned(), key, text, columns: different }
}
