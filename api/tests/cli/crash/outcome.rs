//! What an import came to, as far as anybody can see it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};

use super::School;
use crate::support::{Office, Server, told};

/// The same for an import that was disturbed as for one that was not.
#[derive(PartialEq)]
pub struct CameTo {
    /// Phase, rows, and how many had which outcome.
    import: Value,
    seats: Value,
    /// Who is on the list, and with which status.
    people: BTreeMap<String, String>,
    /// The file of refused rows, byte for byte.
    refused: String,
    /// What happened to whom.
    histories: BTreeMap<String, String>,
}

impl CameTo {
    /// Ends the server. Nothing may be left of the upload, and the log must be whole.
    pub fn seen(school: &School, server: Server, at: &str) -> Self {
        let shown = server.way().ask("GET", at, &[], b"").and_then(|answer| answer.json()).unwrap();
        let import = ["phase", "rows", "counts", "mode"].map(|field| shown[field].clone());
        let csv = server.way().ask("GET", &format!("{at}/refused"), &["Accept: text/csv"], b"").unwrap();
        assert_eq!(csv.status, 200, "{}", csv.body);
        let people = listed(&school.office.done(&["users", "list", "School", "--csv"]));
        let seats = school.office.json(&["license", "show", "School"])["seats"].clone();
        school.office.done(&["projections", "verify"]);
        assert_eq!(server.end(), Some(0));
        let (left, histories) = match &school.office.url {
            Some(url) => told(on_the_server(url)),
            None => in_the_file(&school.office),
        };
        assert_eq!(left, 0, "something is left of the upload");
        Self { import: import.as_slice().into(), seats, people, refused: csv.body, histories }
    }

    /// Says where two differ, in fewer words than all that they hold.
    #[track_caller]
    pub fn must_be(&self, expected: &Self, how: &str) {
        assert_eq!((&self.import, &self.seats), (&expected.import, &expected.seats), "{how}");
        same(&self.people, &expected.people, how);
        same(&self.histories, &expected.histories, how);
        for (line, (got, wanted)) in self.refused.lines().zip(expected.refused.lines()).enumerate() {
            assert_eq!(got, wanted, "{how}: line {} of the refused rows", line + 1);
        }
        assert!(self == expected, "{how}: one file of refused rows goes on where the other ends");
    }

    pub fn count(&self, code: &str) -> u64 {
        self.import[2][code].as_u64().unwrap_or(0)
    }

    pub fn refused_lines(&self) -> usize {
        self.refused.lines().count()
    }
}

#[track_caller]
fn same(got: &BTreeMap<String, String>, wanted: &BTreeMap<String, String>, how: &str) {
    for name in got.keys().chain(wanted.keys()) {
        assert_eq!(got.get(name), wanted.get(name), "{how}: {name}");
    }
}

fn listed(csv: &str) -> BTreeMap<String, String> {
    let mut rows = csv::Reader::from_reader(csv.trim_start_matches('\u{FEFF}').as_bytes());
    let headers = rows.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header.eq_ignore_ascii_case(name)).unwrap();
    let (email, status) = (column("email"), column("status"));
    let people = rows.records().map(|row| {
        let row = row.unwrap();
        (row[email].to_owned(), row[status].to_owned())
    });
    people.collect()
}

/// Events, the last position, those of a license, and the last number within it: there is one license.
const NUMBERS: &str =
    "SELECT count(*), max(position), count(license_sequence), max(license_sequence) FROM events";

type Numbers = (i64, i64, i64, i64);

/// How much is left of uploads, and the kinds of everybody's events, in order: past all that we read with.
fn in_the_file(office: &Office) -> (usize, BTreeMap<String, String>) {
    let left = office.path("seatbook.db-uploads").read_dir().unwrap().count();
    let log = Connection::open(office.database()).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    no_number_is_missing(log.query_row(NUMBERS, [], row).unwrap());
    let sql = "SELECT normalised, group_concat(event_type, ' ' ORDER BY sequence)
               FROM events JOIN memberships ON member_id = aggregate_id JOIN directory USING (subject_id)
               GROUP BY normalised";
    let mut statement = log.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    (left, rows.collect::<Result<_, _>>().unwrap())
}

/// The same on a server.
async fn on_the_server(url: &str) -> (usize, BTreeMap<String, String>) {
    let mut log = PgConnection::connect(url).await.unwrap();
    // One that nothing began with stays for some minutes: whoever kept it might be about to begin.
    let left = "SELECT count(*) FROM uploads LEFT JOIN upload_pieces USING (import_id)
                WHERE EXISTS (SELECT FROM events WHERE aggregate_id = import_id::text)
                OR kept_at < now() - interval '15 minutes'";
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut log).await.unwrap();
    no_number_is_missing(sqlx::query_as(NUMBERS).fetch_one(&mut log).await.unwrap());
    let sql = "SELECT normalised, string_agg(event_type, ' ' ORDER BY sequence)
               FROM events JOIN memberships ON member_id::text = aggregate_id JOIN directory USING (subject_id)
               GROUP BY normalised";
    let rows: Vec<(String, String)> = sqlx::query_as(sql).fetch_all(&mut log).await.unwrap();
    (usize::try_from(left).unwrap(), rows.into_iter().collect())
}

fn no_number_is_missing((events, last, of_license, last_of_license): Numbers) {
    assert_eq!((events, of_license), (last, last_of_license), "the log has a gap");
}
