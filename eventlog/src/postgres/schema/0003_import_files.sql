-- What the file of an import was called, and its digest. Its name may name a person, and the digest of a short file tells
-- who stands in it: so it is beside the log, and goes when somebody of the license is erased.
CREATE TABLE import_files (
    import_id  uuid   PRIMARY KEY,
    license_id uuid   NOT NULL,
    name       text,
    sha256     text,              -- in hexadecimal digits; goes with the import's refused rows
    bytes      bigint NOT NULL
);

CREATE INDEX import_files_license ON import_files (license_id);
