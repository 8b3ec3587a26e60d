//! Two transactions at once, step by step: the read models skip nothing, and show nothing twice.

use std::time::Duration;

use domain::{Event, LicenseId};
use eventlog::conformance::server::Server;
use projections::{MODELS, audit::AuditQuery, rebuild::Then};
use sqlx::{Connection, Executor, PgConnection};

use crate::house::{House, Place, lines};

/// Renames a license as a program does that knows nothing of us: the log is held until its transaction ends.
async fn renames(conn: &mut PgConnection, license: LicenseId, name: &str) {
    conn.execute("BEGIN").await.expect("a transaction");
    let sql = "INSERT INTO events (aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata)
        SELECT 'license', $1, max(sequence) + 1, 'LicenseRenamed', '1',
            json_build_object('LicenseRenamed', json_build_object('name', $2::text)),
            (json_agg(metadata) -> 0)
        FROM events WHERE aggregate_type = 'license' AND aggregate_id = $1";
    sqlx::query(sql).bind(license.to_string()).bind(name).execute(conn).await.expect("the event");
}

/// Waits until a node waits for the log.
async fn until_somebody_waits(conn: &mut PgConnection) {
    let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                 AND application_name = 'seatbook' AND query LIKE '%log_head%' AND wait_event_type = 'Lock'";
    for _ in 0..3_000 {
        if sqlx::query_scalar::<_, i64>(sql).fetch_one(&mut *conn).await.expect("a number") > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits for the log");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_committed_behind_an_open_transaction_comes_after_it_and_both_come_once() {
    for ends in ["COMMIT", "ROLLBACK"] {
        let url = Server::shared().database().await;
        let mut one = House::at(Place::Url(url.clone())).await;
        one.start().await;
        let (slow, fast) = (one.license("Slow", 10).await.0, one.license("Fast", 10).await.0);
        let mut other = House::at(Place::Url(url.clone())).await;
        other.start().await;
        one.settled().await;
        let before = one.head();
        let (mut conn, mut past) =
            (PgConnection::connect(&url).await.unwrap(), PgConnection::connect(&url).await.unwrap());
        renames(&mut conn, slow, "Renamed").await;
        // It has the next position. Somebody else comes, and is not before it.
        let (report, ()) = tokio::join!(one.add(fast, "a@school.example"), async {
            until_somebody_waits(&mut past).await;
            for model in MODELS {
                assert_eq!(other.state_of(model.name()).0, before, "{}", model.name());
            }
            conn.execute(ends).await.unwrap();
        });
        let renamed = u64::from(ends == "COMMIT");
        assert!(report.position > before + renamed);
        for house in [&one, &other] {
            house.projector().caught_up(report.position).await;
            assert_eq!(lines(&house.everybody(fast).await), ["a@school.example accepted domain_admin"]);
            let query = AuditQuery { license: Some(slow), limit: 100, ..AuditQuery::default() };
            let page = house.read(|conn| query.run(conn)).await;
            let of_slow = page.items.iter().filter(|entry| entry.event_type == "LicenseRenamed").count();
            assert_eq!(of_slow as u64, renamed);
        }
        let log = one.log.read_after(before, 100).await.unwrap().events;
        assert_eq!(matches!(&log[0].event, Event::License(_)), ends == "COMMIT");
        for model in MODELS {
            let compared = other.projector().rebuild(model.name(), Then::Discard).await.unwrap();
            assert!(compared.equal, "{}", model.name());
        }
    }
}
