//! stub
use eventlog::Recorded; use rusqlite::Connection; use crate::{ApplyError, model::{ReadModel, Tables}};
/// The read model.
pub struct Audit;
impl ReadModel for Audit {
    fn name(&self) -> &'static str { "audit" }
    fn version(&self) -> u32 { 1 }
    fn tables(&self) -> &'static [&'static str] { &["audit"] }
    fn create(&self, conn: &Connection, t: Tables) -> rusqlite::Result<()> { conn.execute_batch(&format!("CREATE TABLE audit{} (id INTEGER PRIMARY KEY) STRICT", t.suffix)) }
    fn indexes(&self, _: Tables) -> Vec<String> { Vec::new() }
    fn apply(&self, _: &Connection, _: Tables, _: &[Recorded]) -> Result<(), ApplyError> { Ok(()) }
}
