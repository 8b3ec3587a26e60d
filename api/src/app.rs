//! Every address of the service on one screen.

use std::sync::LazyLock;

use axum::{
    Extension, Router,
    body::Bytes,
    extract::Request,
    http::{Method, StatusCode, Uri, header},
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::get,
};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi;

use crate::{
    State, all_imports, as_of,
    asker::Asker,
    audit, audit_export, audit_feed, caller, description, domain_proofs, erasures, health, history,
    identities, imports, invites, job_events, jobs, join, key_joins, license_access, license_keys,
    license_terms, licenses, log,
    operation::{self, Operation, operations},
    pages,
    problem::Problem,
    projections, reference, refused, replay, rights, roles, sessions, sign_in, tokens, users,
    visible::shortened,
    why,
};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seatbook",
        description = "Keeps the seats of paid licenses. Errors are RFC 9457 problems with stable codes.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(Problem)),
    tags(
        (name = "licenses", description = "What was bought, who administers it, what opens it"),
        (name = "users", description = "The user list; adding, inviting and removing people"),
        (name = "imports", description = "What was pasted and uploaded, and what became of it"),
        (name = "invites", description = "What invited people see and do"),
        (name = "audit", description = "Everything that happened, and why"),
        (name = "log", description = "The history as auditors verify it: checkpoints, tiles, proofs, exports"),
        (name = "erasures", description = "Erasing people from every license and role"),
        (name = "projections", description = "The read models' health"),
        (name = "sign-in", description = "Who asks: signing in, sessions"),
        (name = "tokens", description = "By which machines ask in a person's name"),
        (name = "installation", description = "Who runs it, and who checks and helps across all licenses")
    )
)]
struct Description;

/// Every operation, below [`API`].
static OPERATIONS: [&[Operation]; 32] = [
    licenses::OPERATIONS,
    license_terms::OPERATIONS,
    license_access::OPERATIONS,
    domain_proofs::OPERATIONS,
    license_keys::OPERATIONS,
    key_joins::OPERATIONS,
    users::OPERATIONS,
    as_of::OPERATIONS,
    imports::OPERATIONS,
    all_imports::OPERATIONS,
    jobs::OPERATIONS,
    refused::OPERATIONS,
    job_events::OPERATIONS,
    invites::OPERATIONS,
    join::OPERATIONS,
    audit::OPERATIONS,
    audit_export::OPERATIONS,
    audit_feed::OPERATIONS,
    log::tiles::OPERATIONS,
    log::proofs::OPERATIONS,
    log::export::OPERATIONS,
    log::anew::OPERATIONS,
    why::OPERATIONS,
    erasures::OPERATIONS,
    projections::OPERATIONS,
    replay::OPERATIONS,
    sign_in::OPERATIONS,
    sessions::OPERATIONS,
    identities::OPERATIONS,
    tokens::OPERATIONS,
    roles::OPERATIONS,
    operations![sample],
];

/// Below what all operations stand.
pub(crate) const API: &str = "/api/v1";

/// Every operation.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    OPERATIONS.into_iter().flatten()
}

/// The API's description (`OpenAPI` 3.1), made from the code.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut described = Description::openapi();
    operations().for_each(|operation| operation.describe(&mut described, API));
    description::complete(&mut described);
    described
}

/// The whole service, for whoever can open the database: the operator. Over the network it is
/// [`network::router`](crate::network::router) that is asked.
pub fn router(state: State) -> Router {
    within(state).layer(Extension(Asker::Owner))
}

/// The whole service, behind what says who asks.
pub(crate) fn within(state: State) -> Router {
    // In front of every handler, and of what would read a request for it.
    let below = operation::router(operations())
        .route_layer(from_fn(caller::named_well))
        .route_layer(from_fn_with_state(state.clone(), rights::enforce));
    let addresses = Router::new()
        .nest(API, below)
        .merge(health::router())
        .merge(sign_in::pages())
        .merge(pages::router(state.clone()))
        .merge(reference::router())
        .route("/api/openapi.json", get(described))
        .fallback(unknown_address)
        .layer(from_fn_with_state(state.clone(), history::unless_diverged))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::panicked().into_response()
        }))
        .with_state(state);
    // Around all of it: which methods an address takes is known only there.
    Router::new().fallback_service(addresses).layer(from_fn(wrong_method))
}

/// A file to start from.
pub(crate) const SAMPLE_CSV: &str = include_str!("../../docs/samples/users.csv");

/// A CSV file to start from.
#[utoipa::path(get, path = "/sample.csv", tag = "imports", operation_id = "sample_csv",
    responses((status = 200, body = String, content_type = "text/csv")))]
async fn sample() -> impl IntoResponse {
    let name = "attachment; filename=\"seatbook-sample.csv\"";
    ([(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, name)], SAMPLE_CSV)
}

/// The description, as text that is written once: it is long, and anybody may ask for it.
async fn described() -> impl IntoResponse {
    static TEXT: LazyLock<Result<Bytes, serde_json::Error>> =
        LazyLock::new(|| serde_json::to_vec(&openapi()).map(Bytes::from));
    let text = TEXT.as_ref().map_err(|error| Problem::internal(error))?;
    Ok::<_, Problem>(([(header::CONTENT_TYPE, "application/json")], text.clone()))
}

async fn unknown_address(uri: Uri) -> Problem {
    let detail = format!("There is nothing at {}.", shortened(uri.path()));
    let hint = if uri.path().starts_with("/api") {
        "The addresses are listed at /api/openapi.json."
    } else {
        "Look at the address again, or begin at your licenses."
    };
    Problem::new(StatusCode::NOT_FOUND, "not_found", detail, hint)
}

/// The framework knows which methods an address takes, and says so in a header; people read it in words.
async fn wrong_method(method: Method, uri: Uri, request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let allowed = answer.headers().get(header::ALLOW).cloned();
    let Some(allowed) = allowed.filter(|_| answer.status() == StatusCode::METHOD_NOT_ALLOWED) else {
        return answer;
    };
    let detail = format!("{} does not take {}.", shortened(uri.path()), shortened(method.as_str()));
    let hint = format!("It takes {}.", allowed.to_str().unwrap_or_default().replace(',', ", "));
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail, hint);
    ([(header::ALLOW, allowed)], problem).into_response()
}
