//! Pages of the list as of moments of a year, against the list of now; and the difference between two moments.
//!
//! The people are added evenly over a year: 30 % decline, and half of those are added again; 10 % are removed; half of the
//! others accept, months later. Pages begin anywhere in the order of being added. In process where the database is a file;
//! where it is on a server, over HTTP, from a service that is a process of its own.

use std::{
    fmt::Write as _,
    time::{Duration, Instant},
};

use domain::{DeclineReason, ImportMode, LicenseId, Status};
use eventlog::LogError;
use projections::{
    Cursor, Projector, QueryError,
    members::{MembersQuery, Sort},
    spans::{AsOf, ChangesQuery, MembersThenQuery, seats_at},
};
use tokio::task::JoinSet;

use crate::{
    Arguments,
    fixture::{ADMIN, Failed, Fixture, Kept, context, person},
    http::{Client, Service},
    percentiles,
};

const WEEKS: usize = 52;
/// Moments that are asked for.
const MOMENTS: u64 = 20;
/// Pages of each moment and status.
const PAGES: usize = 60;
const STATUSES: [Option<Status>; 4] =
    [None, Some(Status::Accepted), Some(Status::Invited), Some(Status::Rejected)];

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let mut year = Year::of(arguments).await?;
    println!("pages of 50 from anywhere, in µs; the list of now in the order of being added");
    let mut now = Vec::new();
    for status in STATUSES {
        let mut times = Vec::new();
        for _ in 0..PAGES * 5 {
            times.push(year.page_of_now(status).await?);
        }
        let (p50, p99) = percentiles(&mut times);
        println!("{:>12} {:>10} p50 {p50:>7} p99 {p99:>7}", "now", word(status));
        now.push(p99);
    }
    for (status, beside) in STATUSES.into_iter().zip(&now) {
        let (mut all, mut worst) = (Vec::new(), (0, 0));
        for moment in 1..=MOMENTS {
            let at = year.fixture.head() * moment / MOMENTS;
            let mut times = Vec::new();
            for _ in 0..PAGES {
                times.push(year.page_then(at, status).await?);
            }
            let (_, p99) = percentiles(&mut times);
            worst = worst.max((p99, moment * 100 / MOMENTS));
            all.extend(times);
        }
        let (p50, p99) = percentiles(&mut all);
        #[expect(clippy::cast_precision_loss, reason = "microseconds")]
        let [ratio, to_any] = [*beside, now[0]].map(|beside| p99 as f64 / beside as f64);
        println!(
            "{:>12} {:>10} p50 {p50:>7} p99 {p99:>7}, {ratio:.1} times now's, {to_any:.1} times now's without a \
             filter; slowest moment: p99 {} at {} % of the history",
            "then",
            word(status),
            worst.0,
            worst.1
        );
    }
    year.others()?;
    year.projector.stop().await;
    Ok(())
}

fn word(status: Option<Status>) -> &'static str {
    status.map_or("any", Status::as_str)
}

struct Year {
    fixture: Fixture,
    projector: Projector,
    service: Option<(Service, Client)>,
    dice: u64,
}

impl Year {
    async fn of(arguments: &Arguments) -> Result<Self, Failed> {
        let fixture = Fixture::empty(arguments).await?;
        let projector = Projector::start(fixture.store().await?).await?;
        let started = Instant::now();
        for week in 0..WEEKS {
            for (mode, who) in happens_in(week, arguments.people) {
                mode.let_happen(&fixture, who).await?;
            }
        }
        projector.caught_up(fixture.head()).await;
        let (events, taken) = (fixture.head(), started.elapsed().as_secs_f64());
        println!("{} people, {events} events, on the lists after {taken:.1} s", arguments.people);
        let service = match &fixture.kept {
            Kept::File(_) => None,
            Kept::Server { url, .. } => {
                let service = Service::start(url)?;
                let client = Client::connect(&service.socket).await?;
                Some((service, client))
            }
        };
        Ok(Self { fixture, projector, service, dice: 7 })
    }

    fn below(&mut self, end: u64) -> u64 {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.dice >> 20) % end
    }

    async fn page_of_now(&mut self, status: Option<Status>) -> Result<Duration, Failed> {
        let (license, after) = (self.fixture.license, self.below(self.fixture.head()));
        let list = named(&format!("members license={license} sort=added"), status);
        let cursor = Some(Cursor::after(&list, after));
        let query = MembersQuery { status, sort: Sort::Added, cursor, limit: 50, ..MembersQuery::default() };
        let target = format!("sort=added&cursor={}", query.cursor.as_deref().unwrap_or_default());
        self.timed(license, status, &target, |conn| query.run(conn, license).map(|page| page.items.len()))
            .await
    }

    async fn page_then(&mut self, at: u64, status: Option<Status>) -> Result<Duration, Failed> {
        let (license, after) = (self.fixture.license, self.below(at));
        let list = named(&format!("members_then license={license} at={at}"), status);
        let cursor = Some(Cursor::after(&list, after));
        let as_of = AsOf { position: at, recorded_at: None };
        let query = MembersThenQuery { as_of, status, cursor, limit: 50 };
        let target = format!("at={at}&cursor={}", query.cursor.as_deref().unwrap_or_default());
        self.timed(license, status, &target, |conn| query.run(conn, license).map(|page| page.items.len()))
            .await
    }

    async fn timed(
        &mut self,
        license: LicenseId,
        status: Option<Status>,
        target: &str,
        query: impl FnOnce(&projections::sql::Conn<'_>) -> Result<usize, QueryError> + Send,
    ) -> Result<Duration, Failed> {
        if let Some((service, client)) = &mut self.service {
            let mut target = format!("/api/v1/licenses/{license}/users?limit=50&{target}");
            if let Some(status) = status {
                // Writing to a string can't fail.
                let _ = write!(target, "&status={}", status.as_str());
            }
            let started = Instant::now();
            if client.ask("GET", &target, ADMIN).await.is_ok() {
                return Ok(started.elapsed());
            }
            // The service does not keep connections on which nothing is asked for long.
            *client = Client::connect(&service.socket).await?;
            let started = Instant::now();
            client.ask("GET", &target, ADMIN).await?;
            return Ok(started.elapsed());
        }
        let mut found = Err(QueryError::StaleCursor);
        let started = Instant::now();
        self.projector.store().read_now(|conn| -> Result<(), LogError> {
            found = query(conn);
            Ok(())
        })?;
        let took = started.elapsed();
        found?;
        Ok(took)
    }

    /// Seats at a moment, and the first page of a difference.
    fn others(&self) -> Result<(), Failed> {
        let (license, head) = (self.fixture.license, self.fixture.head());
        let as_of = |position| AsOf { position, recorded_at: None };
        let (mut seats, mut changes) = (Vec::new(), Vec::new());
        for moment in 1..=100 {
            let at = head * moment / 100;
            let started = Instant::now();
            self.projector.store().read_now(|conn| Ok(seats_at(conn, license, as_of(at))))??;
            seats.push(started.elapsed());
            let (from, to) = (as_of(at.saturating_sub(head / 10)), as_of(at));
            let query = ChangesQuery { from, to, change: None, cursor: None, limit: 50 };
            let started = Instant::now();
            self.projector.store().read_now(|conn| Ok(query.run(conn, license)))??;
            changes.push(started.elapsed());
        }
        for (what, times) in [("seats then", &mut seats), ("changes", &mut changes)] {
            let (p50, p99) = percentiles(times);
            println!("{what:>12} {:>10} p50 {p50:>7} p99 {p99:>7}", "in process");
        }
        Ok(())
    }
}

fn named(list: &str, status: Option<Status>) -> String {
    status.map_or_else(|| list.to_owned(), |status| format!("{list} status={}", status.as_str()))
}

/// What happens to somebody.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Happens {
    Invite,
    Decline,
    Remove,
    Accept,
}

/// What happens in a week, and to whom.
fn happens_in(week: usize, people: usize) -> Vec<(Happens, Vec<usize>)> {
    let added_in = |week: usize| people * week / WEEKS..people * (week + 1) / WEEKS;
    // Of those added so many weeks ago; in the last week, of all who were added since.
    let of = |ago: usize, wants: &dyn Fn(usize) -> bool| -> Vec<usize> {
        let last = week.checked_sub(ago).map(added_in).unwrap_or_default();
        let rest = if week + 1 == WEEKS { added_in(WEEKS.saturating_sub(ago)).start..people } else { 0..0 };
        last.chain(rest).filter(|n| wants(*n)).collect()
    };
    let mut happens = vec![(Happens::Invite, added_in(week).collect())];
    happens.push((Happens::Decline, of(1, &|n| n % 100 < 30)));
    happens.push((Happens::Invite, of(3, &|n| n % 100 < 15)));
    happens.push((Happens::Remove, of(10, &|n| (30..40).contains(&(n % 100)))));
    // From twelve weeks on, each some weeks later than the one before.
    for later in 0..24 {
        let wants = |n: usize| (40..70).contains(&(n % 100)) && n / 100 % 24 == later;
        happens.push((Happens::Accept, of(12 + later, &wants)));
    }
    happens
}

impl Happens {
    async fn let_happen(self, fixture: &Fixture, who: Vec<usize>) -> Result<(), Failed> {
        if who.is_empty() {
            return Ok(());
        }
        match self {
            Self::Invite => {
                fixture.import(ImportMode::Invite, &fixture.csv_of(who)?).await?;
            }
            Self::Remove => {
                fixture.import(ImportMode::Remove, &fixture.csv_of(who)?).await?;
            }
            Self::Decline | Self::Accept => self.one_by_one(fixture, who).await?,
        }
        Ok(())
    }

    /// Each by their own command, 64 at a time.
    async fn one_by_one(self, fixture: &Fixture, who: Vec<usize>) -> Result<(), Failed> {
        let (node, license, mut tasks) = (&fixture.commands, fixture.license, JoinSet::new());
        let many = who.len().div_ceil(64);
        for part in who.chunks(many) {
            let (node, part) = (node.clone(), part.to_vec());
            tasks.spawn(async move {
                for n in part {
                    let who = context(&person(n)).map_err(|e| e.to_string())?;
                    let done = match self {
                        Self::Accept => node.accept_invite(&who, license).await,
                        _ => node.decline_invite(&who, license, DeclineReason::Unspecified).await,
                    };
                    done.map_err(|e| e.to_string())?;
                }
                Ok::<_, String>(())
            });
        }
        while let Some(done) = tasks.join_next().await {
            done??;
        }
        Ok(())
    }
}
