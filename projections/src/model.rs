//! What every read model has in common.

use crate::{
    ApplyError, News, audit, erasures, imports, invites, key_joins, licenses, members, spans,
    sql::{Conn, Dialect, SqlError},
    store::Models,
    tree,
};

/// Which of its tables a read model works on: the live ones, or those that are built beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tables {
    /// Stands behind each table's name.
    pub suffix: &'static str,
    /// Stands behind each index's name, which keeps it when tables are swapped.
    pub generation: u64,
}

impl Tables {
    /// Behind the names of tables that are being built.
    pub const BESIDE: &'static str = "__beside";

    /// Behind the names of tables that were replaced and are yet to be dropped.
    pub const REPLACED: &'static str = "__replaced";
}

/// A read model: plain tables that are a fold of the log (and of the directory, for names).
pub trait ReadModel: Sync {
    /// Its name; also that of its first table.
    fn name(&self) -> &'static str;

    /// Grows when the tables or their meaning change.
    fn version(&self) -> u32;

    /// Its tables, without suffix.
    fn tables(&self) -> &'static [&'static str];

    /// Its search indexes, without suffix: virtual tables, which come and go with the tables. They are never compared:
    /// what they hold follows from the tables, and how it is laid out, from the pages that it came in.
    fn searches(&self, _engine: Dialect) -> &'static [&'static str] {
        &[]
    }

    /// Makes the tables, with no more indexes than applying needs.
    fn create(&self, conn: &Conn<'_>, tables: Tables) -> Result<(), SqlError>;

    /// The statements that make the other indexes, one each: built last, and apart, when much is rebuilt.
    fn indexes(&self, engine: Dialect, tables: Tables) -> Vec<String>;

    /// Whether it has to be told the leaf of each event, which takes longer than to read the event.
    fn needs_leaves(&self) -> bool {
        false
    }

    /// Puts in its place what an index has only taken down, so that searches need not go through it.
    fn settle(&self, _conn: &Conn<'_>) -> Result<(), SqlError> {
        Ok(())
    }

    /// Applies the next events, in order. What is in neither them nor its tables is known with them: it does not read the
    /// log.
    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError>;
}

/// Every read model.
pub static MODELS: [&dyn ReadModel; 9] = [
    &members::Members,
    &spans::Spans,
    &licenses::Licenses,
    &audit::Audit,
    &invites::Invites,
    &imports::Imports,
    &key_joins::KeyJoins,
    &tree::HashTree,
    &erasures::Erasures,
];

/// A read model of these, by name.
pub fn by_name(models: Models, name: &str) -> Option<&'static dyn ReadModel> {
    models.iter().copied().find(|model| model.name() == name)
}
