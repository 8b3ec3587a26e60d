//! `spans`: who had which status from when to when.
//!
//! For lists as of any moment, page by page in the order in which people were added, and for the difference between two
//! moments. Every change of a status is a row, also the one to none: that of whoever is on the list no more.

mod apply;
mod blocks;
mod changes;
mod list;
mod moment;
mod one;
mod row;
mod seats;
#[cfg(test)]
mod tests;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use changes::{Change, Changed, ChangesPage, ChangesQuery};
pub use list::{MemberThen, MembersThen, MembersThenQuery};
pub use moment::{AsOf, Moment, NoMoment};
pub use one::listed_then;
pub use seats::{SeatsThen, seats_at};

/// The read model.
pub struct Spans;

impl ReadModel for Spans {
    fn name(&self) -> &'static str {
        "spans"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["spans", "span_blocks"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, generation }: Tables) -> Result<(), SqlError> {
        let Types { key, number, text, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE spans{suffix} (
                id       {key},             -- the position from which on it lasts
                license  {number} NOT NULL, -- its number
                member   {number} NOT NULL, -- the membership's number
                added    {number} NOT NULL, -- the position at which they came on the list
                added_at {number} NOT NULL,
                at       {number} NOT NULL, -- when it began
                status   {number} NOT NULL, -- 0: not on the list; row::STATUS of `members`
                before   {number} NOT NULL, -- the status until then
                how      {text},            -- by which admission they were accepted, for which reason they declined
                until    {number} NOT NULL  -- the position from which on it does not last; row::OPEN while it does
            ){end};
            -- While applying, the one that lasts is looked up.
            CREATE UNIQUE INDEX spans_open_{generation} ON spans{suffix} (member) WHERE until = {open}",
            open = row::OPEN
        ))?;
        blocks::create(conn, suffix)
    }

    fn indexes(&self, _: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
        vec![format!(
            "CREATE INDEX spans_added_{generation} ON spans{suffix} (license, status, added) WHERE status <> 0"
        )]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news)
    }
}
