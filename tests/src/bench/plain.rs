//! `cqrs-es` with `postgres-es` as their documentation shows them: the framework, a transaction for each command, and a
//! view for each stream in their view repository. The aggregate is ours; it is given what it decides from.

use std::{sync::Arc, time::Instant};

use cqrs_es::{
    EventEnvelope, View,
    persist::{GenericQuery, QueryReplay},
};
use domain::{
    Commitment, LicenseId, Membership, MembershipCommand, Salt, SubjectId,
    membership::{AddedBy, Gate, Person, Standing},
};
use eventlog::conformance::server::Server;
use postgres_es::{PostgresCqrs, PostgresEventRepository, PostgresViewRepository, postgres_cqrs};
use serde::{Deserialize, Serialize};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::{
    Arguments,
    fixture::{Failed, SETTINGS, person},
    median, on_server, raw,
};

/// Commands in a round.
const COMMANDS: usize = 10_000;

/// As `postgres-es` describes them.
const TABLES: &str = "
CREATE TABLE events (
    aggregate_type text NOT NULL, aggregate_id text NOT NULL, sequence bigint CHECK (sequence >= 0) NOT NULL,
    event_type text NOT NULL, event_version text NOT NULL, payload json NOT NULL, metadata json NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence));
CREATE TABLE listed (
    view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, payload json NOT NULL, PRIMARY KEY (view_id))";

/// What a list shows of somebody.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Listed {
    standing: Standing,
}

impl View<Membership> for Listed {
    fn update(&mut self, event: &EventEnvelope<Membership>) {
        if let Some(standing) = self.standing.after(&event.payload) {
            self.standing = standing;
        }
    }
}

type Views = PostgresViewRepository<Listed, Membership>;
type Query = GenericQuery<Views, Listed, Membership>;

fn views(pool: &PgPool) -> Query {
    let mut query = Query::new(Arc::new(Views::new("listed", pool.clone())));
    query.use_error_handler(Box::new(|error| panic!("the view could not be kept: {error}")));
    query
}

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let server = Server::start(&SETTINGS);
    let folder = tempfile::tempdir_in(&arguments.folder)?;
    println!(
        "plain: cqrs-es and postgres-es; commands a second, each with its view, against one commit for each"
    );
    println!("{:>8} {:>12} {:>12} {:>12} {:>7}", "callers", "inviting/s", "accepting/s", "raw/s", "ratio");
    for &callers in &arguments.callers {
        let (mut invited, mut accepted, mut limit) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..arguments.rounds {
            limit.push(on_server::plain_transactions(&server, folder.path(), callers).await?);
            let url = server.database().await;
            let pool = PgPoolOptions::new().max_connections(u32::try_from(callers)?).connect(&url).await?;
            sqlx::raw_sql(TABLES).execute(&pool).await?;
            let everybody: Arc<Vec<Uuid>> = Arc::new((0..COMMANDS).map(|_| Uuid::now_v7()).collect());
            invited.push(each(&pool, callers, &everybody, invite).await?);
            accepted.push(each(&pool, callers, &everybody, accept).await?);
            if arguments.callers.last() == Some(&callers) && limit.len() == arguments.rounds {
                replay(&pool).await?;
            }
            pool.close().await;
        }
        let (invited, accepted, limit) = (median(invited), median(accepted), median(limit));
        println!("{callers:>8} {invited:>12.0} {accepted:>12.0} {limit:>12.0} {:>7.2}", accepted / limit);
    }
    Ok(())
}

/// Has each person's command run by so many callers at once; commands a second.
async fn each(
    pool: &PgPool,
    callers: usize,
    people: &Arc<Vec<Uuid>>,
    command: fn(usize) -> MembershipCommand,
) -> Result<f64, Failed> {
    let framework: Arc<PostgresCqrs<Membership>> =
        Arc::new(postgres_cqrs(pool.clone(), vec![Box::new(views(pool))], ()));
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for caller in 0..callers {
        let (framework, people) = (Arc::clone(&framework), Arc::clone(people));
        tasks.spawn(async move {
            for (n, id) in people.iter().enumerate().skip(caller).step_by(callers) {
                framework.execute(&id.to_string(), command(n)).await.map_err(|e| e.to_string())?;
            }
            Ok::<_, String>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(raw::rate(people.len(), started))
}

fn invite(n: usize) -> MembershipCommand {
    let commitment = Commitment::new(&Salt([7; 32]), &person(n));
    let person =
        Person { license_id: LicenseId(Uuid::nil()), subject_id: SubjectId(Uuid::now_v7()), commitment };
    MembershipCommand::Add { person, by: AddedBy::AdminAskingConsent, gate: gate() }
}

fn accept(_: usize) -> MembershipCommand {
    MembershipCommand::AcceptInvite { gate: gate() }
}

fn gate() -> Gate {
    Gate { open: Ok(()), seat_free: true, seat_limit: 100_000_000 }
}

/// Replays all events into an empty view.
async fn replay(pool: &PgPool) -> Result<(), Failed> {
    sqlx::raw_sql("TRUNCATE listed").execute(pool).await?;
    let started = Instant::now();
    let replay: QueryReplay<_, _, Membership> =
        QueryReplay::new(PostgresEventRepository::new(pool.clone()), views(pool));
    replay.replay_all().await.map_err(|e| e.to_string())?;
    println!("replay into the view: {:.0} events a second", raw::rate(2 * COMMANDS, started));
    Ok(())
}
