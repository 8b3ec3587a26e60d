//! stub
use eventlog::Recorded; use rusqlite::Connection; use crate::{ApplyError, model::{ReadModel, Tables}};
/// The read model.
pub struct Invites;
impl ReadModel for Invites {
    fn name(&self) -> &'static str { "invites" }
    fn version(&self) -> u32 { 1 }
    fn tables(&self) -> &'static [&'static str] { &["invites"] }
    fn create(&self, conn: &Connection, t: Tables) -> rusqlite::Result<()> { conn.execute_batch(&format!("CREATE TABLE invites{} (id INTEGER PRIMARY KEY) STRICT", t.suffix)) }
    fn indexes(&self, _: Tables) -> Vec<String> { Vec::new() }
    fn apply(&self, _: &Connection, _: Tables, _: &[Recorded]) -> Result<(), ApplyError> { Ok(()) }
}
