//! stub
use eventlog::Recorded; use rusqlite::Connection; use crate::{ApplyError, model::{ReadModel, Tables}};
/// The read model.
pub struct Imports;
impl ReadModel for Imports {
    fn name(&self) -> &'static str { "imports" }
    fn version(&self) -> u32 { 1 }
    fn tables(&self) -> &'static [&'static str] { &["imports"] }
    fn create(&self, conn: &Connection, t: Tables) -> rusqlite::Result<()> { conn.execute_batch(&format!("CREATE TABLE imports{} (id INTEGER PRIMARY KEY) STRICT", t.suffix)) }
    fn indexes(&self, _: Tables) -> Vec<String> { Vec::new() }
    fn apply(&self, _: &Connection, _: Tables, _: &[Recorded]) -> Result<(), ApplyError> { Ok(()) }
}
