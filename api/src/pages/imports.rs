//! `/licenses/{license_id}/imports`: what was pasted and uploaded, how far it is, what became of it.

use askama::Template;
use axum::response::Response;
use commands::jobs::{End, Progress, State as JobState};
use domain::{Code, ImportId, ImportMode, LicenseId, Source, import::Phase, number::grouped};
use projections::{
    imports::{ImportSummary, ImportsQuery, RefusedItem, refused_counts, refused_rows, undone_by},
    sql::Conn,
};

use super::{
    asked::{Turned, Ways},
    form::Form,
    frame::Frame,
    orders::{Outcome, outcomes, soon},
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
}

impl Shown {
    fn of(visit: &Visit, import: ImportSummary) -> Self {
        let job = visit.state.jobs.find(import.import_id);
        Self {
            progress: job
                .map(|job| job.progress().borrow().clone())
                .filter(|progress| !progress.state.is_over()),
            import,
        }
    }

    fn what(&self) -> String {
        let way = match self.import.source {
            Source::Csv => "from a CSV file",
            Source::Email => "pasted",
            Source::List => "chosen on the list",
            Source::Key | Source::Api | Source::Cli => "by address",
        };
        match (self.import.mode, self.import.undoes) {
            (ImportMode::Remove, Some(_)) => "Undo: remove whom an import added".to_owned(),
            (_, Some(_)) => "Undo: add back whom an import removed".to_owned(),
            (ImportMode::Add, None) => format!("Add people, {way}"),
            (ImportMode::Invite, None) => format!("Invite people, {way}"),
            (ImportMode::Remove, None) => format!("Remove people, {way}"),
            (ImportMode::Withdraw, None) => format!("Withdraw invites, {way}"),
        }
    }

    fn badge(&self) -> Badge {
        match self.import.phase {
            Phase::Completed => Badge::new("accepted", "check", "Completed"),
            Phase::Cancelled => Badge::new("off", "minus", "Cancelled"),
            Phase::Failed => Badge::new("rejected", "cross", "Failed"),
            _ => Badge::new("invited", "clock", "Running"),
        }
    }

    fn is_running(&self) -> bool {
        self.import.ended_at.is_none()
    }

    fn outcomes(&self) -> Vec<Outcome> {
        let counts = self.progress.as_ref().map_or(&self.import.counts, |progress| &progress.outcomes);
        outcomes(counts)
    }

    fn file(&self) -> Option<&str> {
        self.import.file.as_ref()?.name.as_deref()
    }

    fn sha256(&self) -> Option<&str> {
        self.import.file.as_ref()?.sha256.as_deref()
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
    visit.sees(&["imports"]).await;
    let place = visit.place(id, Tab::Imports).await?;
    let cursor = asked.cursor.clone();
    let query = ImportsQuery { license: Some(id), running: None, cursor, limit: 50 };
    let page = visit.state.query(move |conn| query.run(conn)).await?;
    let imports: Vec<_> = page.items.into_iter().map(|import| Shown::of(&visit, import)).collect();
    let frame = visit.frame(format!("Imports · {}", place.name())).await?;
    let shows = Shows::rows(imports.len());
    let ways = asked.ways(page.next_cursor.as_deref());
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
    /// The import that undid it.
    undone_by: Option<ImportId>,
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
    let around = move |conn: &Conn<'_>| {
        let refused = (refused_rows(conn, import, 0, 100)?, refused_counts(conn, import)?.total());
        Ok((refused, undone_by(conn, id, import)?))
    };
    let ((refused, refused_in_all), undone_by) = visit.state.query(around).await?;
    let frame = visit.frame(format!("Import · {}", place.name())).await?;
    let shows = Shows::rows(1 + refused.len());
    let it = Shown::of(&visit, found.summary);
    Ok(shows.beside(visit.page(&One { frame, place, it, refused, refused_in_all, undone_by })?))
}

pub(super) async fn cancel(order: Order, PathOf((id, import)): OfLicense) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).import(import);
    let done = visit.state.jobs.cancel(&caller.context([]), id, import).await;
    let told = match visit.state.told(done, &about) {
        Err(problem) if problem.code == Code::ImportEnded.as_str() => too_late(&visit, id, import).await?,
        done => Toast::of_told(done, || {
            "The import is stopped. What it has done stays, and can be undone here.".to_owned()
        }),
    };
    Ok(visit.tell(&told, &at(id, import)))
}

/// It ended before it was cancelled: how, and what can be done now.
async fn too_late(visit: &Visit, id: LicenseId, import: ImportId) -> Result<Toast, Problem> {
    let head = *visit.state.log.head().borrow();
    drop(visit.state.reached(&["imports"], Some(head)).await);
    let found =
        known_import(&visit.state, id, import).await?.ok_or_else(|| Problem::unknown_import(import))?;
    let import = found.summary;
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

/// Undoes an import: an import of its own.
pub(super) async fn undo(
    order: Order,
    PathOf((id, import)): OfLicense,
    _: Form,
) -> Result<Response, Problem> {
    let Order { visit, caller } = order;
    let about = caller.about().license(id).import(import);
    let done = async {
        let job =
            visit.state.told(visit.state.jobs.undo(&caller.context([]), id, import, false).await, &about)?;
        soon(&visit.state, &job).await.map(|end| (job.import_id, end))
    };
    match done.await {
        Ok((undoing, end)) => {
            let (position, repeated) = match end.as_deref() {
                Some(End::Report(report)) => (report.position, report.repeated),
                _ => (0, false),
            };
            let what = if repeated {
                "It was undone already: this is what that did."
            } else {
                "This undoes the import. Who was changed since stays as they are."
            };
            Ok(visit.tell(&Toast::good(what, position), &at(id, undoing)))
        }
        Err(problem) => Ok(visit.tell(&Toast::bad(&problem), &at(id, import))),
    }
}

/// Refused rows, to be corrected and given again.
pub(super) async fn refused_file(visit: Visit, PathOf((id, import)): OfLicense) -> Result<Response, Problem> {
    refused::as_file(&visit.state, id, import).await
}
