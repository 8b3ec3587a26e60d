//! Programs with read models of two versions, on one database.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use domain::{Event, MembershipEvent};
use eventlog::{
    EventLog, Postgres, Recorded,
    conformance::{
        build::{Having, member, writes},
        server::Server,
        told::Told,
    },
};
use projections::{
    ApplyError, News, Projector, QueryError, ReadModel, ReadStore,
    model::Tables,
    rebuild::Then,
    sql::{Conn, Dialect, SqlError},
    store::{Models, schema_of},
    values,
};
use sqlx::{Connection, PgConnection};

/// How often notifications were closed: of version 1 a row for each time, of version 2 one row with a number.
struct Closings {
    version: u32,
}

static OLD: [&dyn ReadModel; 1] = [&Closings { version: 1 }];
static NEW: [&dyn ReadModel; 1] = [&Closings { version: 2 }];
/// Takes its time: until somebody says go.
static SLOW: [&dyn ReadModel; 1] = [&Closings { version: 3 }];
static GO: AtomicBool = AtomicBool::new(false);
/// The first one to apply a page freezes in the middle of it, as a machine does that is paused, until somebody thaws it.
static FREEZING: [&dyn ReadModel; 1] = [&Closings { version: 4 }];
static SHARED: [&dyn ReadModel; 1] = [&Closings { version: 5 }];
static FREEZES: AtomicBool = AtomicBool::new(true);
static THAWED: AtomicBool = AtomicBool::new(false);

impl ReadModel for Closings {
    fn name(&self) -> &'static str {
        "closings"
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn tables(&self) -> &'static [&'static str] {
        &["closings"]
    }

    fn create(&self, conn: &Conn<'_>, Tables { suffix, .. }: Tables) -> Result<(), SqlError> {
        conn.batch(&match self.version {
            1 => format!("CREATE TABLE closings{suffix} (id bigint PRIMARY KEY)"),
            _ => format!(
                "CREATE TABLE closings{suffix} (one bigint PRIMARY KEY, n bigint);
                 INSERT INTO closings{suffix} VALUES (1, 0)"
            ),
        })
    }

    fn indexes(&self, _: Dialect, _: Tables) -> Vec<String> {
        Vec::new()
    }

    fn apply(&self, conn: &Conn<'_>, tables: Tables, news: News<'_>) -> Result<(), ApplyError> {
        let suffix = tables.suffix;
        while self.version == 3 && !GO.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(10));
        }
        if self.version == 4 && !news.events.is_empty() && FREEZES.swap(false, Ordering::Relaxed) {
            while !THAWED.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        let closed = |event: &&Recorded| {
            matches!(event.event, Event::Membership(MembershipEvent::InviteNotificationClosed {}))
        };
        let closed: Vec<&Recorded> = news.events.iter().filter(closed).collect();
        if self.version > 1 {
            conn.run(&format!("UPDATE closings{suffix} SET n = n + ?"), values![closed.len()])?;
            return Ok(());
        }
        for recorded in closed {
            conn.run(&format!("INSERT INTO closings{suffix} VALUES (?)"), values![recorded.position])?;
        }
        Ok(())
    }
}

/// A node of one of the versions.
struct Node {
    log: Postgres,
    projector: Projector,
    count: &'static str,
}

impl Node {
    async fn start(url: &str, models: Models) -> Self {
        let log = Postgres::connect(url).await.expect("a log");
        let store = ReadStore::beside_with(log.clone(), models).await.expect("tables");
        let projector = Projector::start(store).await.expect("a projector");
        let of_old = models[0].version() == 1;
        let count = if of_old { "SELECT count(*) FROM closings" } else { "SELECT n FROM closings" };
        Self { log, projector, count }
    }

    /// What it says once it has followed the log to its end.
    async fn says(&self) -> u64 {
        let head = sqlx::query_scalar::<_, i64>("SELECT position FROM log_head").fetch_one(self.log.pool());
        let head = u64::try_from(head.await.expect("the head")).expect("a position");
        self.projector.reached("closings", head).await.expect("it is there");
        let count = self.count;
        let read = self.projector.store().read(move |conn| Ok(conn.value::<u64>(count, &[])?));
        read.await.expect("an answer").expect("a number")
    }

    async fn close_some(&self, n: usize) {
        self.log.commit(writes(member(), 0, n).in_bulk()).await.committed();
    }

    async fn end(self) {
        self.projector.stop().await;
        self.log.close().await;
    }
}

async fn ask<T>(url: &str, sql: &str) -> T
where
    T: Send + Unpin + sqlx::Type<sqlx::Postgres> + for<'r> sqlx::Decode<'r, sqlx::Postgres>,
{
    let mut conn = PgConnection::connect(url).await.expect("a connection");
    sqlx::query_scalar(sql).fetch_one(&mut conn).await.expect("an answer")
}

async fn has_schema(url: &str, models: Models) -> bool {
    let name = schema_of(models);
    ask(url, &format!("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = '{name}')")).await
}

async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is_so().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_of_two_versions_work_side_by_side_until_the_last_of_the_old_one_has_gone() {
    let url = Server::shared().database().await;
    let old = Node::start(&url, &OLD).await;
    old.close_some(5).await;
    assert_eq!(old.says().await, 5);
    let new = Node::start(&url, &NEW).await;
    assert_eq!(new.says().await, 5, "built from the first event on");
    for (node, other) in [(&old, &new), (&new, &old)] {
        node.close_some(3).await;
        assert_eq!(node.says().await, other.says().await);
    }
    assert_eq!(old.says().await, 11);
    // A second one of the old version, which begins when the new one is there already.
    let another = Node::start(&url, &OLD).await;
    assert_eq!(
        (another.says().await, new.projector.store().remove_left_behind().await.expect("a look")),
        (11, 0)
    );
    old.end().await;
    new.projector.store().remove_left_behind().await.expect("a look");
    assert!(has_schema(&url, &OLD).await, "one of its nodes is left");
    another.close_some(1).await;
    assert_eq!((another.says().await, new.says().await), (12, 12));
    another.end().await;
    until("it removes what nobody uses", async || !has_schema(&url, &OLD).await).await;
    assert_eq!(new.says().await, 12);
    // Back to the old program: it builds its read models again.
    let old = Node::start(&url, &OLD).await;
    assert_eq!((old.says().await, new.says().await), (12, 12));
    old.end().await;
    new.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_built_yet_is_not_shown() {
    let url = Server::shared().database().await;
    let old = Node::start(&url, &OLD).await;
    old.close_some(12_001).await;
    let slow = Node::start(&url, &SLOW).await;
    let told = slow.projector.reached("closings", 0).await;
    let Err(QueryError::Behind { why: Some(why), .. }) = told else { panic!("{told:?}") };
    assert!(why.contains("built anew"), "{why}");
    assert_eq!(old.says().await, 12_001, "the old node answers meanwhile");
    GO.store(true, Ordering::Relaxed);
    assert_eq!(slow.says().await, 12_001);
    slow.end().await;
    old.end().await;
}

/// It holds up all nodes, and is let go of: the others go on within seconds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_freezes_in_the_middle_of_a_page_does_not_hold_the_others_up() {
    let url = Server::shared().database().await;
    let frozen = Node::start(&url, &FREEZING).await;
    frozen.close_some(3).await;
    until("it is frozen", async || !FREEZES.load(Ordering::Relaxed)).await;
    let other = Node::start(&url, &FREEZING).await;
    until("the other one goes on", async || other.projector.reached("closings", 3).await.is_ok()).await;
    assert_eq!(other.says().await, 3);
    THAWED.store(true, Ordering::Relaxed);
    frozen.close_some(1).await;
    until("it follows again", async || frozen.projector.reached("closings", 4).await.is_ok()).await;
    assert_eq!((frozen.says().await, other.says().await), (4, 4));
    frozen.end().await;
    other.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_whose_connection_was_lost_makes_its_read_models_again_if_they_are_gone() {
    let url = Server::shared().database().await;
    let old = Node::start(&url, &OLD).await;
    old.close_some(4).await;
    assert_eq!(old.says().await, 4);
    let new = Node::start(&url, &NEW).await;
    let of_old = format!(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_locks
         WHERE locktype = 'advisory' AND mode = 'ShareLock'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('{}', 3)",
        schema_of(&OLD)
    );
    assert_eq!(ask::<i64>(&url, &of_old).await, 1);
    until("it is gone", async || {
        new.projector.store().remove_left_behind().await.expect("a look");
        !has_schema(&url, &OLD).await
    })
    .await;
    until("it is made again", async || has_schema(&url, &OLD).await).await;
    old.close_some(1).await;
    until("it follows again", async || old.projector.reached("closings", 5).await.is_ok()).await;
    assert_eq!((old.says().await, new.says().await), (5, 5));
    old.end().await;
    new.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_compared_with_what_it_should_be_while_other_nodes_apply_pages() {
    let url = Server::shared().database().await;
    let node = Node::start(&url, &SHARED).await;
    let others = [Node::start(&url, &SHARED).await, Node::start(&url, &SHARED).await];
    let done = AtomicBool::new(false);
    let writes = async {
        let mut n = 0;
        while !done.load(Ordering::Relaxed) {
            others[n % 2].close_some(1).await;
            n += 1;
        }
    };
    let compares = async {
        for n in 0..40 {
            let compared = node.projector.rebuild("closings", Then::Discard).await.expect("a comparison");
            assert!(compared.equal, "{n}: {compared:?}");
            node.projector.tidied().await;
        }
        done.store(true, Ordering::Relaxed);
    };
    tokio::time::timeout(Duration::from_mins(3), async { tokio::join!(writes, compares) })
        .await
        .expect("an end");
}
