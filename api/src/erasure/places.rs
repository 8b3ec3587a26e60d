//! The inventory: every place where something of a person can stand. `docs/erasure.md` is written from it, and a test
//! looks into each.

/// A place where something of a person can stand.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// What it is called.
    pub name: &'static str,
    /// What of a person stands there.
    pub what: &'static str,
    /// What an erasure does with it.
    pub method: &'static str,
    /// By when.
    pub deadline: &'static str,
}

const fn place(
    name: &'static str,
    what: &'static str,
    method: &'static str,
    deadline: &'static str,
) -> Place {
    Place { name, what, method, deadline }
}

/// Every place.
pub static PLACES: [Place; 19] = [
    place(
        "directory",
        "the address as first spelled, its normalised form, the salt",
        "the row is deleted in the erasure's own commit; `secure_delete` overwrites it in a file",
        "at once",
    ),
    place(
        "events",
        "subject ids and member ids; a commitment, which proves nothing without the salt",
        "they stay as they are; the ids stand for nobody any more",
        "at once",
    ),
    place(
        "commands",
        "results kept for repeated commands: positions, ids and codes; digests under the caller's own `Idempotency-Key`",
        "nothing to erase; a key that is random, as it should be, keeps anybody from testing a digest",
        "at once",
    ),
    place(
        "refused_rows",
        "rows of a file or a paste, whole, as they were given",
        "rows that hold the address are deleted, whatever column it is in, and once more a minute later; all others \
         go by themselves",
        "one minute; a mistyped address after `SEATBOOK_KEEP_REFUSED_ROWS_DAYS` (7 days)",
    ),
    place(
        "import_files",
        "what the file of an import was called, and its SHA-256",
        "of every license that the person is or was on, those rows are deleted in the erasure's own commit; of imports that \
         refused a row with the address, and of files that were called by it on any license, with the refused rows. A digest \
         goes with the import's refused rows",
        "at once",
    ),
    place(
        "uploads",
        "the file or paste of an import that is under way",
        "deleted when its import ends; until then the import refuses the person's rows (`erased`), by a salted digest \
         noted beside the upload, which goes with it",
        "when the import ends",
    ),
    place(
        "spool",
        "what comes in, in a temporary file without a name",
        "the system frees it with the request, or with the process",
        "when the request ends",
    ),
    place(
        "members",
        "the address as spelled and normalised, in the user list and its indexes",
        "the read model empties both when it comes to `UserErased`",
        "five seconds",
    ),
    place(
        "members_search",
        "words of three letters of the address; on a server, an index over the addresses",
        "deleted with FTS5's `secure-delete`; on a server, see dead_rows: an index keeps single words that nobody has any \
         more, and not whose they were",
        "five seconds",
    ),
    place(
        "read_models",
        "`licenses`, `invites`, `audit`, `imports`, `key_joins`, `erasures`: subject ids; `spans`: numbers; `tree`: digests; names are looked up in the directory",
        "nothing to erase",
        "at once",
    ),
    place(
        "checkpoints",
        "signed heads of the history's tree, in `signed_checkpoints` and in a file outside: numbers and digests",
        "nothing to erase",
        "at once",
    ),
    place(
        "replay",
        "the rows of all read models, in a temporary file without a name, while a replay runs; and the answer, if rows differ",
        "the system frees it with the replay, which also keeps older pages in the write-ahead logs until then",
        "when the replay ends",
    ),
    place(
        "accounts",
        "`sessions`, `sign_in_links`, `api_tokens`, `outbox`, `linked_identities`, `domain_proofs`: the address, as spelled and normalised; in the fifth, also which account at a provider is the person's; `attempts`: digests of who tries keys and asks for letters, and of network addresses from which somebody signs in or tries tokens",
        "the rows are deleted; a digest of a network address, which can be found out by trying all of them, goes by itself once it makes no difference, within two hours",
        "at once",
    ),
    place(
        "letters",
        "without a mail server: letters as files, to them, or that they invite somebody, in `PATH-mail` or `SEATBOOK_MAIL_FOLDER`; also those of before a mail server or that folder was named",
        "files that hold the address are deleted, of the node that erases (a command on the command line is a node of its own, \
         which looks into the folder that its own environment names), and all after 30 days; one that can't be read or deleted is \
         told of (`due`, and in the log) and left to whoever owns it; what was sent is with the mail server",
        "at once; in folders of other nodes, 30 days",
    ),
    place(
        "wal",
        "of a file: copies of pages as they were, in `PATH-wal` and `PATH-views-wal`",
        "both are brought into their files and cut off as soon as nobody reads from them any more",
        "one minute",
    ),
    place(
        "dead_rows",
        "on a server: versions of rows that nobody sees any more, samples in the planner's statistics, and write-ahead log",
        "`VACUUM (ANALYZE)` of the tables that the service owns, a minute later; the owner of the others has to do it. The bytes \
         are overwritten as room is used again, and surely by `VACUUM FULL`; the write-ahead log goes after checkpoints, \
         and from archives as long as you keep those",
        "30 days, kept by the operator",
    ),
    place(
        "memory",
        "reports of imports and previews that ended lately",
        "forgotten; those of imports under way are not remembered",
        "at once; when the import ends",
    ),
    place(
        "ledger",
        "the subject id, in a file outside the database",
        "added, and kept: it is what erases again whoever a restored backup brings back",
        "at once",
    ),
    place(
        "service_log",
        "ids, counts and network addresses of who is turned away; no type that holds an e-mail address can be written there",
        "nothing to erase",
        "at once",
    ),
];
