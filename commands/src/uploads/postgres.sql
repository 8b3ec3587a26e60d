CREATE TABLE IF NOT EXISTS uploads (
    import_id uuid PRIMARY KEY,
    note      text NOT NULL);
-- Since when, by the server's clock: one that nothing began with is let go once nobody can be about to.
ALTER TABLE uploads ADD COLUMN IF NOT EXISTS kept_at timestamptz NOT NULL DEFAULT now();
CREATE TABLE IF NOT EXISTS upload_pieces (
    import_id uuid    NOT NULL REFERENCES uploads ON DELETE CASCADE,
    piece     integer NOT NULL,
    bytes     bytea   NOT NULL,
    PRIMARY KEY (import_id, piece));
-- They are here for minutes: packing them takes longer than it saves.
ALTER TABLE upload_pieces ALTER COLUMN bytes SET STORAGE EXTERNAL;
