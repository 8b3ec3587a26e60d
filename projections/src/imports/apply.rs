//! Follows the events of imports: each chunk has one.

use std::collections::{HashMap, hash_map::Entry};

use domain::{Event, Import, ImportEvent, ImportId, LicenseId, canonical};
use eventlog::Recorded;
use uuid::Uuid;

use crate::{
    ApplyError, columns,
    sql::{Conn, SqlError},
    values,
};

/// An import that events of a page are about.
struct Followed<'e> {
    /// What it was before the page; nothing, if it begins there.
    before: Option<Import>,
    import: Import,
    first: &'e Recorded,
    last: (&'e Recorded, &'e ImportEvent),
}

pub(super) fn apply(conn: &Conn<'_>, suffix: &str, events: &[Recorded]) -> Result<(), ApplyError> {
    // Each is read once and written once, however many events of the page are about it. In their order: of the log.
    let (mut imports, mut places) = (Vec::new(), HashMap::new());
    for recorded in events {
        let Event::Import(event) = &recorded.event else { continue };
        let place = match places.entry(recorded.stream.id) {
            Entry::Occupied(place) => *place.get(),
            Entry::Vacant(place) => {
                let before = load(conn, suffix, recorded)?;
                let import = before.clone().unwrap_or_default();
                imports.push(Followed { before, import, first: recorded, last: (recorded, event) });
                *place.insert(imports.len() - 1)
            }
        };
        imports[place].takes(recorded, event)?;
    }
    imports.iter().try_for_each(|followed| followed.store(conn, suffix))
}

impl<'e> Followed<'e> {
    fn takes(&mut self, recorded: &'e Recorded, event: &'e ImportEvent) -> Result<(), ApplyError> {
        let before = self.import.clone();
        self.import.evolve(event);
        // Every event that fits changes something.
        if before == self.import {
            let what =
                format!("the event {} can't follow what the import is so far", event.description().name);
            return Err(ApplyError::event(recorded.position, what));
        }
        self.last = (recorded, event);
        Ok(())
    }

    fn store(&self, conn: &Conn<'_>, suffix: &str) -> Result<(), ApplyError> {
        if self.before.is_none() {
            begin(conn, suffix, self.first, &self.import)?;
        }
        let (recorded, event) = self.last;
        Ok(store(conn, suffix, recorded, event, &self.import)?)
    }
}

fn load(conn: &Conn<'_>, suffix: &str, recorded: &Recorded) -> Result<Option<Import>, SqlError> {
    let sql = format!("SELECT * FROM imports{suffix} WHERE import_id = ?");
    conn.first(&sql, values![recorded.stream.id], |row| {
        Ok(Import {
            what: Some((LicenseId(row.get("license_id")?), columns::word(row, "mode")?)),
            undoes: row.get::<Option<Uuid>>("undoes")?.map(ImportId),
            phase: columns::word(row, "phase")?,
            applied: row.get("rows")?,
            counts: columns::json(row, "counts")?,
        })
    })
}

fn begin(conn: &Conn<'_>, suffix: &str, recorded: &Recorded, import: &Import) -> Result<(), ApplyError> {
    let (license, mode) = import
        .what
        .ok_or_else(|| ApplyError::event(recorded.position, "no import can begin with this event"))?;
    let sql = format!(
        "INSERT INTO imports{suffix} VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, NULL, NULL, 0, '{{}}', ?1, ?10)"
    );
    let values = values![
        recorded.position,
        recorded.stream.id,
        license.0,
        mode.as_str(),
        columns::written(&recorded.metadata.source),
        recorded.metadata.actor.0,
        recorded.metadata.acted_by.map(|subject| subject.0),
        recorded.recorded_at.timestamp_micros(),
        columns::written(&import.phase),
        import.undoes.map(|import| import.0),
    ];
    conn.run(&sql, values)?;
    Ok(())
}

fn store(
    conn: &Conn<'_>,
    suffix: &str,
    recorded: &Recorded,
    event: &ImportEvent,
    import: &Import,
) -> Result<(), SqlError> {
    let at = recorded.recorded_at.timestamp_micros();
    let (ended_at, code) = match event {
        ImportEvent::ImportStarted { .. } | ImportEvent::ImportChunkApplied { .. } => (None, None),
        ImportEvent::ImportCompleted { .. } | ImportEvent::ImportCancelled { .. } => (Some(at), None),
        ImportEvent::ImportFailed { code, .. } => (Some(at), Some(code.as_str())),
    };
    let sql = format!(
        "UPDATE imports{suffix} SET phase = ?, code = ?, ended_at = ?, rows = ?, counts = ?, last_position = ?
         WHERE import_id = ?"
    );
    let values = values![
        columns::written(&import.phase),
        code,
        ended_at,
        import.applied,
        canonical::to_text(&import.counts),
        recorded.position,
        recorded.stream.id
    ];
    conn.run(&sql, values)?;
    Ok(())
}
