//! A database that can't be opened: what, where, and what to do, and never the password.

use std::net::TcpListener;

use eventlog::{
    LogError, Postgres,
    conformance::server::{OWNER, Server},
};

use crate::room::Room;

async fn refused(url: &str) -> (String, String, &'static str) {
    match Postgres::connect(url).await {
        Err(error @ LogError::Unopened { .. }) => {
            let said = error.to_string();
            let LogError::Unopened { path, what, hint } = error else { unreachable!() };
            assert!(!said.contains("s3cret") && !hint.contains("s3cret"), "{said}");
            (path.display().to_string(), what, hint)
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("opened {url}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_can_not_hold_every_name_is_not_made_use_of() {
    let room = Room::new().await;
    let latin = format!("latin_{}", uuid::Uuid::now_v7().simple());
    let make =
        format!("CREATE DATABASE {latin} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
    sqlx::query(&make).execute(&mut room.past().await).await.unwrap();
    let (_, what, hint) = refused(&Server::shared().url(&latin)).await;
    assert!(
        what.starts_with("its encoding is not UTF8") && hint.contains("--encoding UTF8"),
        "{what} {hint}"
    );
}

/// What a server or a role is set to for others' short questions ends none of ours.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_that_a_database_is_set_to_do_not_count_for_a_node() {
    let room = Room::new().await;
    let name = room.url.rsplit('/').next().and_then(|name| name.split('?').next()).unwrap();
    for limit in ["statement_timeout", "lock_timeout", "idle_session_timeout"] {
        let set = format!("ALTER DATABASE {name} SET {limit} = '50ms'");
        sqlx::query(&set).execute(&mut room.past().await).await.unwrap();
    }
    let node = room.node().await;
    sqlx::query("SELECT pg_sleep(0.2)").execute(node.pool()).await.expect("it takes its time");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_names_a_wrong_database_is_told_what_to_do() {
    let room = Room::new().await;
    let right = &room.url;
    let at = right.split('@').nth(1).unwrap();
    let host = at.split('/').next().unwrap();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let cases = [
        (format!("postgres://{OWNER}:s3cret@{at}"), "the password was refused"),
        (format!("postgres://nobody:s3cret@{at}"), "the password was refused"),
        (Server::shared().url("no_such_database"), "there is no such database"),
        (format!("postgres://{OWNER}:s3cret@{nobody}/seats"), "no server listens there"),
        (format!("postgres://{OWNER}:s3cret@{host}:no/seats"), "this is no URL"),
    ];
    for (url, expected) in cases {
        let (path, what, hint) = refused(&url).await;
        assert!(what.starts_with(expected), "{what}");
        assert!(path.starts_with("postgres://") && hint.ends_with('.'), "{path} {hint}");
    }
}
