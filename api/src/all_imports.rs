//! `/api/v1/imports`: the imports of all licenses, for the operator: what is under way, and how far it is.

use axum::extract::State as With;
use domain::import::Phase;
use projections::{
    imports::{ImportSummary, ImportsQuery},
    licenses::license_names,
};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    body::Params,
    jobs::JobShown,
    operation::{Operation, operations},
    problem::Problem,
    reads::{Shown, Shows},
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list];

/// How imports are asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ListParams {
    /// Only those that run (`running`), or those that have ended (`ended`).
    #[param(inline)]
    state: Option<Which>,
    /// How many at most, up to 500; 50 unless said otherwise.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the list includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Which {
    Running,
    Ended,
}

/// A page of imports, those that are worked on with how far they are. No `Debug`: holds addresses.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct ListedImports {
    /// The log's position that the page is true for.
    position: u64,
    /// The imports.
    items: Vec<ListedImport>,
    /// For the next page; nothing on the last.
    next_cursor: Option<String>,
}

impl ListedImports {
    /// How many are on the page.
    pub(crate) const fn len(&self) -> usize {
        self.items.len()
    }
}

/// An import as the history has it; and while it is worked on, how far it is.
#[derive(Serialize, utoipa::ToSchema)]
struct ListedImport {
    #[serde(flatten)]
    import: ImportSummary,
    /// What its license is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    license_name: Option<String>,
    /// While it runs: whether a process works on it, here or on another node. Where none does, it waits for its turn, or for
    /// `seatbook serve` to take it up.
    #[serde(skip_serializing_if = "Option::is_none")]
    worked_on: Option<bool>,
    /// While it is under way, and for a while after.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobShown>,
}

/// The imports of all licenses, the newest first.
#[utoipa::path(get, path = "/imports", tag = "imports", operation_id = "list_all_imports", params(ListParams),
    responses((status = 200, body = ListedImports)))]
async fn list(
    With(state): With<State>,
    Params(params): Params<ListParams>,
) -> Result<Shown<ListedImports>, Problem> {
    state.reached(&["imports", "licenses"], params.min_position).await?;
    let running = params.state.map(|which| which == Which::Running);
    let limit = crate::page::limit(params.limit, 50)?;
    let query = ImportsQuery { license: None, running, cursor: params.cursor, limit };
    let page = listed(&state, query).await?;
    Ok(Shows::rows(page.len()).in_json(page))
}

/// A page of the history's imports, and how far those are that are worked on.
pub(crate) async fn listed(state: &State, query: ImportsQuery) -> Result<ListedImports, Problem> {
    let (page, names) = state
        .query(move |conn| {
            let page = query.run(conn)?;
            let names = license_names(conn, page.items.iter().map(|import| import.license_id))?;
            Ok((page, names))
        })
        .await?;
    let mut items = Vec::with_capacity(page.items.len());
    for import in page.items {
        let worked_on = match import.phase {
            Phase::Running => Some(state.jobs.is_worked_on(import.import_id).await?),
            _ => None,
        };
        let job = state.jobs.find(import.import_id).map(|job| JobShown::of(&job));
        let license_name = names.get(&import.license_id).cloned();
        items.push(ListedImport { import, license_name, worked_on, job });
    }
    Ok(ListedImports { position: page.position, items, next_cursor: page.next_cursor })
}
