//! `/licenses/{license_id}/imports`: what was pasted and uploaded, how far it is, what became of it.

mod shown;
mod undoing;
mod whom;

use std::collections::HashMap;

use askama::Template;
use axum::response::Response;
use chrono::Days;
use commands::{
    Reply,
    jobs::{End, State as JobState},
};
use domain::{Code, ImportId, ImportMode, LicenseId, ReadKind, import::Phase, number::grouped};
use projections::{
    imports::{ImportSummary, ImportsQuery, RefusedItem, refused_counts, refused_rows},
    sql::Conn,
};

pub(super) use self::undoing::undo;
use self::{
    shown::{Shown, beside, what},
    whom::{Changed, changed, people},
};
use super::{
    asked::{Turned, Ways},
    frame::Frame,
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
    /// The first whom it changed; nobody to whom their names are not shown.
    changed: Vec<Changed>,
    /// None to whom they are not shown: an operator sees how many were refused, and not who.
    refused: Vec<RefusedItem>,
    refused_in_all: u64,
    /// Until when those are kept.
    kept_until: Option<String>,
}

impl One {
    /// How many of those whom it changed are shown, where they are not all.
    fn named(&self) -> Option<String> {
        first_of(self.changed.len(), self.it.changed())
    }

    /// How many of the refused rows are shown, where they are not all.
    fn shown(&self) -> Option<String> {
        first_of(self.refused.len(), self.refused_in_all)
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

/// "100 of 2,000", where those are not all.
fn first_of(shown: usize, all: u64) -> Option<String> {
    let shown = u64::try_from(shown).unwrap_or(0);
    (shown < all).then(|| format!("{} of {}", grouped(shown), grouped(all)))
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
    // As on the list of them; and nothing moves while it goes on.
    let names = place.may_add && summary.ended_at.is_some() && summary.counts.changed() > 0;
    if names {
        drop(visit.state.reached(&["audit"], Some(summary.last_position)).await);
    }
    let rows = visit.viewer.may("list_refused_rows");
    let around = move |conn: &Conn<'_>| {
        let changed = if names { changed(conn, id, import)? } else { Vec::new() };
        let refused = if rows { refused_rows(conn, import, 0, 100)? } else { Vec::new() };
        let refused_in_all = if rows { refused_counts(conn, import)?.total() } else { 0 };
        Ok((changed, refused, refused_in_all, beside(conn, id, vec![summary])?))
    };
    let (changed, refused, refused_in_all, found) = visit.state.query(around).await?;
    let it = Shown::all(&visit, found).pop().ok_or_else(|| Problem::unknown_import(import))?;
    let kept = Days::new(u64::from(visit.state.keep_refused_rows_days));
    let kept_until = it.import.ended_at.and_then(|ended| ended.date_naive().checked_add_days(kept));
    let kept_until = kept_until.map(words::day);
    let frame = visit.frame(format!("Import · {}", place.name())).await?;
    let shows = match refused.len() {
        0 => Shows::rows(1 + changed.len()),
        rows => Shows::rows(rows).or_as(Some(ReadKind::RefusedRows)),
    };
    Ok(shows.beside(visit.page(&One { frame, place, it, changed, refused, refused_in_all, kept_until })?))
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
