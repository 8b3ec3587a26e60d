//! Pages of the user list and searches in it: at ten thousand people, and at as many as are asked for. In process where the
//! database is a file; where it is on a server, over HTTP, from a service that is a process of its own.
//!
//! The people come by the real import, and their addresses hold what the searches look for: one in a thousand, one
//! in ten, all; and what is hard: matches that all stand at the end of the order, are all of one status, or only
//! look like matches to the search index.

use std::{
    fmt::Write as _,
    io::Write as _,
    time::{Duration, Instant},
};

use domain::{ImportMode, LicenseId, Status, SubjectId, membership::Admission};
use eventlog::LogError;
use projections::{
    Projector, QueryError,
    members::{MembersPage, MembersQuery, Sort, Total},
};

use crate::{
    Arguments,
    fixture::{ADMIN, Failed, Fixture, Kept},
    http::{Client, Service},
};

const FEW: usize = 10_000;
/// Nothing is measured for longer.
const LONG_ENOUGH: Duration = Duration::from_secs(4);
const SORTS: [Sort; 4] = [Sort::Email, Sort::EmailDesc, Sort::Added, Sort::AddedDesc];
/// Terms, and what of the list they match.
const TERMS: [(&str, &str); 12] = [
    ("none", "qqqqq"),
    ("one", "unique"),
    ("0.1 %", "mille"),
    ("1 %", "pupil12"),
    ("10 %", "tenth"),
    ("all", "pupil"),
    ("two letters", "7e"),
    ("10 %, at the end by address", "zz-late"),
    ("5 %, far away and apart", "twentieth"),
    ("2 %, far away and apart", "fiftieth"),
    ("10 %, the last added", "cohort"),
    ("none, letters everywhere", "wxyq"),
];

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let mut small = House::of(arguments, FEW).await?;
    let mut big = House::of(arguments, arguments.people).await?;
    println!("pages of 50; p50 and p99 in µs of so many pages, at {FEW} and {}", arguments.people);
    let mut page = Duration::ZERO;
    for ((name, query), (_, of_few)) in shapes(&big).into_iter().zip(shapes(&small)) {
        for (place, at) in [("first", 0.0), ("middle", 0.5)] {
            let (few, many) = (small.time(&of_few, at, 300).await?, big.time(&query, at, 300).await?);
            page = page.max(many.1);
            println!(
                "{name:>28} {place:>7} {} {} ratio {:.1}",
                shown(few),
                shown(many),
                ratio(many.1, few.1)
            );
        }
    }
    println!(
        "searches at {}; ratio to the slowest page without a search, {} µs",
        arguments.people,
        page.as_micros()
    );
    for (name, term) in TERMS {
        for status in [None, Some(Status::Accepted), Some(Status::Invited)] {
            for sort in SORTS {
                let query = MembersQuery { search: Some(term.to_owned()), status, sort, ..base() };
                let took = big.time(&query, 0.0, 300).await?;
                let total = big.page(&query).await?.total;
                let (status, sort) = (status.map_or("any", Status::as_str), sort.as_str());
                let total = format!("{}{}", total.count, if total.exact { "" } else { "+" });
                let times = ratio(took.1, page);
                println!("{name:>28} {status:>8} {sort:>10} {total:>8} {} ratio {times:.1}", shown(took));
            }
        }
    }
    small.projector.stop().await;
    big.projector.stop().await;
    Ok(())
}

fn base() -> MembersQuery {
    MembersQuery { limit: 50, ..MembersQuery::default() }
}

/// Every named shape without a search.
fn shapes(house: &House) -> Vec<(String, MembersQuery)> {
    let mut shapes = Vec::new();
    for sort in SORTS {
        for status in [None, Some(Status::Accepted), Some(Status::Invited)] {
            let name = format!("{} {}", sort.as_str(), status.map_or("any", Status::as_str));
            shapes.push((name, MembersQuery { status, sort, ..base() }));
        }
    }
    for sort in [Sort::Added, Sort::AddedDesc] {
        let admission = Some(Admission::DomainAdmin);
        shapes.push((format!("{} domain_admin", sort.as_str()), MembersQuery { admission, sort, ..base() }));
        let added_by = Some(house.adder);
        shapes.push((format!("{} by one adder", sort.as_str()), MembersQuery { added_by, sort, ..base() }));
    }
    shapes
}

struct House {
    fixture: Fixture,
    projector: Projector,
    adder: SubjectId,
    service: Option<(Service, Client)>,
}

/// What of a page goes on to be used.
struct Shown {
    next_cursor: Option<String>,
    total: Total,
}

impl House {
    async fn of(arguments: &Arguments, people: usize) -> Result<Self, Failed> {
        let fixture = Fixture::empty(arguments).await?;
        let csv = fixture.folder.path().join("named.csv");
        let mut file = std::io::BufWriter::new(std::fs::File::create(&csv)?);
        writeln!(file, "Email")?;
        for n in 0..people {
            writeln!(file, "{}", address(n, people))?;
        }
        file.flush()?;
        let projector = Projector::start(fixture.store().await?).await?;
        let started = Instant::now();
        fixture.import(ImportMode::Add, &csv).await?;
        projector.caught_up(fixture.head()).await;
        println!("{people} people on the list after {:.1} s", started.elapsed().as_secs_f64());
        let adder = "SELECT added_by FROM members LIMIT 1";
        let adder =
            projector.store().read_now(|conn| Ok(conn.value(adder, &[])?))?.ok_or("nobody on the list")?;
        let service = match &fixture.kept {
            Kept::File(_) => None,
            Kept::Server { url, .. } => {
                let service = Service::start(url)?;
                let client = Client::connect(&service.socket).await?;
                Some((service, client))
            }
        };
        Ok(Self { fixture, projector, adder: SubjectId(adder), service })
    }

    /// A page, and how long it took to get it.
    async fn timed(&mut self, query: &MembersQuery) -> Result<(Shown, Duration), Failed> {
        let license = self.fixture.license;
        if let Some((_, client)) = &mut self.service {
            let target = target(license, query);
            let started = Instant::now();
            let body = client.ask("GET", &target, ADMIN).await?;
            let took = started.elapsed();
            let page: serde_json::Value = serde_json::from_slice(body)?;
            let next_cursor = page["next_cursor"].as_str().map(str::to_owned);
            let count = page["total"]["count"].as_u64().ok_or("a page without a total")?;
            let exact = page["total"]["exact"].as_bool().unwrap_or_default();
            return Ok((Shown { next_cursor, total: Total { count, exact } }, took));
        }
        let mut page = Err(QueryError::StaleCursor);
        let started = Instant::now();
        self.projector.store().read_now(|conn| -> Result<(), LogError> {
            page = query.run(conn, license);
            Ok(())
        })?;
        let took = started.elapsed();
        let MembersPage { next_cursor, total, .. } = page?;
        Ok((Shown { next_cursor, total }, took))
    }

    async fn page(&mut self, query: &MembersQuery) -> Result<Shown, Failed> {
        Ok(self.timed(query).await?.0)
    }

    /// The median and the 99th percentile of so many pages, or as many as there is time for, the first ones or those behind the row in this place.
    async fn time(
        &mut self,
        query: &MembersQuery,
        at: f64,
        rounds: u32,
    ) -> Result<(Duration, Duration), Failed> {
        let mut query = query.clone();
        let mut times = Vec::new();
        if let Some((service, client)) = &mut self.service {
            // The service does not keep connections on which nothing is asked for long.
            *client = Client::connect(&service.socket).await?;
        }
        query.cursor = if at > 0.0 { self.middle(&query).await? } else { None };
        let began = Instant::now();
        for _ in 0..rounds {
            let (page, took) = self.timed(&query).await?;
            times.push(took);
            if began.elapsed() > LONG_ENOUGH {
                break;
            }
            if at > 0.0 {
                // The next page, so that not one and the same is warm.
                query.cursor = page.next_cursor.or(query.cursor);
            }
        }
        times.sort_unstable();
        Ok((times[times.len() / 2], times[times.len() * 99 / 100]))
    }

    /// Somewhere in the middle: by way of many full pages.
    async fn middle(&mut self, query: &MembersQuery) -> Result<Option<String>, Failed> {
        let mut query = MembersQuery { limit: MembersQuery::MOST, ..query.clone() };
        for _ in 0..10 {
            match self.page(&query).await?.next_cursor {
                Some(next) => query.cursor = Some(next),
                None => break,
            }
        }
        Ok(query.cursor)
    }
}

/// A page of the list as it is asked for over HTTP. The searches' terms have no letter that would have to be encoded.
fn target(license: LicenseId, query: &MembersQuery) -> String {
    let mut target =
        format!("/api/v1/licenses/{}/users?limit={}&sort={}", license.0, query.limit, query.sort.as_str());
    let asked = [
        ("status", query.status.map(Status::as_str)),
        ("admission", query.admission.map(Admission::as_str)),
        ("added_by", query.added_by.map(|_| ADMIN)),
        ("search", query.search.as_deref()),
        ("cursor", query.cursor.as_deref()),
    ];
    for (name, value) in asked {
        if let Some(value) = value {
            // Writing to a string can't fail.
            let _ = write!(target, "&{name}={value}");
        }
    }
    target
}

fn address(n: usize, people: usize) -> String {
    let mut local = String::new();
    if n % 10 == 5 {
        local.push_str("zz-late.");
    }
    // Spread over the alphabet, as people are. Writing to a string can't fail.
    let _ = write!(local, "{:08x}.pupil{n}", n.wrapping_mul(2_654_435_761) & 0xFFFF_FFFF);
    let tags = [
        (n % 10 == 3, ".tenth"),
        (n % 1_000 == 7, ".mille"),
        // Of those who are late by address, and without a beginning of their own.
        (n % 20 == 5, ".twentieth"),
        (n % 50 == 5, ".fiftieth"),
        (n == people / 2, ".unique"),
        (n >= people / 10 * 9, ".cohort"),
        // Half of them, the other half, and some both: to the index all letters of `wxyq` are there.
        (n.is_multiple_of(2), ".wxy"),
        (n % 2 == 1 || n % 10 == 2, ".xyq"),
    ];
    tags.iter().filter(|(has, _)| *has).for_each(|(_, tag)| local.push_str(tag));
    // One in ten is a guest, and so invited; none of those is late or one of the tenth.
    format!("{local}@{}.example", if n % 10 == 8 { "guest" } else { "school" })
}

fn shown((p50, p99): (Duration, Duration)) -> String {
    format!("{:>7} {:>7}", p50.as_micros(), p99.as_micros())
}

fn ratio(one: Duration, other: Duration) -> f64 {
    one.as_secs_f64() / other.as_secs_f64()
}
