-- The texts of license keys, sealed with a secret that is not in this database. A row is deleted when its key is revoked.
CREATE TABLE key_texts (
    key_id uuid  CONSTRAINT key_texts_key PRIMARY KEY,
    sealed bytea NOT NULL
);
