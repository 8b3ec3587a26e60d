//! What stands beside the log: people, memberships, keys, pools, commands, refused rows, files.

use crate::{
    contract::Refused,
    postgres::{refused as kept, rows::Rows, statement::Statement},
};

pub(super) fn people(s: &mut Statement, rows: &Rows<'_>) {
    if !rows.people.is_empty() {
        s.add(
            ",\nnew_people AS (INSERT INTO directory (subject_id, email, normalised, salt)
              SELECT p.subject_id, p.email, p.normalised, p.salt FROM head,
              unnest(?::uuid[], ?::text[], ?::text[], ?::bytea[]) p(subject_id, email, normalised, salt))",
        );
        s.bind(rows.people.iter().map(|p| p.subject_id.0).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.email.as_str()).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.normalised.as_str()).collect::<Vec<_>>())
            .bind(rows.people.iter().map(|p| p.salt.0.as_slice()).collect::<Vec<_>>());
    }
    if !rows.members.is_empty() {
        s.add(
            ",\nnew_members AS (INSERT INTO memberships (license_id, subject_id, member_id)
              SELECT m.license_id, m.subject_id, m.member_id FROM head,
              unnest(?::uuid[], ?::uuid[], ?::uuid[]) m(license_id, subject_id, member_id))",
        );
        s.bind(rows.members.iter().map(|m| m.license_id.0).collect::<Vec<_>>())
            .bind(rows.members.iter().map(|m| m.subject_id.0).collect::<Vec<_>>())
            .bind(rows.members.iter().map(|m| m.member_id.0).collect::<Vec<_>>());
    }
}

pub(super) fn erased(s: &mut Statement, rows: &Rows<'_>) {
    if rows.erased.is_empty() {
        return;
    }
    s.add(",\nerased AS (DELETE FROM directory d USING head WHERE d.subject_id = ANY(?::uuid[]))");
    // They may stand in any of these files, by name or not.
    s.add(
        ",\nold_files AS (DELETE FROM import_files f USING head WHERE f.license_id IN (
              SELECT i.license_id FROM (SELECT DISTINCT license_id FROM import_files) i
              JOIN memberships m ON m.license_id = i.license_id AND m.subject_id = ANY(?::uuid[])))",
    );
    s.bind(rows.erased.clone()).bind(rows.erased.clone());
}

pub(super) fn keys(s: &mut Statement, rows: &Rows<'_>) {
    if rows.keys.is_empty() {
        return;
    }
    s.add(
        ",\nnew_keys AS (INSERT INTO license_keys (hash, key_id, license_id)
          SELECT k.hash, k.key_id, k.license_id FROM head,
          unnest(?::bytea[], ?::uuid[], ?::uuid[]) k(hash, key_id, license_id))",
    );
    s.bind(rows.keys.iter().map(|k| k.hash.as_slice()).collect::<Vec<_>>())
        .bind(rows.keys.iter().map(|k| k.key_id.0).collect::<Vec<_>>())
        .bind(rows.keys.iter().map(|k| k.license_id.0).collect::<Vec<_>>());
}

/// A text that this very statement keeps is never among those that it forgets.
pub(super) fn key_texts(s: &mut Statement, rows: &Rows<'_>) {
    if !rows.key_texts.is_empty() {
        s.add(
            ",\nnew_texts AS (INSERT INTO key_texts (key_id, sealed) SELECT t.key_id, t.sealed FROM head,
              unnest(?::uuid[], ?::bytea[]) t(key_id, sealed))",
        );
        s.bind(rows.key_texts.iter().map(|t| t.0).collect::<Vec<_>>())
            .bind(rows.key_texts.iter().map(|t| t.1).collect::<Vec<_>>());
    }
    if !rows.forgotten.is_empty() {
        s.add(",\nold_texts AS (DELETE FROM key_texts t USING head WHERE t.key_id = ANY(?::uuid[]))");
        s.bind(rows.forgotten.clone());
    }
}

pub(super) fn pools(s: &mut Statement, rows: &Rows<'_>) {
    if !rows.opened.is_empty() {
        s.add(
            ",\nnew_pools AS (INSERT INTO seat_pools (id, taken, seat_limit) SELECT p.id, p.taken, p.seat_limit
              FROM head, unnest(?::uuid[], ?::bigint[], ?::bigint[]) p(id, taken, seat_limit))",
        );
        s.bind(rows.opened.iter().map(|p| p.0).collect::<Vec<_>>())
            .bind(rows.opened.iter().map(|p| p.1).collect::<Vec<_>>())
            .bind(rows.opened.iter().map(|p| p.2).collect::<Vec<_>>());
    }
    if !rows.changed.is_empty() {
        s.add(
            ",\nold_pools AS (UPDATE seat_pools p SET taken = p.taken + c.taken - c.given_back,
                  seat_limit = coalesce(c.seat_limit, p.seat_limit)
              FROM head, unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bigint[]) c(id, taken, given_back, seat_limit)
              WHERE p.id = c.id)",
        );
        s.bind(rows.changed.iter().map(|p| p.id).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.taken).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.given_back).collect::<Vec<_>>())
            .bind(rows.changed.iter().map(|p| p.limit).collect::<Vec<_>>());
    }
}

pub(super) fn commands(s: &mut Statement, rows: &Rows<'_>, now: i64) {
    if rows.commands.is_empty() {
        return;
    }
    s.add(
        ",\nnew_commands AS (INSERT INTO commands (id, fingerprint, position, result, recorded_at)
          SELECT c.id, c.fingerprint, head.position - c.behind, c.result, greatest(head.recorded_at, ?) FROM head,
          unnest(?::uuid[], ?::bytea[], ?::bigint[], ?::bytea[]) c(id, fingerprint, behind, result))",
    );
    let all = rows.offset();
    s.bind(now)
        .bind(rows.commands.iter().map(|c| c.id).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| c.fingerprint).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| all - c.offset).collect::<Vec<_>>())
        .bind(rows.commands.iter().map(|c| c.result).collect::<Vec<_>>());
}

pub(super) fn refused(s: &mut Statement, rows: &Rows<'_>, now: i64) {
    if rows.refused.is_empty() {
        return;
    }
    // Of several for one import, the first one's names of columns stay: it is written once.
    let mut imports: Vec<&Refused> = Vec::new();
    for &refused in &rows.refused {
        if imports.iter().all(|known| known.import_id != refused.import_id) {
            imports.push(refused);
        }
    }
    s.add(
        ",\nrefused_imports AS (INSERT INTO refused_imports (import_id, license_id, columns, separator, recorded_at)
          SELECT i.import_id, i.license_id, i.columns, i.separator, greatest(head.recorded_at, ?) FROM head,
          unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[]) i(import_id, license_id, columns, separator)
          ON CONFLICT (import_id) DO UPDATE SET recorded_at = excluded.recorded_at)",
    );
    s.bind(now)
        .bind(imports.iter().map(|i| i.import_id.0).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.license_id.0).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.columns.as_deref().map(kept::json)).collect::<Vec<_>>())
        .bind(imports.iter().map(|i| i.separator.to_string()).collect::<Vec<_>>());
    let columns = kept::columns(&rows.refused);
    s.add(
        ",\nrefused_rows AS (INSERT INTO refused_rows (import_id, item, line, value, code, reason, hint, cells)
          SELECT r.import_id, r.item, r.line, r.value, r.code, r.reason, r.hint, r.cells FROM head,
          unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::text[], ?::text[], ?::text[], ?::text[])
          r(import_id, item, line, value, code, reason, hint, cells))",
    );
    s.bind(columns.imports)
        .bind(columns.items)
        .bind(columns.lines)
        .bind(columns.values)
        .bind(columns.codes)
        .bind(columns.reasons)
        .bind(columns.hints)
        .bind(columns.cells);
}

/// Of an import into a license that this very statement takes somebody out of, nothing is kept.
pub(super) fn files(s: &mut Statement, rows: &Rows<'_>) {
    if rows.files.is_empty() {
        return;
    }
    s.add(
        ",\nimport_files AS (INSERT INTO import_files (import_id, license_id, name, sha256, bytes)
          SELECT f.import_id, f.license_id, f.name, f.sha256, f.bytes FROM head,
          unnest(?::uuid[], ?::uuid[], ?::text[], ?::text[], ?::bigint[]) f(import_id, license_id, name, sha256, bytes)
          WHERE NOT EXISTS (SELECT FROM memberships m
              WHERE m.license_id = f.license_id AND m.subject_id = ANY(?::uuid[]))
          ON CONFLICT DO NOTHING)",
    );
    s.bind(rows.files.iter().map(|f| f.import_id.0).collect::<Vec<_>>())
        .bind(rows.files.iter().map(|f| f.license_id.0).collect::<Vec<_>>())
        .bind(rows.files.iter().map(|f| f.name.as_deref().map(kept::storable)).collect::<Vec<_>>())
        .bind(rows.files.iter().map(|f| f.sha256.as_str()).collect::<Vec<_>>())
        .bind(rows.files.iter().map(|f| i64::try_from(f.bytes).unwrap_or(i64::MAX)).collect::<Vec<_>>())
        .bind(rows.erased.clone());
}
