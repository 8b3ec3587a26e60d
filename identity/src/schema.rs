//! The tables, and how older ones become newer ones.

use sql::{Conn, Dialect, SqlError, Types, values};

/// Whoever holds it makes the tables: "Seatbook" and a number, for no other lock to be the same.
const MAKING: u64 = 0x5365_6174_0000_0004;

/// Each makes the next version out of the one before.
const STEPS: [fn(Types) -> String; 4] = [first, guessing, sign_in_elsewhere, in_which_browser];

const VERSION: usize = STEPS.len();

/// The tables, on a server where somebody else than a node may have made them.
pub const TABLES: [&str; 10] = [
    "accounts_schema",
    "sessions",
    "sign_in_links",
    "api_tokens",
    "outbox",
    "outbox_place",
    "attempts",
    "sign_in_attempts",
    "linked_identities",
    "domain_proofs",
];

fn first(Types { key, number, id, text, end, end_of_keyed, .. }: Types) -> String {
    format!(
        "CREATE TABLE sessions (
            hash       {text} NOT NULL PRIMARY KEY, -- SHA-256 of the secret, in hexadecimal digits
            session_id {id} NOT NULL UNIQUE,
            email      {text} NOT NULL,
            normalised {text} NOT NULL,
            method     {text} NOT NULL,
            created_at {number} NOT NULL,           -- times in microseconds since 1970, UTC
            seen_at    {number} NOT NULL,           -- coarse
            ends_at    {number} NOT NULL
        ){end_of_keyed};
        CREATE INDEX sessions_person ON sessions (normalised);
        CREATE TABLE sign_in_links (
            hash       {text} NOT NULL PRIMARY KEY,
            email      {text} NOT NULL,
            normalised {text} NOT NULL,
            ends_at    {number} NOT NULL
        ){end_of_keyed};
        CREATE INDEX sign_in_links_person ON sign_in_links (normalised);
        CREATE TABLE api_tokens (
            hash       {text} NOT NULL PRIMARY KEY,
            token_id   {id} NOT NULL UNIQUE,
            name       {text} NOT NULL,
            email      {text} NOT NULL,
            normalised {text} NOT NULL,
            scopes     {text} NOT NULL,
            license_id {id},
            created_at {number} NOT NULL,
            ends_at    {number} NOT NULL,
            used_at    {number}                     -- coarse
        ){end_of_keyed};
        CREATE INDEX api_tokens_person ON api_tokens (normalised);
        CREATE TABLE outbox (
            position   {key},                       -- of the event that it tells of
            email      {text} NOT NULL,
            normalised {text} NOT NULL,
            license_id {id} NOT NULL,
            member_id  {id} NOT NULL,
            tries      {number} NOT NULL,
            due_at     {number} NOT NULL
        ){end};
        CREATE INDEX outbox_person ON outbox (normalised);
        CREATE INDEX outbox_due ON outbox (due_at);
        CREATE TABLE outbox_place (
            one      {key} CHECK (one = 1),
            position {number} NOT NULL
        ){end};"
    )
}

/// Who guesses is counted on all nodes together.
fn guessing(Types { number, text, end_of_keyed, .. }: Types) -> String {
    format!(
        "CREATE TABLE attempts (
            who    {text} NOT NULL PRIMARY KEY, -- who tries what: SHA-256, in hexadecimal digits
            due_at {number} NOT NULL            -- when all attempts so far are made up for
        ){end_of_keyed};"
    )
}

/// What somebody shows elsewhere: an account at a provider, a record in DNS.
fn sign_in_elsewhere(Types { number, id, text, end_of_keyed, .. }: Types) -> String {
    format!(
        "CREATE TABLE sign_in_attempts (
            hash     {text} NOT NULL PRIMARY KEY,   -- SHA-256 of what the browser's cookie holds
            provider {text} NOT NULL,
            ends_at  {number} NOT NULL
        ){end_of_keyed};
        CREATE TABLE linked_identities (
            issuer      {text} NOT NULL,
            subject     {text} NOT NULL,
            identity_id {id} NOT NULL UNIQUE,
            email       {text} NOT NULL,
            normalised  {text} NOT NULL,
            linked_at   {number} NOT NULL,
            used_at     {number} NOT NULL,
            PRIMARY KEY (issuer, subject),
            UNIQUE (normalised, issuer)             -- one account at a provider stands for a person
        ){end_of_keyed};
        CREATE TABLE domain_proofs (
            license_id {id} NOT NULL,
            normalised {text} NOT NULL,
            domain     {text} NOT NULL,
            email      {text} NOT NULL,
            value      {text} NOT NULL,             -- what is to stand in DNS, where everybody can read it
            ends_at    {number} NOT NULL,
            PRIMARY KEY (license_id, normalised, domain)
        ){end_of_keyed};
        CREATE INDEX domain_proofs_person ON domain_proofs (normalised);"
    )
}

/// Sessions that are there already, and those of older nodes, have none.
fn in_which_browser(Types { text, .. }: Types) -> String {
    format!("ALTER TABLE sessions ADD COLUMN browser {text}")
}

/// Whether there is nothing to do: who only works with the tables need not be allowed to make any.
pub(crate) fn is_current(conn: &Conn<'_>) -> Result<bool, SqlError> {
    Ok(version(conn)? >= VERSION)
}

/// Makes what is missing, once, whoever else wants to.
pub(crate) fn bring_up_to_date(conn: &Conn<'_>) -> Result<(), SqlError> {
    if matches!(conn.dialect(), Dialect::Postgres { .. }) {
        conn.exists("SELECT 1 FROM (SELECT pg_advisory_xact_lock(?)) AS alone", values![MAKING])?;
    }
    let Types { number, end, .. } = conn.types();
    conn.batch(&format!("CREATE TABLE IF NOT EXISTS accounts_schema (version {number} NOT NULL){end}"))?;
    for step in STEPS.iter().skip(version(conn)?) {
        conn.batch(&step(conn.types()))?;
        conn.run(
            "INSERT INTO accounts_schema SELECT coalesce(max(version), 0) + 1 FROM accounts_schema",
            &[],
        )?;
    }
    Ok(())
}

fn version(conn: &Conn<'_>) -> Result<usize, SqlError> {
    let there = match conn.dialect() {
        Dialect::Sqlite => {
            "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'accounts_schema'"
        }
        Dialect::Postgres { .. } => "SELECT to_regclass('accounts_schema') IS NOT NULL",
    };
    if conn.value(there, &[])? != Some(true) {
        return Ok(0);
    }
    Ok(conn.value("SELECT coalesce(max(version), 0) FROM accounts_schema", &[])?.unwrap_or(0))
}
