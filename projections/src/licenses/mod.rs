//! `licenses`: what was bought, who administers and who may read it, which keys open it.

mod apply;
mod query;

use crate::{
    ApplyError, News,
    model::{ReadModel, Tables},
    sql::{Conn, Dialect, SqlError, Types},
};

pub use query::{
    LicenseAdmin, LicenseDetail, LicenseKeyIssued, LicenseSeats, LicenseStaff, LicenseSummary, LicensesPage,
    LicensesQuery, administered_by, license, license_names,
};

/// The read model.
pub struct Licenses;

impl ReadModel for Licenses {
    fn name(&self) -> &'static str {
        "licenses"
    }

    fn version(&self) -> u32 {
        3
    }

    fn tables(&self) -> &'static [&'static str] {
        &["licenses", "license_admins", "license_domains", "license_staff", "license_keys_issued"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, generation }: Tables) -> Result<(), SqlError> {
        let Types { key, number, id, text, end, end_of_keyed, .. } = conn.types();
        conn.batch(&format!(
            "CREATE TABLE licenses{suffix} (
                id               {key}, -- position of LicenseCreated; `license` in the others
                license_id       {id}    NOT NULL,
                name             {text}    NOT NULL,
                sought           {text}    NOT NULL, -- the name as it is searched
                plan             {text}    NOT NULL,
                seat_limit       {number} NOT NULL,
                ends             {text},
                created_at       {number} NOT NULL,
                changed_position {number} NOT NULL,
                changed_at       {number} NOT NULL
            ){end};
            CREATE UNIQUE INDEX licenses_license_{generation} ON licenses{suffix} (license_id);
            CREATE TABLE license_admins{suffix} (
                license    {number} NOT NULL,
                subject_id {id}    NOT NULL,
                granted_at {number} NOT NULL,
                PRIMARY KEY (license, subject_id)
            ){end_of_keyed};
            CREATE TABLE license_domains{suffix} (
                license    {number} NOT NULL,
                subject_id {id}    NOT NULL,
                domain     {text}    NOT NULL,
                PRIMARY KEY (license, subject_id, domain)
            ){end_of_keyed};
            CREATE TABLE license_staff{suffix} (
                license    {number} NOT NULL,
                subject_id {id}    NOT NULL,
                role       {text}    NOT NULL,
                granted_at {number} NOT NULL,
                PRIMARY KEY (license, subject_id, role)
            ){end_of_keyed};
            CREATE TABLE license_keys_issued{suffix} (
                license   {number} NOT NULL,
                issued    {number} NOT NULL, -- position of LicenseKeyIssued
                key_id    {id}    NOT NULL,
                key_limit {number},
                ends      {text},
                revoked   {number} NOT NULL,
                issued_at {number} NOT NULL,
                PRIMARY KEY (license, issued)
            ){end_of_keyed};"
        ))
    }

    fn indexes(&self, _: Dialect, Tables { suffix, generation }: Tables) -> Vec<String> {
        let of = |whom: &str, table: &str| {
            format!("CREATE INDEX licenses_{whom}_{generation} ON {table}{suffix} (subject_id, license)")
        };
        vec![of("admin", "license_admins"), of("staff", "license_staff")]
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        apply::apply(conn, tables.suffix, news.events)
    }
}
