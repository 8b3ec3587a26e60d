-- The log of the PostgreSQL engine. `events` is the table of postgres-es, with further columns. Tables and columns have
-- the names that they have in the embedded engine, so that whoever reads them needs one SQL for both.

CREATE TABLE events (
    aggregate_type   text   COLLATE "C" NOT NULL,
    aggregate_id     text   COLLATE "C" NOT NULL,
    sequence         bigint NOT NULL CHECK (sequence > 0),
    event_type       text   COLLATE "C" NOT NULL,
    event_version    text   COLLATE "C" NOT NULL,
    payload          json   NOT NULL,   -- not jsonb: the bytes come back as they were written
    metadata         json   NOT NULL,
    position         bigint NOT NULL,
    event_id         uuid   NOT NULL,
    license_id       uuid,
    license_sequence bigint,
    recorded_at      bigint NOT NULL,   -- microseconds since 1970, UTC
    CONSTRAINT events_stream PRIMARY KEY (aggregate_id, aggregate_type, sequence),
    CONSTRAINT events_position UNIQUE (position)
);

-- Where the log stands. Every commit changes this row first and holds it to its end: so position order is commit order,
-- and nobody can wait for anybody in a circle. `version` grows with every commit, also with one that has no events.
CREATE TABLE log_head (
    one         boolean PRIMARY KEY DEFAULT true CHECK (one),
    position    bigint NOT NULL,
    recorded_at bigint NOT NULL,
    version     bigint NOT NULL
) WITH (fillfactor = 10);

INSERT INTO log_head (position, recorded_at, version) VALUES (0, 0, 0);

-- The last license sequence, and the position at which it was reached.
CREATE TABLE license_heads (
    license_id uuid   PRIMARY KEY,
    sequence   bigint NOT NULL,
    position   bigint NOT NULL
) WITH (fillfactor = 50);

-- Rows are deleted when a person is erased.
CREATE TABLE directory (
    subject_id uuid  CONSTRAINT directory_subject PRIMARY KEY,
    email      text  COLLATE "C" NOT NULL,
    normalised text  COLLATE "C" NOT NULL CONSTRAINT directory_normalised UNIQUE,
    salt       bytea NOT NULL
);

CREATE TABLE memberships (
    license_id uuid NOT NULL,
    subject_id uuid NOT NULL,
    member_id  uuid NOT NULL,
    CONSTRAINT memberships_person PRIMARY KEY (license_id, subject_id)
);

CREATE TABLE license_keys (
    hash       bytea CONSTRAINT license_keys_hash PRIMARY KEY,
    key_id     uuid  NOT NULL CONSTRAINT license_keys_id UNIQUE,
    license_id uuid  NOT NULL
);

-- Seats of licenses and joins by keys: how many are taken, of how many.
CREATE TABLE seat_pools (
    id         uuid   CONSTRAINT seat_pools_id PRIMARY KEY,
    taken      bigint NOT NULL CHECK (taken >= 0),
    seat_limit bigint,
    CONSTRAINT seat_pools_limit CHECK (taken <= seat_limit)
) WITH (fillfactor = 50);

-- Results kept for repeated commands: positions and ids, never a person's data.
CREATE TABLE commands (
    id          uuid   CONSTRAINT commands_id PRIMARY KEY,
    fingerprint bytea  NOT NULL,
    position    bigint NOT NULL,
    result      bytea  NOT NULL,
    recorded_at bigint NOT NULL
);

-- Refused rows of uploads and pastes, kept whole for a limited time.
CREATE TABLE refused_rows (
    import_id uuid   NOT NULL,
    item      bigint NOT NULL,
    line      bigint NOT NULL,
    value     text   NOT NULL,
    code      text   COLLATE "C" NOT NULL,
    reason    text   NOT NULL,
    hint      text   NOT NULL,
    cells     text,              -- JSON: the whole row of a file
    PRIMARY KEY (import_id, item)
);

-- Whose they are and how their file is written, once for all rows of an import or a preview. Goes with them.
CREATE TABLE refused_imports (
    import_id   uuid   PRIMARY KEY,
    license_id  uuid   NOT NULL,
    columns     text,            -- JSON: the names in the header row of a file
    separator   text   NOT NULL,
    recorded_at bigint NOT NULL  -- of the last row
);

-- A stream as postgres-es reads it, with the rest of the envelope beside the metadata: it knows no further columns.
CREATE VIEW stream_events AS
SELECT aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
       json_build_object('position', position, 'event_id', event_id, 'license_id', license_id,
                         'license_sequence', license_sequence, 'recorded_at', recorded_at,
                         'metadata', metadata) AS metadata
FROM events;

-- Events stay as they are.

CREATE FUNCTION events_are_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are immutable' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE TRIGGER events_never_change BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION events_are_immutable();

CREATE TRIGGER events_never_go BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION events_are_immutable();

-- Also where replication or a restore has triggers of its own switched off.
ALTER TABLE events ENABLE ALWAYS TRIGGER events_never_change;
ALTER TABLE events ENABLE ALWAYS TRIGGER events_never_go;

-- An event from a program that knows only the columns of postgres-es gets its place here: what our own commits do
-- for themselves. Its transaction holds the log from its first event on, as ours do.

CREATE FUNCTION event_is_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE log_head
    SET position = position + 1,
        version = version + 1,
        recorded_at = greatest(recorded_at, (extract(epoch FROM now()) * 1000000)::bigint)
    RETURNING position, recorded_at INTO NEW.position, NEW.recorded_at;
    NEW.event_id := coalesce(NEW.event_id, gen_random_uuid());
    IF NEW.license_id IS NULL THEN
        NEW.license_id := CASE
            WHEN NEW.aggregate_type = 'license' THEN NEW.aggregate_id
            WHEN NEW.aggregate_type IN ('membership', 'import') THEN coalesce(
                NEW.payload #>> ARRAY[NEW.event_type, 'license_id'],
                (SELECT e.license_id::text FROM events e
                 WHERE e.aggregate_type = NEW.aggregate_type AND e.aggregate_id = NEW.aggregate_id
                 ORDER BY e.sequence LIMIT 1))
            END::uuid;
    END IF;
    IF NEW.license_id IS NOT NULL THEN
        INSERT INTO license_heads AS l (license_id, sequence, position)
        VALUES (NEW.license_id, 1, NEW.position)
        ON CONFLICT (license_id)
        DO UPDATE SET sequence = l.sequence + 1, position = excluded.position
        RETURNING sequence INTO NEW.license_sequence;
    END IF;
    PERFORM pg_notify('seatbook_log', NEW.position::text);
    RETURN NEW;
END $$;

CREATE TRIGGER events_get_their_place BEFORE INSERT ON events
FOR EACH ROW WHEN (NEW.position IS NULL) EXECUTE FUNCTION event_is_placed();
