-- A file of version 1, as the program of then left it: a license with a key, four people in the directory, three of them
-- on its list, and a refused row. Never change it.
BEGIN TRANSACTION;
CREATE TABLE commands (
    id          BLOB    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL,
    position    INTEGER NOT NULL,
    result      BLOB    NOT NULL,
    recorded_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE directory (
    subject_id BLOB NOT NULL PRIMARY KEY,
    email      TEXT NOT NULL,
    normalised TEXT NOT NULL,
    salt       BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "directory" VALUES(X'01A2151B8BFB77AFAB4FF03A958AC0B4','ada@school.example','ada@school.example',X'820A79D2F888B68604E4C60318498EB4606A9F6DBF11676A354840542F6C6247');
INSERT INTO "directory" VALUES(X'01A2151B8DA975D78577FEAA31FAB810','ben@school.example','ben@school.example',X'09CDE2A9788249470E0BE5555642FB5DCA258CF0FF68E8754BD152F87C338CAE');
INSERT INTO "directory" VALUES(X'01A2151B8DA975D78577FEADC88392F6','cleo@elsewhere.example','cleo@elsewhere.example',X'4FA56306A9D3B0ACB668F447F9AB446C43482439E6EA23761A873A70C2E9C4EE');
INSERT INTO "directory" VALUES(X'01A2151B8E0F754E90F2184AAA55DA22','dora@school.example','dora@school.example',X'D30DB928336C8163E3C3FC749A64651404A8A4156ACE9D5FB8CDEB1DFE28FBD7');
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
INSERT INTO "events" VALUES(1,'license',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',1,'LicenseCreated','1','{"LicenseCreated":{"ends":null,"name":"Greenfield School","plan":"paid","seat_limit":5}}','{"actor":"00000000-0000-0000-0000-000000000000","request_id":"01a2151b-8bfa-71e5-bd39-c64dd2e10781","role":"operator","source":"cli"}',X'01A2151B8BFB77AFAB4FF03C20D67656',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',1,1795650456571499);
INSERT INTO "events" VALUES(2,'license',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',2,'LicenseAdminGranted','1','{"LicenseAdminGranted":{"commitment":"c4c328ffb329836709a4a38e334f93c82202231e7c847717da9fa7f74de5499d","subject_id":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4"}}','{"actor":"00000000-0000-0000-0000-000000000000","request_id":"01a2151b-8bfa-71e5-bd39-c64dd2e10781","role":"operator","source":"cli"}',X'01A2151B8BFB77AFAB4FF03D26218EA2',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',2,1795650456571499);
INSERT INTO "events" VALUES(3,'license',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',3,'DomainAdminGranted','1','{"DomainAdminGranted":{"domain":"school.example","subject_id":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4"}}','{"actor":"00000000-0000-0000-0000-000000000000","request_id":"01a2151b-8bfa-71e5-bd39-c64dd2e10781","role":"operator","source":"cli"}',X'01A2151B8BFB77AFAB4FF03E97AD3FE1',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',3,1795650456571499);
INSERT INTO "events" VALUES(4,'license',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',4,'LicenseKeyIssued','1','{"LicenseKeyIssued":{"ends":null,"key_id":"01a2151b-8bfb-77af-ab4f-f03b0c473ccb","limit":null}}','{"actor":"00000000-0000-0000-0000-000000000000","request_id":"01a2151b-8bfa-71e5-bd39-c64dd2e10781","role":"operator","source":"cli"}',X'01A2151B8BFB77AFAB4FF03F20DDE4CF',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',4,1795650456571499);
INSERT INTO "events" VALUES(5,'import',X'01A2151B8DA8701D84267D0EA8EB6C0E',1,'ImportStarted','1','{"ImportStarted":{"license_id":"01a2151b-8bfb-77af-ab4f-f039df5bd9a4","mode":"add"}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8da8-701d-8426-7d0ea8eb6c0e","request_id":"01a2151b-8da5-7523-83a5-077f858b12ac","role":"admin","source":"email"}',X'01A2151B8DA975D78577FEB0F3F47F03',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',5,1795650457001985);
INSERT INTO "events" VALUES(6,'membership',X'01A2151B8DA975D78577FEAB65AEA4ED',1,'UserAdded','1','{"UserAdded":{"commitment":"fdc21a7890af0c4ec607436be6d0090049d1889e9d215901734531f06f066b21","domain":"school.example","license_id":"01a2151b-8bfb-77af-ab4f-f039df5bd9a4","subject_id":"01a2151b-8da9-75d7-8577-feaa31fab810"}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8da8-701d-8426-7d0ea8eb6c0e","request_id":"01a2151b-8da5-7523-83a5-077f858b12ac","role":"admin","row":"1","source":"email"}',X'01A2151B8DA975D78577FEAC85ACD70D',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',6,1795650457001985);
INSERT INTO "events" VALUES(7,'membership',X'01A2151B8DA975D78577FEAE27113C46',1,'UserInvited','1','{"UserInvited":{"attempt":1,"commitment":"0ee97f6283c01d95450417b883833d0a8de2842a29a182285a5747c79dfba942","license_id":"01a2151b-8bfb-77af-ab4f-f039df5bd9a4","reason":"not_domain_admin","subject_id":"01a2151b-8da9-75d7-8577-feadc88392f6"}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8da8-701d-8426-7d0ea8eb6c0e","request_id":"01a2151b-8da5-7523-83a5-077f858b12ac","role":"admin","row":"2","source":"email"}',X'01A2151B8DA975D78577FEAF01C4E78C',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',7,1795650457001985);
INSERT INTO "events" VALUES(8,'import',X'01A2151B8DA8701D84267D0EA8EB6C0E',2,'ImportChunkApplied','1','{"ImportChunkApplied":{"counts":{"accepted":1,"invited":1},"first_row":1,"last_row":2}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8da8-701d-8426-7d0ea8eb6c0e","request_id":"01a2151b-8da5-7523-83a5-077f858b12ac","role":"admin","source":"email"}',X'01A2151B8DA975D78577FEB1D70F5985',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',8,1795650457001985);
INSERT INTO "events" VALUES(9,'import',X'01A2151B8DA8701D84267D0EA8EB6C0E',3,'ImportCompleted','1','{"ImportCompleted":{"counts":{"accepted":1,"invited":1},"rows":2}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8da8-701d-8426-7d0ea8eb6c0e","request_id":"01a2151b-8da5-7523-83a5-077f858b12ac","role":"admin","source":"email"}',X'01A2151B8DA975D78577FEB2AC5428E0',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',9,1795650457001985);
INSERT INTO "events" VALUES(10,'import',X'01A2151B8E0F754E90F21849E80CE2E9',1,'ImportStarted','1','{"ImportStarted":{"license_id":"01a2151b-8bfb-77af-ab4f-f039df5bd9a4","mode":"add"}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8e0f-754e-90f2-1849e80ce2e9","request_id":"01a2151b-8e0d-722a-b9ed-d494fefd91b7","role":"admin","source":"csv"}',X'01A2151B8E0F754E90F2184D5C4F7E61',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',10,1795650457103732);
INSERT INTO "events" VALUES(11,'membership',X'01A2151B8E0F754E90F2184B71B3A4CC',1,'UserAdded','1','{"UserAdded":{"commitment":"c76dd1327dbc45c27cb13991baad415edbe50b8b58db14fbeec214813ce630d2","domain":"school.example","license_id":"01a2151b-8bfb-77af-ab4f-f039df5bd9a4","subject_id":"01a2151b-8e0f-754e-90f2-184aaa55da22"}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8e0f-754e-90f2-1849e80ce2e9","line":"3","request_id":"01a2151b-8e0d-722a-b9ed-d494fefd91b7","role":"admin","row":"2","source":"csv"}',X'01A2151B8E0F754E90F2184CBB95254F',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',11,1795650457103732);
INSERT INTO "events" VALUES(12,'import',X'01A2151B8E0F754E90F21849E80CE2E9',2,'ImportChunkApplied','1','{"ImportChunkApplied":{"counts":{"accepted":1,"invalid_email":1},"first_row":1,"last_row":2}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8e0f-754e-90f2-1849e80ce2e9","request_id":"01a2151b-8e0d-722a-b9ed-d494fefd91b7","role":"admin","source":"csv"}',X'01A2151B8E0F754E90F2184EA883A29B',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',12,1795650457103732);
INSERT INTO "events" VALUES(13,'import',X'01A2151B8E0F754E90F21849E80CE2E9',3,'ImportCompleted','1','{"ImportCompleted":{"counts":{"accepted":1,"invalid_email":1},"rows":2}}','{"acted_by":"00000000-0000-0000-0000-000000000000","actor":"01a2151b-8bfb-77af-ab4f-f03a958ac0b4","import_id":"01a2151b-8e0f-754e-90f2-1849e80ce2e9","request_id":"01a2151b-8e0d-722a-b9ed-d494fefd91b7","role":"admin","source":"csv"}',X'01A2151B8E0F754E90F2184F1ADD2CBA',X'01A2151B8BFB77AFAB4FF039DF5BD9A4',13,1795650457103732);
CREATE TABLE license_heads (
    license_id BLOB    NOT NULL PRIMARY KEY,
    sequence   INTEGER NOT NULL,
    position   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "license_heads" VALUES(X'01A2151B8BFB77AFAB4FF039DF5BD9A4',13,13);
CREATE TABLE license_keys (
    hash       BLOB NOT NULL PRIMARY KEY,
    key_id     BLOB NOT NULL UNIQUE,
    license_id BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "license_keys" VALUES(X'169C139CAD9DEB36517E5EA72FA690CCB15C33CA41F792A151E1A8518DF8A8C8',X'01A2151B8BFB77AFAB4FF03B0C473CCB',X'01A2151B8BFB77AFAB4FF039DF5BD9A4');
CREATE TABLE memberships (
    license_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    member_id  BLOB NOT NULL,
    PRIMARY KEY (license_id, subject_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "memberships" VALUES(X'01A2151B8BFB77AFAB4FF039DF5BD9A4',X'01A2151B8DA975D78577FEAA31FAB810',X'01A2151B8DA975D78577FEAB65AEA4ED');
INSERT INTO "memberships" VALUES(X'01A2151B8BFB77AFAB4FF039DF5BD9A4',X'01A2151B8DA975D78577FEADC88392F6',X'01A2151B8DA975D78577FEAE27113C46');
INSERT INTO "memberships" VALUES(X'01A2151B8BFB77AFAB4FF039DF5BD9A4',X'01A2151B8E0F754E90F2184AAA55DA22',X'01A2151B8E0F754E90F2184B71B3A4CC');
CREATE TABLE refused_imports (
    import_id   BLOB    NOT NULL PRIMARY KEY,
    license_id  BLOB    NOT NULL,
    columns     TEXT,               -- JSON: the names in the header row of a file
    separator   TEXT    NOT NULL,
    recorded_at INTEGER NOT NULL    -- of the last row
) STRICT, WITHOUT ROWID;
INSERT INTO "refused_imports" VALUES(X'01A2151B8E0F754E90F21849E80CE2E9',X'01A2151B8BFB77AFAB4FF039DF5BD9A4','["Email","Class"]',',',1795650457103732);
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
INSERT INTO "refused_rows" VALUES(X'01A2151B8E0F754E90F21849E80CE2E9',1,2,'bad','invalid_email','"bad" has no @.','Write it like ada@example.org.','["bad","7b"]');
CREATE TABLE seat_pools (
    id         BLOB    NOT NULL PRIMARY KEY,
    taken      INTEGER NOT NULL CHECK (taken >= 0),
    seat_limit INTEGER,
    CHECK (taken <= seat_limit)
) STRICT, WITHOUT ROWID;
INSERT INTO "seat_pools" VALUES(X'01A2151B8BFB77AFAB4FF039DF5BD9A4',3,5);
INSERT INTO "seat_pools" VALUES(X'01A2151B8BFB77AFAB4FF03B0C473CCB',0,NULL);
CREATE UNIQUE INDEX events_stream ON events (aggregate_id, sequence);
CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(FAIL, 'events are immutable'); END;
CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(FAIL, 'events are immutable'); END;
CREATE TRIGGER events_are_dense BEFORE INSERT ON events
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM events)
BEGIN SELECT RAISE(FAIL, 'position'); END;
CREATE TRIGGER streams_are_dense BEFORE INSERT ON events
WHEN NEW.sequence IS NOT
    (SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE aggregate_id = NEW.aggregate_id)
BEGIN SELECT RAISE(FAIL, 'revision'); END;
CREATE UNIQUE INDEX directory_normalised ON directory (normalised);
COMMIT;
PRAGMA application_id = 0x53656174;
PRAGMA user_version = 1;
