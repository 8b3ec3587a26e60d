-- The log of the embedded engine. Its shape is that of postgres-es' `events` table, with further columns.

CREATE TABLE events (
    position         INTEGER PRIMARY KEY,
    aggregate_type   TEXT    NOT NULL,
    aggregate_id     BLOB    NOT NULL,
    sequence         INTEGER NOT NULL,
    event_type       TEXT    NOT NULL,
    event_version    TEXT    NOT NULL,
    payload          TEXT    NOT NULL,
    metadata         TEXT    NOT NULL,
    event_id         BLOB    NOT NULL,
    license_id       BLOB,
    license_sequence INTEGER,
    recorded_at      INTEGER NOT NULL   -- microseconds since 1970, UTC
) STRICT;

CREATE UNIQUE INDEX events_stream ON events (aggregate_id, sequence);

-- FAIL, not ABORT: nothing was written when a trigger fires before, and ABORT would make SQLite copy each page
-- that an insert is about to change.
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(FAIL, 'events are immutable'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(FAIL, 'events are immutable'); END;

-- Also keeps INSERT OR REPLACE from removing an event without the trigger above.
CREATE TRIGGER events_are_dense BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
BEGIN SELECT RAISE(FAIL, 'position'); END;

CREATE TRIGGER streams_are_dense BEFORE INSERT ON events
WHEN NEW.sequence IS NOT
    (SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE aggregate_id = NEW.aggregate_id)
BEGIN SELECT RAISE(FAIL, 'revision'); END;

-- What decisions rest on beside the log. Changes in the same commits as the events.

-- The last license sequence, as of a position. All that moved are stored together, so the highest position
-- here says from where the log itself has to be asked.
CREATE TABLE license_heads (
    license_id BLOB    NOT NULL PRIMARY KEY,
    sequence   INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Rows are deleted when a person is erased.
CREATE TABLE directory (
    subject_id BLOB NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL,
    normalised TEXT NOT NULL,
    salt       BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX directory_normalised ON directory (normalised);

CREATE TABLE memberships (
    license_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    PRIMARY KEY (license_id, subject_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE license_keys (
    hash       BLOB NOT NULL PRIMARY KEY,
    key_id     BLOB NOT NULL UNIQUE,
    license_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Seats of licenses and joins by keys: how many are taken, of how many.
CREATE TABLE seat_pools (
    id         BLOB    NOT NULL PRIMARY KEY,
    taken      INTEGER NOT NULL CHECK (taken >= 0),
    seat_limit INTEGER,
    CHECK (taken <= seat_limit)
) STRICT, WITHOUT ROWID;

-- Results kept for repeated commands: positions and ids, never a person's data.
CREATE TABLE commands (
    id          BLOB    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    result      BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Refused rows of uploads and pastes, kept whole for a limited time.
CREATE TABLE refused_rows (
    import_id BLOB    NOT NULL,
    item      INTEGER NOT NULL,
    line      INTEGER NOT NULL,
    value     TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    hint      TEXT    NOT NULL,
    cells     TEXT,               -- JSON: the whole row of a file
    PRIMARY KEY (import_id, item)
) STRICT, WITHOUT ROWID;

-- Whose they are and how their file is written, once for all rows of an import or a preview. Goes with them.
CREATE TABLE refused_imports (
    import_id   BLOB    NOT NULL PRIMARY KEY,
    license_id  BLOB    NOT NULL,
    columns     TEXT,               -- JSON: the names in the header row of a file
    separator   TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL    -- of the last row
) STRICT, WITHOUT ROWID;

-- "Seat": tells our files from those of other programs.
PRAGMA application_id = 0x53656174;
