//! What an import came to, as far as anybody can see it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde_json::Value;

use super::School;
use crate::support::Server;

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
        let spool = school.office.path("seatbook.db-uploads");
        assert_eq!(spool.read_dir().unwrap().count(), 0, "something is left of the upload");
        let histories = histories(&Connection::open(school.office.database()).unwrap());
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

/// The kinds of everybody's events, in order, past all that we read with; and that no number is missing.
fn histories(log: &Connection) -> BTreeMap<String, String> {
    let (events, last, of_license, last_of_license): (u64, u64, u64, u64) = log
        .query_row(
            "SELECT count(*), max(position), count(license_sequence), max(license_sequence) FROM events",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    assert_eq!((events, of_license), (last, last_of_license), "the log has a gap");
    let sql = "SELECT normalised, group_concat(event_type, ' ' ORDER BY sequence)
               FROM events JOIN memberships ON member_id = aggregate_id JOIN directory USING (subject_id)
               GROUP BY normalised";
    let mut statement = log.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}
