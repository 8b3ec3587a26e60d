//! What several nodes share: uploads in the database, and claims on imports.
#![cfg(unix)]

use std::{io::Read, sync::Arc, time::Duration};

use commands::{
    Executor,
    jobs::{
        Jobs,
        claims::{Claims, PostgresClaims},
    },
    uploads::{Incoming, Kind, Note, PostgresUploads, Uploads},
};
use domain::ImportId;
use eventlog::{LogError, Postgres, conformance::server::Server};
use sha2::{Digest, Sha256};
use sqlx::{Connection, PgConnection, PgPool};
use uuid::Uuid;

/// Two nodes' ways to one database.
async fn nodes() -> [Postgres; 2] {
    let url = Server::shared().database().await;
    let one = Postgres::connect(&url).await.expect("a node");
    [one, Postgres::connect(&url).await.expect("another one")]
}

fn import() -> ImportId {
    ImportId(Uuid::now_v7())
}

async fn taken_in(uploads: &PostgresUploads, bytes: &[u8]) -> Incoming {
    let mut incoming = Incoming::begin(uploads, Kind::Csv, Some("class.csv".to_owned())).await.expect("room");
    for piece in bytes.chunks(100_000) {
        incoming.write(piece).await.expect("written");
    }
    incoming
}

/// Keeps an upload as a job does, which is not begun with.
async fn kept(uploads: &PostgresUploads, import: ImportId, bytes: &[u8]) {
    let mut upload = uploads.begin().await.expect("room");
    upload.write(bytes).await.expect("written");
    upload.keep(import, &note(bytes)).await.expect("kept");
}

fn note(bytes: &[u8]) -> Note {
    let sha256 = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let bytes = u64::try_from(bytes.len()).expect("few");
    Note { kind: Kind::Csv, sha256, bytes, name: None, charset: None, erased: Vec::new() }
}

async fn pieces(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM upload_pieces").fetch_one(pool).await.expect("a number")
}

#[tokio::test]
async fn what_one_node_kept_another_one_reads_until_it_is_forgotten() {
    let [one, other] = nodes().await;
    // Both make the tables.
    let (here, there) =
        tokio::join!(PostgresUploads::open(one.clone()), PostgresUploads::open(other.clone()));
    let (here, there) = (here.expect("uploads"), there.expect("uploads"));
    let bytes: Vec<u8> = (0..3_500_000_u32).map(|n| n.to_le_bytes()[usize::from(n % 3 == 0)]).collect();
    let (long, empty) = (import(), import());
    kept(&here, long, &bytes).await;
    kept(&here, empty, b"").await;
    assert_eq!(pieces(one.pool()).await, 4);
    let mut read = Vec::new();
    there.open(long).await.expect("a source").read_to_end(&mut read).expect("bytes");
    assert!(read == bytes, "it is not what was kept");
    assert_eq!(there.note(long).await.expect("a note").map(|note| note.bytes), Some(3_500_000));
    let mut source = there.open(empty).await.expect("a source");
    assert_eq!(source.read(&mut [0; 8]).expect("its end"), 0);
    for import in [long, empty, long] {
        there.forget(import).await.expect("forgotten");
    }
    assert_eq!((pieces(one.pool()).await, here.kept().await.expect("a list").len()), (0, 0));
    assert!(here.note(long).await.expect("an answer").is_none());
    let gone = here.open(long).await.err().map(|error| error.kind());
    assert_eq!(gone, Some(std::io::ErrorKind::NotFound));
}

#[tokio::test]
async fn what_is_not_kept_leaves_nothing() {
    let [one, _] = nodes().await;
    let uploads = PostgresUploads::open(one.clone()).await.expect("uploads");
    drop(taken_in(&uploads, b"Email\nada@school.example\n").await);
    assert_eq!((pieces(one.pool()).await, uploads.kept().await.expect("a list").len()), (0, 0));
}

#[tokio::test]
async fn an_import_is_worked_on_by_one_node_until_that_lets_it_go() {
    let [one, other] = nodes().await;
    let (here, there) = (PostgresClaims::among(one.clone()), PostgresClaims::among(other.clone()));
    let (ours, theirs) = (import(), import());
    let claim = here.claim(ours).await.expect("an answer").expect("it is free");
    assert!(there.claim(ours).await.expect("an answer").is_none());
    assert!(
        here.claim(ours).await.expect("an answer").is_none(),
        "another job of this node is another one, too"
    );
    assert!(there.claim(theirs).await.expect("an answer").is_some(), "another import is free");
    drop(claim);
    let mut waited = 0;
    while there.claim(ours).await.expect("an answer").is_none() {
        waited += 1;
        assert!(waited < 500, "it is never free");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn who_claims_waits_until_the_server_has_a_connection_left() {
    let server = Server::start(&["max_connections = 20"]);
    let url = server.database().await;
    let one = Postgres::connect(&url).await.expect("a node");
    let claims = PostgresClaims::among(one.clone());
    drop(claims.claim(import()).await.expect("an answer"));
    let mut all = Vec::new();
    while let Ok(conn) = PgConnection::connect(&url).await {
        all.push(conn);
    }
    // It has a way to look, and none to claim: whoever had the first claim took that along.
    let claim = claims.claim(import());
    tokio::pin!(claim);
    let moment = Duration::from_millis(500);
    assert!(tokio::time::timeout(moment, &mut claim).await.is_err(), "there is no connection left");
    drop(all);
    assert!(claim.await.expect("an answer").is_some());
}

#[tokio::test]
async fn what_a_node_is_about_to_begin_with_is_not_thrown_out_by_another_one() {
    let [one, other] = nodes().await;
    let uploads = || PostgresUploads::open(other.clone());
    let (claimed, unclaimed) = (import(), import());
    for import in [claimed, unclaimed] {
        kept(&uploads().await.expect("uploads"), import, b"Email\nada@school.example\n").await;
    }
    let _claim = PostgresClaims::among(one.clone()).claim(claimed).await.expect("an answer").expect("free");
    let claims = PostgresClaims::among(other.clone());
    let commands = Executor::new(Arc::new(other.clone()));
    let jobs = Jobs::among(commands, Arc::new(uploads().await.expect("uploads")), Arc::new(claims));
    jobs.resume(&[]).await.expect("looked at");
    // Its claim may have gone with the server, while its node is about to begin on the next one.
    assert_eq!(jobs.uploads().kept().await.expect("a list"), [claimed, unclaimed]);
    let later = "UPDATE uploads SET kept_at = kept_at - interval '11 minutes'";
    sqlx::query(later).execute(one.pool()).await.expect("it is later");
    jobs.resume(&[]).await.expect("looked at");
    assert_eq!(jobs.uploads().kept().await.expect("a list"), [claimed]);
}

#[tokio::test]
async fn a_server_that_has_been_away_for_long_keeps_no_upload_waiting() {
    let server = Server::start(&[]);
    let node = Postgres::connect(&server.database().await).await.expect("a node");
    let uploads = PostgresUploads::open(node.clone()).await.expect("uploads");
    let claims = PostgresClaims::among(node.clone());
    server.kill();
    let known = async {
        while node.answers().is_ok() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(2), known).await.expect("it is noticed");
    // Whoever asked the server would be told otherwise, and later: that nobody had a connection to spare.
    let away = |error: std::io::Error| {
        assert!(error.to_string().contains("no server listens there"), "{error}");
        let of_log = error.get_ref().and_then(|error| error.downcast_ref());
        assert!(matches!(of_log, Some(LogError::Away(_))), "{error:?}");
    };
    away(claims.claim(import()).await.map(drop).expect_err("nobody tells"));
    away(uploads.forget(import()).await.expect_err("nobody does"));
    away(uploads.kept().await.expect_err("nobody tells"));
    let mut upload = uploads.begin().await.expect("room on this machine");
    upload.write(b"Email\nada@school.example\n").await.expect("written");
    away(upload.keep(import(), &note(b"")).await.expect_err("nobody keeps it"));
}
