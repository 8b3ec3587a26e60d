//! `/api/v1/erasures`: the operator erases a person.

use axum::{Json, extract::State as With};
use commands::erase_subject::{EraseOrder, Erased, LicenseLeft};
use domain::{ErasureBasis, Status, number::grouped};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    State,
    body::{JsonBody, email},
    caller::Caller,
    engine::Engine,
    erasure::Swept,
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) const OPERATIONS: &[Operation] = operations![erase];

/// Whom to erase.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Erase {
    /// Their address.
    email: String,
    /// Why: `request` unless said otherwise, `retention` or `other`.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    basis: Option<ErasureBasis>,
    /// Only says what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What an erasure did, or would do.
#[derive(Serialize, utoipa::ToSchema)]
struct ErasureReport {
    /// Whether nothing was changed.
    dry_run: bool,
    /// Whether anybody was known by the address.
    known: bool,
    /// Stood for them in every event.
    subject_id: Option<Uuid>,
    /// The log's position that includes it.
    position: u64,
    /// Whether the same request came before: what it did then is not told again.
    repeated: bool,
    /// The licenses that had something to do with them.
    licenses: Vec<ErasedLicense>,
    /// Refused rows that held the address and were deleted.
    refused_rows: usize,
    /// In one sentence.
    detail: String,
    /// What is not done yet, and by when it is.
    due: Vec<ErasureDue>,
    /// What the operator should see to.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

/// What it did on a license.
#[derive(Serialize, utoipa::ToSchema)]
struct ErasedLicense {
    license_id: Uuid,
    name: Option<String>,
    /// `accepted`, `invited` or `rejected`; nothing where they were not on the list.
    #[schema(value_type = Option<String>)]
    status: Option<Status>,
    /// Whether a seat is free again.
    frees_seat: bool,
    /// Whether they administered it.
    was_admin: bool,
}

/// What is not done yet.
#[derive(Serialize, utoipa::ToSchema)]
struct ErasureDue {
    /// The place, as docs/erasure.md names it.
    place: &'static str,
    /// By when.
    by: &'static str,
}

impl From<LicenseLeft> for ErasedLicense {
    fn from(left: LicenseLeft) -> Self {
        Self {
            license_id: left.license_id.0,
            name: left.name.map(|name| name.as_str().to_owned()),
            status: left.status,
            frees_seat: left.frees_seat,
            was_admin: left.was_admin,
        }
    }
}

const NO_LEDGER: &str = "There is no ledger of erasures: a backup that is restored would bring them back. Name a file \
                         outside the database with SEATBOOK_ERASURE_LEDGER.";

/// Erase a person from every license and role. Their seats are free again, their history stays and names nobody.
#[utoipa::path(post, path = "/erasures", tag = "erasures", operation_id = "erase_subject",
    request_body = Erase, responses((status = 200, body = ErasureReport)))]
async fn erase(
    With(state): With<State>,
    caller: Caller,
    body: JsonBody<Erase>,
) -> Result<Json<ErasureReport>, Problem> {
    let Erase { email: text, basis, dry_run } = body.value;
    let order = EraseOrder { email: email("email", &text)?, basis: basis.unwrap_or(ErasureBasis::Request) };
    let about = caller.about().person(&order.email);
    let ctx = caller.context(body.bytes);
    if dry_run {
        let erased = state.told(state.commands.may_erase(&ctx, &order).await, &about)?;
        return Ok(Json(report(erased, None, Vec::new(), &state)));
    }
    let (erased, swept) = state.erase(&ctx, &order, &about).await?;
    let due = due(&state, swept).await?;
    Ok(Json(report(erased, Some(swept), due, &state)))
}

async fn due(state: &State, swept: Swept) -> Result<Vec<ErasureDue>, Problem> {
    let mut due = Vec::new();
    if state.jobs.uploads_kept().await? > 0 {
        due.push(ErasureDue { place: "uploads", by: "when the imports that are under way have ended" });
        due.push(ErasureDue { place: "refused_rows", by: "one minute" });
    }
    if !swept.letters_gone {
        due.push(ErasureDue {
            place: "letters",
            by: "30 days, or once the mail folder can be read: what is in the way stands in the log",
        });
    }
    match &state.database {
        Engine::File(_) if swept.bytes_gone => {}
        Engine::File(_) => due.push(ErasureDue { place: "wal", by: "one minute" }),
        Engine::Server(_) => {
            due.push(ErasureDue { place: "dead_rows", by: "30 days; VACUUM is asked for in a minute" });
            if state.front.mail.is_kept_here() {
                due.push(ErasureDue { place: "letters", by: "30 days, in the mail folders of other nodes" });
            }
        }
    }
    Ok(due)
}

fn report(erased: Erased, swept: Option<Swept>, due: Vec<ErasureDue>, state: &State) -> ErasureReport {
    let detail = told(&erased, swept);
    ErasureReport {
        dry_run: swept.is_none(),
        known: erased.subject_id.is_some(),
        subject_id: erased.subject_id.map(|subject| subject.0),
        position: erased.position,
        repeated: erased.repeated,
        licenses: erased.licenses.into_iter().map(ErasedLicense::from).collect(),
        refused_rows: swept.map_or(0, |swept| swept.refused_rows),
        detail,
        due,
        warning: state.ledger().is_none().then_some(NO_LEDGER),
    }
}

/// What is looked through only while it is deleted.
const BESIDE: &str = " What else holds the address (refused rows, letters, sessions, tokens, records of mail domains) would be \
                      deleted as well; it is counted only then.";

/// In one sentence; without the address, which nobody should find in a report.
fn told(erased: &Erased, swept: Option<Swept>) -> String {
    let rows = match swept.map_or(0, |swept| swept.refused_rows) {
        0 => String::new(),
        1 => " One refused row that held the address was deleted.".to_owned(),
        n => format!(" {} refused rows that held the address were deleted.", grouped(n as u64)),
    };
    let rows = if swept.is_none() { BESIDE.to_owned() } else { rows };
    if erased.subject_id.is_none() {
        return format!("Nobody is known by this address.{rows}");
    }
    if erased.repeated {
        return format!("This request came before, and the person was erased then.{rows}");
    }
    let licenses = erased.licenses.len() as u64;
    let seats = erased.licenses.iter().filter(|left| left.frees_seat).count() as u64;
    let roles = erased.licenses.iter().filter(|left| left.was_admin).count() as u64;
    let counted =
        |n: u64, one: &str, many: &str| format!("{} {}", grouped(n), if n == 1 { one } else { many });
    let (licenses, seats, roles) = (
        counted(licenses, "license", "licenses"),
        counted(seats, "seat", "seats"),
        counted(roles, "admin role", "admin roles"),
    );
    match swept {
        None => {
            format!("The person would be erased from {licenses}: {seats} set free, {roles} ended.{rows}")
        }
        Some(_) => format!("The person was erased from {licenses}: {seats} set free, {roles} ended.{rows}"),
    }
}
