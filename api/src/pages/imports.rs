//! `/licenses/{license_id}/imports`: what was pasted and uploaded, how far it is, what became of it.

mod undoing;

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use chrono::Days;
use commands::{
    Reply,
    jobs::{End, Progress, State as JobState},
};
use domain::{Code, ImportId, ImportMode, LicenseId, Source, import::Phase, number::grouped};
use projections::{
    QueryError,
    audit::AuditQuery,
    imports::{
        ImportSummary, ImportsQuery, RefusedItem, Undoing, import as one_import, refused_counts,
        refused_rows, undoings,
    },
    sql::Conn,
};

pub(super) use self::undoing::undo;
use super::{
    asked::{Turned, Ways},
    frame::Frame,
    orders::{Outcome, outcomes},
    place::{Place, Tab},
    toast::Toast,
    visit::{Order, Visit},
    words::{self, At, Badge},
};
use crate::{
    body::{OnLicense, Params, PathOf},
    imports::known_import,
    problem::Problem,
    reads::Shows,
    refused,
};

#[derive(Template)]
#[template(path = "imports.html")]
struct List {
    frame: Frame,
    place: Place,
    imports: Vec<Shown>,
    ways: Ways,
}

/// An import as pages show it.
struct Shown {
    import: ImportSummary,
    progress: Option<Progress>,
    /// The import that undid it.
    undone_by: Option<Undoing>,
    /// The import that it undoes.
    undone: Option<ImportSummary>,
    /// Whom it was about, where those are few.
    people: Vec<String>,
}

/// So few people are named in the list, so that one import is told from another.
const NAMED: u64 = 3;

/// Whom these imports were about, of each that was about few.
fn people(
    conn: &Conn<'_>,
    id: LicenseId,
    imports: &[ImportSummary],
) -> Result<HashMap<ImportId, Vec<String>>, QueryError> {
    let few = imports.iter().filter(|import| import.rows <= NAMED);
    few.map(|ImportSummary { import_id, .. }| {
        let import = Some(*import_id);
        let query = AuditQuery { license: Some(id), import, limit: 10, ..AuditQuery::default() };
        let mut people: Vec<String> = Vec::new();
        for email in query.run(conn)?.items.into_iter().filter_map(|event| event.person?.email) {
            if !people.contains(&email) {
                people.push(email);
            }
        }
        Ok((*import_id, people))
    })
    .collect()
}

/// Imports, each with what it undoes, and what undid which.
type Found = (Vec<(ImportSummary, Option<ImportSummary>)>, HashMap<ImportId, Undoing>);

/// What stands around imports of a license.
fn beside(conn: &Conn<'_>, id: LicenseId, imports: Vec<ImportSummary>) -> Result<Found, QueryError> {
    let oldest = imports.iter().map(|import| import.started_position).min();
    let undoings = oldest.map_or_else(|| Ok(HashMap::new()), |oldest| undoings(conn, id, oldest))?;
    let with = |import: ImportSummary| {
        let undone = import.undoes.map(|undone| one_import(conn, undone)).transpose()?.flatten();
        Ok((import, undone.map(|undone| undone.summary)))
    };
    let imports = imports.into_iter().map(with).collect::<Result<_, QueryError>>()?;
    Ok((imports, undoings))
}

/// An import in a few words.
fn what(import: &ImportSummary) -> String {
    let way = match import.source {
        Source::Csv => "from a CSV file",
        Source::Email => "pasted",
        Source::List => "chosen on the list",
        Source::Key | Source::Api | Source::Cli => "by address",
    };
    match (import.mode, import.undoes) {
        (ImportMode::Remove, Some(_)) => "Undo: remove whom an import added".to_owned(),
        (_, Some(_)) => "Undo: bring back whom an import took away".to_owned(),
        (ImportMode::Add, None) => format!("Add people, {way}"),
        (ImportMode::Invite, None) => format!("Invite people, {way}"),
        (ImportMode::Remove, None) => format!("Remove people, {way}"),
        (ImportMode::Withdraw, None) => format!("Withdraw invites, {way}"),
    }
}

impl Shown {
    fn all(visit: &Visit, (imports, undoings): Found) -> Vec<Self> {
        let shown = |(import, undone): (ImportSummary, Option<ImportSummary>)| {
            let job = visit.state.jobs.find(import.import_id);
            let progress = job.map(|job| job.progress().borrow().clone());
            Self {
                progress: progress.filter(|progress| !progress.state.is_over()),
                undone_by: undoings.get(&import.import_id).copied(),
                import,
                undone,
                people: Vec::new(),
            }
        };
        imports.into_iter().map(shown).collect()
    }

    fn what(&self) -> String {
        what(&self.import)
    }

    fn badges(&self) -> Vec<Badge> {
        let refused = self.import.counts.refused();
        let state = match self.import.phase {
            Phase::Completed if refused > 0 => {
                Badge::said("invited", "warn", format!("Completed, {} refused", grouped(refused)))
            }
            Phase::Completed => Badge::new("accepted", "check", "Completed"),
            Phase::Cancelled => Badge::new("off", "minus", "Cancelled"),
            Phase::Failed => Badge::new("rejected", "cross", "Failed"),
            _ => Badge::new("invited", "clock", "Running"),
        };
        let undone = self.undone_by.filter(|undoing| undoing.is_running || undoing.changed > 0);
        let undone = undone.map(|_| Badge::new("off", "back", "Undone"));
        std::iter::once(state).chain(undone).collect()
    }

    fn is_running(&self) -> bool {
        self.import.ended_at.is_none()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let counts = self.progress.as_ref().map_or(&self.import.counts, |progress| &progress.outcomes);
        outcomes(counts)
    }

    /// Whether undoing it takes something from people.
    fn takes_back(&self) -> bool {
        matches!(self.import.mode, ImportMode::Add | ImportMode::Invite)
    }

    fn file(&self) -> Option<&str> {
        self.import.file.as_ref()?.name.as_deref()
    }

    fn sha256(&self) -> Option<&str> {
        // Of what was chosen on a list no file was given.
        let file = self.import.file.as_ref().filter(|_| self.import.source == Source::Csv)?;
        file.sha256.as_deref()
    }

    /// Whether addresses were pasted: they are told apart by their numbers.
    fn is_pasted(&self) -> bool {
        self.import.source == Source::Email
    }

    /// Its beginning, by which one file is told from another at a glance.
    fn short_sha256(&self) -> Option<&str> {
        self.sha256().and_then(|sha256| sha256.get(..12))
    }

    fn rows(&self) -> String {
        words::counted(self.import.rows, "row")
    }

    /// How many it changed, and undoing it would change back.
    fn changed(&self) -> u64 {
        self.import.counts.changed()
    }
}

pub(super) async fn list(
    visit: Visit,
    PathOf(id): OnLicense,
    Params(asked): Params<Turned>,
) -> Result<Response, Problem> {
    visit.sees(&["imports", "audit"]).await;
    let place = visit.place(id, Tab::Imports).await?;
    // What staff read of people is recorded as such: a list of imports names nobody to them.
    let names = place.may_add;
    let cursor = asked.cursor.clone();
    let query = ImportsQuery { license: Some(id), running: None, cursor, limit: 50 };
    let found = move |conn: &Conn<'_>| {
        let page = query.run(conn)?;
        let people = if names { people(conn, id, &page.items)? } else { HashMap::new() };
        Ok((beside(conn, id, page.items)?, people, page.next_cursor))
    };
    let (found, mut people, next) = visit.state.query(found).await?;
    let mut imports = Shown::all(&visit, found);
    for shown in &mut imports {
        shown.people = people.remove(&shown.import.import_id).unwrap_or_default();
    }
    let frame = visit.frame(format!("Imports · {}", place.name())).await?;
    let shows = Shows::rows(imports.len());
    let ways = asked.ways(next.as_deref());
    Ok(shows.beside(visit.page(&List { frame, place, imports, ways })?))
}

#[derive(Template)]
#[template(path = "import.html")]
struct One {
    frame: Frame,
    place: Place,
    it: Shown,
    refused: Vec<RefusedItem>,
    refused_in_all: u64,
    /// Until when those are kept.
    kept_until: Option<String>,
}

impl One {
    /// How many of the refused rows are shown, where they are not all.
    fn shown(&self) -> Option<String> {
        let shown = u64::try_from(self.refused.len()).unwrap_or(0);
        (shown < self.refused_in_all)
            .then(|| format!("{} of {}", grouped(shown), grouped(self.refused_in_all)))
    }

    fn percent(&self) -> u64 {
        let progress = self.it.progress.as_ref();
        progress.map_or(0, |it| it.rows_applied.saturating_mul(100).checked_div(it.rows).unwrap_or(0))
    }

    fn how_far(&self) -> String {
        let Some(it) = &self.it.progress else { return "It goes on in a moment.".to_owned() };
        if it.state == JobState::Waiting {
            return "It waits for others to end.".to_owned();
        }
        let left =
            it.seconds_left.map(|seconds| format!(", about {} left", time_left(seconds))).unwrap_or_default();
        format!("{} of {} rows{left}", grouped(it.rows_applied), grouped(it.rows))
    }
}

/// "40 seconds", "3 minutes".
fn time_left(seconds: u64) -> String {
    if seconds < 90 {
        words::counted(seconds.max(1), "second")
    } else {
        words::counted(seconds.div_ceil(60), "minute")
    }
}

type OfLicense = PathOf<(LicenseId, ImportId)>;

pub(super) async fn show(visit: Visit, PathOf((id, import)): OfLicense) -> Result<Response, Problem> {
    let job = visit.state.jobs.find(import).filter(|job| job.license_id == id);
    if let Some(End::Report(report)) = job.and_then(|job| job.end()).as_deref() {
        // What ended just now should not look as if it went on.
        drop(visit.state.reached(&["imports"], Some(report.position)).await);
    }
    let found =
        known_import(&visit.state, id, import).await?.ok_or_else(|| Problem::unknown_import(import))?;
    let place = visit.place(id, Tab::Imports).await?;
    let summary = found.summary;
    let around = move |conn: &Conn<'_>| {
        let refused = (refused_rows(conn, import, 0, 100)?, refused_counts(conn, import)?.total());
        Ok((refused, beside(conn, id, vec![summary])?))
    };
    let ((refused, refused_in_all), found) = visit.state.query(around).await?;
    let it = Shown::all(&visit, found).pop().ok_or_else(|| Problem::unknown_import(import))?;
    let kept = Days::new(u64::from(visit.state.keep_refused_rows_days));
    let kept_until = it.import.ended_at.and_then(|ended| ended.date_naive().checked_add_days(kept));
    let kept_until = kept_until.map(words::day);
    let frame = visit.frame(format!("Import · {}", place.name())).await?;
    let shows = Shows::rows(1 + refused.len());
    Ok(shows.beside(visit.page(&One { frame, place, it, refused, refused_in_all, kept_until })?))
}

pub(super) async fn cancel(order: Order, PathOf((id, import)): OfLicense) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).import(import);
    let done = visit.state.jobs.cancel(&caller.context([]), id, import).await;
    let told = match visit.state.told(done, &about) {
        Err(problem) if problem.code == Code::ImportEnded.as_str() => too_late(&visit, id, import).await?,
        Ok(reply) => stopped(&visit, id, import, &reply).await?,
        Err(problem) => Toast::bad(&problem),
    };
    Ok(visit.tell(&told, &at(id, import)))
}

/// It was cancelled in time: what it has done until then.
async fn stopped(visit: &Visit, id: LicenseId, import: ImportId, reply: &Reply) -> Result<Toast, Problem> {
    let import = as_of(visit, id, import, reply.position).await?;
    let told = Toast::of_reply(reply, || "The import is stopped.".to_owned());
    Ok(match import.counts.changed() {
        0 => told.with_hint("It had changed nobody yet."),
        n => told
            .with_hint(format!("What it did to {} before stays, and can be undone here.", words::people(n))),
    })
}

/// An import, once its list has come to a position.
async fn as_of(
    visit: &Visit,
    id: LicenseId,
    import: ImportId,
    position: u64,
) -> Result<ImportSummary, Problem> {
    drop(visit.state.reached(&["imports"], Some(position)).await);
    let found = known_import(&visit.state, id, import).await?;
    Ok(found.ok_or_else(|| Problem::unknown_import(import))?.summary)
}

/// It ended before it was cancelled: how, and what can be done now.
async fn too_late(visit: &Visit, id: LicenseId, import: ImportId) -> Result<Toast, Problem> {
    let head = *visit.state.log.head().borrow();
    let import = as_of(visit, id, import, head).await?;
    let what = match import.phase {
        Phase::Cancelled => "The import was cancelled already.".to_owned(),
        Phase::Failed => "The import had failed before it could be cancelled.".to_owned(),
        _ => {
            let rows = words::counted(import.rows, "row");
            format!("The import ended before it could be cancelled, with its {rows} done.")
        }
    };
    let hint =
        if import.counts.changed() > 0 { "What it did can be undone here." } else { "It changed nothing." };
    Ok(Toast::neutral(what, head).with_hint(hint))
}

fn at(id: LicenseId, import: ImportId) -> String {
    format!("/licenses/{id}/imports/{import}")
}

/// Refused rows, to be corrected and given again.
pub(super) async fn refused_file(visit: Visit, PathOf((id, import)): OfLicense) -> Result<Response, Problem> {
    refused::as_file(&visit.state, id, import).await
}
