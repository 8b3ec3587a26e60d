//! `/api/v1/licenses/{license_id}/audit`: everything that happened; `/api/v1/installation/audit`: what belongs to no license.

use axum::extract::State as With;
use domain::{ImportId, LicenseId, MemberId, Source, SubjectId};
use projections::audit::{AuditPage, AuditQuery, subject_of};
use serde::Deserialize;

use crate::{
    State,
    body::{OnLicense, Params, PathOf},
    operation::{Operation, operations},
    page,
    problem::Problem,
    reads::{Shown, Shows},
    rights::Viewer,
    when::When,
    whole::Whole,
};

pub(crate) const OPERATIONS: &[Operation] = operations![list, list_of_installation];

/// In which order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Order {
    #[default]
    Newest,
    Oldest,
}

/// How the history is asked for.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AuditParams {
    /// Only what happened to this person: an address, a `subject_id` of the history, or a `member_id`.
    member: Option<String>,
    /// Only what this person did: an address, a `subject_id`, a `member_id`, or `operator`, in whose name ever.
    actor: Option<String>,
    /// Only this type of event, as `UserAdded`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    event_type: Option<String>,
    /// Only what belongs to this import.
    #[param(value_type = Option<uuid::Uuid>)]
    import: Option<ImportId>,
    /// Only what came in by `email`, `csv`, `list`, `key`, `api` or `cli`.
    #[param(value_type = Option<String>)]
    source: Option<Source>,
    /// From this day (UTC) or instant (RFC 3339) on.
    #[param(value_type = Option<String>)]
    from: Option<When>,
    /// Up to the end of this day (UTC), or before this instant (RFC 3339).
    #[param(value_type = Option<String>)]
    to: Option<When>,
    /// `newest` (first; so unless said otherwise) or `oldest`.
    #[serde(default)]
    #[param(inline)]
    order: Order,
    /// How many at most, up to 500; 100 unless said otherwise.
    #[param(value_type = Option<u64>)]
    limit: Option<Whole>,
    /// From the page before.
    cursor: Option<String>,
    /// Waits, for a bounded time, until the history includes this position.
    #[param(value_type = Option<u64>)]
    min_position: Option<Whole>,
}

/// Which part of a history: what fits all of it.
pub(crate) struct Filters {
    pub member: Option<String>,
    pub actor: Option<String>,
    pub event_type: Option<String>,
    pub import: Option<ImportId>,
    pub source: Option<Source>,
    pub from: Option<When>,
    pub to: Option<When>,
}

impl Filters {
    /// As it is asked for, the oldest event first.
    pub(crate) async fn query(
        self,
        state: &State,
        viewer: &Viewer,
        license: Option<LicenseId>,
    ) -> Result<AuditQuery, Problem> {
        let Self { event_type, import, source, from, to, .. } = self;
        if let (Some(from), Some(to)) = (from, to)
            && from.begins() >= to.ends()
        {
            let hint = "Give a beginning that is before the end.";
            return Err(Problem::invalid("from", format!("{from} is not before {to}"), hint));
        }
        let (from, to) = (from.map(When::begins), to.map(When::ends));
        let member = match self.member {
            Some(text) => Some(named(state, viewer, license, "member", &text).await?),
            None => None,
        };
        let actor = match self.actor {
            // As the history itself names them; nobody's address is a word alone.
            Some(text) if text.trim().eq_ignore_ascii_case("operator") => Some(SubjectId::OPERATOR),
            Some(text) => Some(named(state, viewer, license, "actor", &text).await?),
            None => None,
        };
        Ok(AuditQuery {
            license,
            member,
            actor,
            event_type,
            import,
            source,
            from,
            to,
            ..AuditQuery::default()
        })
    }
}

/// Who is meant by an address, or by an id that the history or a list has of them, their own or that of their membership: whoever
/// was erased has no address any more.
async fn named(
    state: &State,
    viewer: &Viewer,
    license: Option<LicenseId>,
    field: &str,
    text: &str,
) -> Result<SubjectId, Problem> {
    let Ok(id) = text.trim().parse() else { return viewer.subject(state, field, text).await };
    let Some(license) = license else { return Ok(SubjectId(id)) };
    let member = state.query(move |conn| subject_of(conn, license, MemberId(id))).await?;
    Ok(member.unwrap_or(SubjectId(id)))
}

impl AuditParams {
    async fn page(
        self,
        state: &State,
        viewer: &Viewer,
        license: Option<LicenseId>,
    ) -> Result<Shown<AuditPage>, Problem> {
        let Self { member, actor, event_type, import, source, from, to, .. } = self;
        let filters = Filters { member, actor, event_type, import, source, from, to };
        let query = AuditQuery {
            newest_first: self.order == Order::Newest,
            cursor: self.cursor,
            limit: page::limit(self.limit, 100)?,
            ..filters.query(state, viewer, license).await?
        };
        state.reached(&["audit"], self.min_position).await?;
        state.known_license(license).await?;
        let page = state.query(move |conn| query.run(conn)).await?;
        Ok(Shows::rows(page.items.len()).in_json(page))
    }
}

/// A license's history, filtered.
#[utoipa::path(get, path = "/licenses/{license_id}/audit", tag = "audit", operation_id = "list_audit",
    params(("license_id" = Uuid, Path,), AuditParams),
    responses((status = 200, body = AuditPage)))]
async fn list(
    With(state): With<State>,
    viewer: Viewer,
    PathOf(license): OnLicense,
    Params(params): Params<AuditParams>,
) -> Result<Shown<AuditPage>, Problem> {
    params.page(&state, &viewer, Some(license)).await
}

/// What happened to the installation itself, filtered: who was given a role across all licenses, whose data was looked at.
#[utoipa::path(get, path = "/installation/audit", tag = "installation", operation_id = "list_installation_audit",
    params(AuditParams), responses((status = 200, body = AuditPage)))]
async fn list_of_installation(
    With(state): With<State>,
    viewer: Viewer,
    Params(params): Params<AuditParams>,
) -> Result<Shown<AuditPage>, Problem> {
    params.page(&state, &viewer, None).await
}
