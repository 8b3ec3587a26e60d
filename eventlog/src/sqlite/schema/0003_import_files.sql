-- What the file of an import was called, and its digest. Its name may name a person, and the digest of a short file tells
-- who stands in it: so it is beside the log, and goes when somebody of the license is erased.
CREATE TABLE import_files (
    import_id  BLOB    NOT NULL PRIMARY KEY,
    license_id BLOB    NOT NULL,
    name       TEXT,
    sha256     TEXT,               -- in hexadecimal digits; goes with the import's refused rows
    bytes      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX import_files_license ON import_files (license_id);
