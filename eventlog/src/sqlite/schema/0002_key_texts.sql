-- The texts of license keys, sealed with a secret that is not in this file. A row is deleted when its key is revoked.
CREATE TABLE key_texts (
    key_id BLOB NOT NULL PRIMARY KEY,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
