-- What a node needs, table by table. Run again after each migration.
REVOKE ALL ON events, log_head, license_heads, directory, memberships, license_keys, seat_pools, commands,
              key_texts, refused_rows, refused_imports, import_files, log_schema, stream_events FROM ROLE_OF_THE_SERVICE;
GRANT SELECT, INSERT ON events, memberships, license_keys, commands TO ROLE_OF_THE_SERVICE;
GRANT SELECT, UPDATE ON log_head TO ROLE_OF_THE_SERVICE;
GRANT SELECT, INSERT, UPDATE ON license_heads, seat_pools TO ROLE_OF_THE_SERVICE;
-- People are erased, and the texts of keys, refused rows and what files were called forgotten.
GRANT SELECT, INSERT, DELETE ON directory, key_texts, refused_rows TO ROLE_OF_THE_SERVICE;
GRANT SELECT, INSERT, UPDATE, DELETE ON refused_imports, import_files TO ROLE_OF_THE_SERVICE;
GRANT SELECT ON log_schema, stream_events TO ROLE_OF_THE_SERVICE;
