//! What a commit waits for, where it waits long: nobody could tell otherwise, since the server says nothing until it is over.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sqlx::{PgPool, Row, postgres::PgRow};

/// A commit that takes longer waits for something.
const USUAL: Duration = Duration::from_secs(2);

/// So often it is looked whether one does.
const NOW_AND_THEN: Duration = Duration::from_secs(1);

/// The server says within this time what it waits for, if it is there.
const SOON: Duration = Duration::from_secs(1);

/// What is known of the writer.
#[derive(Debug, Clone, Copy, Default)]
struct Writing {
    /// The server's process for its connection.
    process: i32,
    /// Since when a transaction has been under way, if one is.
    since: Option<Instant>,
}

/// Looks after the transaction under way, over another connection.
pub(super) struct Waits {
    pool: PgPool,
    writing: Mutex<Writing>,
}

impl Waits {
    pub(super) fn over(pool: PgPool) -> Self {
        Self { pool, writing: Mutex::default() }
    }

    /// The writer is connected to this process of the server now.
    pub(super) fn are_of(&self, process: i32) {
        self.writing.lock().process = process;
    }

    /// A transaction begins.
    pub(super) fn begins(&self) {
        self.writing.lock().since = Some(Instant::now());
    }

    pub(super) fn ends(&self) {
        self.writing.lock().since = None;
    }

    /// Since when a transaction has been under way for longer than usual, if one has, and in which process.
    fn long(&self) -> Option<(Instant, i32)> {
        let Writing { process, since } = *self.writing.lock();
        since.filter(|since| since.elapsed() > USUAL).map(|since| (since, process))
    }

    /// For how long the transaction under way has been waiting for what, if that is longer than usual.
    pub(super) async fn told(&self) -> Option<String> {
        let (since, process) = self.long()?;
        let what =
            self.what(process).await.unwrap_or_else(|| "(for what can't be asked just now)".to_owned());
        Some(format!("a commit has been waiting for {} s {what}", since.elapsed().as_secs()))
    }

    /// Says so once of each that does, for as long as it is asked.
    pub(super) async fn watch(&self) {
        let mut told = None;
        loop {
            tokio::time::sleep(NOW_AND_THEN).await;
            let long = self.long().map(|(since, _)| since);
            if let Some(what) = if long > told { self.told().await } else { None } {
                tracing::warn!("{what}");
                told = long;
            }
        }
    }

    /// For what it waits, as the server says; `None` where it can't be asked.
    async fn what(&self, process: i32) -> Option<String> {
        let asked = sqlx::query(WHAT).bind(process).fetch_optional(&self.pool);
        let row = tokio::time::timeout(SOON, asked).await.ok()?.ok()?;
        row.map_or_else(|| Some("and its connection is gone".to_owned()), |row| in_words(&row).ok())
    }
}

/// What a process waits for, and who is in its way. Whoever is may wait for somebody else: who waits for nobody is asked for. Of
/// what other roles do, the server may tell us no more than who they are.
const WHAT: &str = "
    SELECT a.wait_event, r.pid, r.who, r.by, r.seconds, r.is_ours
    FROM pg_stat_activity a LEFT JOIN LATERAL (
        WITH RECURSIVE way (pid, steps) AS (
            SELECT a.pid, 0
            UNION
            SELECT next.pid, steps + 1 FROM way, unnest(pg_blocking_pids(way.pid)) AS next (pid) WHERE steps < 20)
        SELECT b.pid, b.usename::text AS who, nullif(b.application_name, '') AS by,
               extract(epoch FROM clock_timestamp() - b.xact_start)::bigint AS seconds,
               b.application_name = current_setting('application_name') AS is_ours
        FROM way JOIN pg_stat_activity b USING (pid)
        WHERE steps > 0 AND cardinality(pg_blocking_pids(b.pid)) = 0
        ORDER BY steps LIMIT 1) r ON true
    WHERE a.pid = $1";

fn in_words(row: &PgRow) -> sqlx::Result<String> {
    if let Some(process) = row.try_get::<Option<i32>, _>(1)? {
        let who = row.try_get::<Option<String>, _>(2)?.unwrap_or_else(|| "somebody".to_owned());
        let by = row.try_get::<Option<String>, _>(3)?.map(|name| format!(", {name}")).unwrap_or_default();
        let since = row.try_get::<Option<i64>, _>(4)?;
        let since = since.map(|seconds| format!(" for {seconds} s")).unwrap_or_default();
        let holder = format!(
            "for process {process} of the server ({who}{by}), whose transaction has been open{since}"
        );
        // One of ours has work to do, and ends by itself.
        return Ok(match row.try_get::<Option<bool>, _>(5)? {
            Some(true) => holder,
            _ => format!("{holder}; SELECT pg_terminate_backend({process}) would end it"),
        });
    }
    let event: Option<String> = row.try_get(0)?;
    Ok(match event.as_deref() {
        Some("SyncRep") => {
            "for a standby that synchronous_standby_names names (pg_stat_replication shows who is there)"
                .to_owned()
        }
        Some("ClientRead") => "for this node itself".to_owned(),
        Some(event) => format!("for the server ({event})"),
        None => "for the server".to_owned(),
    })
}
