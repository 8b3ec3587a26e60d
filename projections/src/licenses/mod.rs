//! `licenses`: what was bought, who administers it, which keys open it.

mod apply;
mod query;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, SqlError},
};

pub use query::{
    LicenseAdmin, LicenseDetail, LicenseKeyIssued, LicenseSeats, LicenseSummary, LicensesPage, LicensesQuery,
    license,
};

/// The read model.
pub struct Licenses;

impl ReadModel for Licenses {
    fn name(&self) -> &'static str {
        "licenses"
    }

    fn version(&self) -> u32 {
        1
    }

    fn tables(&self) -> &'static [&'static str] {
        &["licenses", "license_admins", "license_domains", "license_keys_issued"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, generation }: Tables) -> Result<(), SqlError> {
        conn.batch(&format!(
            "CREATE TABLE licenses{suffix} (
                id               INTEGER PRIMARY KEY, -- position of LicenseCreated; `license` in the others
                license_id       BLOB    NOT NULL,
                name             TEXT    NOT NULL,
                plan             TEXT    NOT NULL,
                seat_limit       INTEGER NOT NULL,
                ends             TEXT,
                created_at       INTEGER NOT NULL,
                changed_position INTEGER NOT NULL,
                changed_at       INTEGER NOT NULL
            ) STRICT;
            CREATE UNIQUE INDEX licenses_license_{generation} ON licenses{suffix} (license_id);
            CREATE TABLE license_admins{suffix} (
                license    INTEGER NOT NULL,
                subject_id BLOB    NOT NULL,
                granted_at INTEGER NOT NULL,
                PRIMARY KEY (license, subject_id)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE license_domains{suffix} (
                license    INTEGER NOT NULL,
                subject_id BLOB    NOT NULL,
                domain     TEXT    NOT NULL,
                PRIMARY KEY (license, subject_id, domain)
            ) STRICT, WITHOUT ROWID;
            CREATE TABLE license_keys_issued{suffix} (
                license   INTEGER NOT NULL,
                issued    INTEGER NOT NULL, -- position of LicenseKeyIssued
                key_id    BLOB    NOT NULL,
                key_limit INTEGER,
                ends      TEXT,
                revoked   INTEGER NOT NULL,
                issued_at INTEGER NOT NULL,
                PRIMARY KEY (license, issued)
            ) STRICT, WITHOUT ROWID;"
        ))
    }

    fn indexes(&self, Tables { suffix, generation }: Tables) -> Vec<String> {
        let of_admin = "(subject_id, license)";
        vec![format!("CREATE INDEX licenses_admin_{generation} ON license_admins{suffix} {of_admin}")]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news.events)
    }
}
