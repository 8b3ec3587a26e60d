//! stub
use eventlog::Recorded; use rusqlite::Connection; use crate::{ApplyError, model::{ReadModel, Tables}};
/// The read model.
pub struct Licenses;
impl ReadModel for Licenses {
    fn name(&self) -> &'static str { "licenses" }
    fn version(&self) -> u32 { 1 }
    fn tables(&self) -> &'static [&'static str] { &["licenses"] }
    fn create(&self, conn: &Connection, t: Tables) -> rusqlite::Result<()> { conn.execute_batch(&format!("CREATE TABLE licenses{} (id INTEGER PRIMARY KEY) STRICT", t.suffix)) }
    fn indexes(&self, _: Tables) -> Vec<String> { Vec::new() }
    fn apply(&self, _: &Connection, _: Tables, _: &[Recorded]) -> Result<(), ApplyError> { Ok(()) }
}
