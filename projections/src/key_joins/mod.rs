//! `key_joins`: who joined by which license key.

mod apply;
mod query;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use query::{KeyJoin, KeyJoinsPage, KeyJoinsQuery};

/// The read model.
pub struct KeyJoins;

impl ReadModel for KeyJoins {
    fn name(&self) -> &'static str {
        "key_joins"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["key_joins"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        let Types { key, number, id, end, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE key_joins{suffix} (
                id         {key}, -- position of JoinedWithLicenseKey
                key_id     {id}     NOT NULL,
                member_id  {id}     NOT NULL,
                subject_id {id}     NOT NULL,
                joined_at  {number} NOT NULL
            ){end};"
        ))
    }

    fn indexes(&self, _: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
        vec![format!("CREATE INDEX key_joins_key_{generation} ON key_joins{suffix} (key_id, id)")]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news.events)
    }
}
