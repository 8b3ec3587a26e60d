//! Importing a file until everybody in it is on the user list, against inserting the very same rows.

use std::time::{Duration, Instant};

use domain::ImportMode;
use projections::{MODELS, Projector, members::MembersQuery, store::Models};

use crate::{
    Arguments,
    fixture::{Failed, Fixture, Kept, person},
    load, on_server, raw,
};

/// So many people are searched for after an import, from all over the file.
const SEARCHES: usize = 500;

pub async fn run(arguments: &Arguments) -> Result<(), Failed> {
    let (people, models) = (arguments.people, models(arguments));
    let fixture = Fixture::empty(arguments).await?;
    let csv = fixture.csv(people)?;
    let projector = Projector::start(fixture.store_of(models).await?).await?;
    let fixture = fixture.held_back_by(&projector);
    let without = if arguments.without_tree { ", without the tree" } else { "" };
    println!("import: {people} people from a CSV file, until every read model has them{without}");
    let first = time(&fixture, &projector, ImportMode::Invite, &csv).await?;
    let memory = peak_memory();
    all_found(&fixture, &projector, people)?;
    let (log, views) = raw_limit(&fixture, &projector, models).await?;
    println!("{:>24} log {:.2} s, read models {:.2} s", "raw limit", log.as_secs_f64(), views.as_secs_f64());
    let limit = log + views;
    say("new people", people, first, limit);
    println!("{:>24} {memory} MB at most", "memory");
    let again = time(&fixture, &projector, ImportMode::Invite, &csv).await?;
    say("the same again", people, again, first);
    let removal = time(&fixture, &projector, ImportMode::Remove, &csv).await?;
    say("removal of all", people, removal, first);
    projector.stop().await;
    Ok(())
}

/// All of them, or all but the tree.
fn models(arguments: &Arguments) -> Models {
    if arguments.without_tree {
        Vec::leak(MODELS.iter().copied().filter(|model| model.name() != "tree").collect())
    } else {
        &MODELS
    }
}

/// How long the very same rows take without anything of ours: those of the log, those of the read models.
async fn raw_limit(
    fixture: &Fixture,
    projector: &Projector,
    models: Models,
) -> Result<(Duration, Duration), Failed> {
    match &fixture.kept {
        Kept::File(database) => {
            let folder = fixture.folder.path();
            let views = projector.store().path().ok_or("no file")?;
            let log = load::same_rows(database.path(), &folder.join("raw.db"), "FULL")?;
            Ok((log, load::same_rows(views, &folder.join("raw.db-views"), "NORMAL")?))
        }
        Kept::Server { url, .. } => {
            let folder = fixture.folder.path();
            let log = on_server::copied(url, folder, &on_server::log()).await?;
            Ok((log, on_server::copied(url, folder, &on_server::read_models(models)).await?))
        }
    }
}

/// Everybody is on the list, and whoever is searched for is found.
fn all_found(fixture: &Fixture, projector: &Projector, people: usize) -> Result<(), Failed> {
    for n in (0..people).step_by(people.div_ceil(SEARCHES)) {
        let email = person(n);
        let query = MembersQuery { search: Some(email.clone()), limit: 2, ..MembersQuery::default() };
        let page = projector.store().read_now(|conn| Ok(query.run(conn, fixture.license)))??;
        if page.items.iter().map(|member| member.email.as_deref()).ne([Some(email.as_str())]) {
            return Err(format!("{email} is not found").into());
        }
    }
    let query = MembersQuery { limit: 1, ..MembersQuery::default() };
    let listed = projector.store().read_now(|conn| Ok(query.run(conn, fixture.license)))??.total.count;
    if usize::try_from(listed)? == people { Ok(()) } else { Err(format!("{listed} are on the list").into()) }
}

async fn time(
    fixture: &Fixture,
    projector: &Projector,
    mode: ImportMode,
    csv: &std::path::Path,
) -> Result<Duration, Failed> {
    let started = Instant::now();
    fixture.import(mode, csv).await?;
    let committed = started.elapsed();
    let head = fixture.head();
    projector.caught_up(head).await;
    println!(
        "{:>24} {:.2} s committed, {:.2} s in all",
        "",
        committed.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
    Ok(started.elapsed())
}

fn say(what: &str, people: usize, taken: Duration, beside: Duration) {
    let (ours, ratio) = (raw::per_second(people, taken), taken.as_secs_f64() / beside.as_secs_f64());
    println!(
        "{what:>24} {ours:>9.0}/s, beside {:>9.0}/s: {ratio:.2} times as long",
        raw::per_second(people, beside)
    );
}

/// The most memory that the process has had, in MB.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() / 1024
}
