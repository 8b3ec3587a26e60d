//! Asks the table before any handler is asked.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, LazyLock, OnceLock},
};

use axum::{
    extract::{FromRequestParts, MatchedPath, RawPathParams, Request, State as With},
    http::{Method, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use chrono::Utc;
use commands::{Standing, record_read::Read};
use domain::{Code, InstallationRole, LicenseId, ReadKind, StaffRole};
use identity::Scope;

use super::{
    Kind, Right, Role, StillMay,
    viewer::{Granted, Viewer},
};
use crate::{
    State, app,
    asker::{Asker, By, SignedIn},
    body::not_an_id,
    operation::Operation,
    problem::Problem,
    reads::Shows,
};

/// An operation, and its row of the table once that was asked for.
struct Row {
    operation: &'static Operation,
    right: OnceLock<&'static Right>,
}

/// The rows by method and address.
static BY_ADDRESS: LazyLock<HashMap<(Method, String), Row>> = LazyLock::new(|| {
    let mut rows = HashMap::new();
    for operation in app::operations() {
        let address = app::API.to_owned() + &(operation.path)();
        for method in operation.taken() {
            rows.insert((method, address.clone()), Row { operation, right: OnceLock::new() });
        }
    }
    rows
});

/// What stands in no table nobody may do over the network.
fn right_of(method: Method, address: String) -> &'static Right {
    let found = |row: &Row| row.operation.id().and_then(|id| super::of(&id)).unwrap_or(&NOBODYS);
    BY_ADDRESS.get(&(method, address)).map_or(&NOBODYS, |row| row.right.get_or_init(|| found(row)))
}

/// The methods that an address takes, where this is none of them: nobody is asked who they are for that.
fn other_methods(method: &Method, path: &str) -> Option<String> {
    let taken = |method: &Method| BY_ADDRESS.contains_key(&(method.clone(), path.to_owned()));
    if taken(method) {
        return None;
    }
    let all = [Method::GET, Method::POST, Method::PUT].into_iter().filter(taken);
    let named =
        all.map(|method| if method == Method::GET { "GET,HEAD".to_owned() } else { method.to_string() });
    Some(named.collect::<Vec<_>>().join(",")).filter(|methods| !methods.is_empty())
}

/// Lets through who may, and says to the others why not.
pub(crate) async fn enforce(With(state): With<State>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Some(methods) = other_methods(&method_of(&parts), &address_of(&parts)) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, methods)]).into_response();
    }
    let let_in = match let_in(&state, &mut parts).await {
        Ok(let_in) => let_in,
        Err(problem) => return problem.into_response(),
    };
    let_in.hand_on(&state, Request::from_parts(parts, body), next).await
}

/// As what somebody is let in, and what is recorded of it, if anything.
pub(crate) struct LetIn {
    pub viewer: Viewer,
    read: Option<Read>,
}

impl LetIn {
    /// Hands a request on, and its answer back once it is recorded where it has to be, for as long as they may have it.
    pub(crate) async fn hand_on(self, state: &State, mut request: Request, next: Next) -> Response {
        let Self { viewer, read } = self;
        request.extensions_mut().insert(viewer);
        let still = request.extensions().get::<StillMay>().cloned();
        let answer = next.run(request).await;
        let answer = match still {
            Some(still) => still.watches(state, answer),
            None => answer,
        };
        match read {
            // Where somebody is led may say as much as what they are shown.
            Some(read) if answer.status().is_success() || Shows::stands_beside(&answer) => {
                state.recorded(read, answer).await
            }
            _ => answer,
        }
    }
}

async fn let_in(state: &State, parts: &mut Parts) -> Result<LetIn, Problem> {
    let_in_for(state, parts, right_of(method_of(parts), address_of(parts))).await
}

/// As what whoever asks is let in for an operation, on the license of the address if there is one.
pub(crate) async fn let_in_for(
    state: &State,
    parts: &mut Parts,
    right: &'static Right,
) -> Result<LetIn, Problem> {
    let asker = Asker::from_request_parts(parts, &()).await?;
    if matches!(asker, Asker::Owner) {
        parts.extensions.insert(StillMay::new(right, None, None));
        return Ok(LetIn { viewer: Viewer::Owner, read: None });
    }
    let params = RawPathParams::from_request_parts(parts, &()).await.ok();
    let named = |wanted: &str| {
        let found = params.as_ref()?.iter().find(|(name, _)| *name == wanted);
        found.map(|(name, id)| (name.to_owned(), id.to_owned()))
    };
    let license = named("license_id");
    let license = license.map(|(name, id)| id.parse::<LicenseId>().map_err(|_| not_an_id(&name, &id)));
    let granted = granted(state, right, asker.signed_in(), license.clone()).await?;
    let person = if let Asker::Person(person) = &asker { Some(Arc::clone(person)) } else { None };
    let license = license.and_then(Result::ok);
    parts.extensions.insert(StillMay::new(right, person, license));
    let read = read(right, &granted, license)
        .or_else(|| by_admin(right, &granted, parts.uri.query().unwrap_or_default()));
    let member = named("member_id").and_then(|(_, id)| id.parse().ok());
    Ok(LetIn { viewer: Viewer::Of(granted), read: read.map(|read| Read { member, ..read }) })
}

/// What is recorded where somebody is let in by nothing but a role that helps or checks.
fn read(right: &Right, granted: &Granted, license: Option<LicenseId>) -> Option<Read> {
    let what = super::reads::kind_of(right.operation)?;
    let mut by = right.roles.iter().filter(|role| granted.roles.contains(role));
    let role = match (by.next()?, by.next()) {
        (Role::Auditor, None | Some(Role::Support)) => domain::Role::Auditor,
        (Role::Support, None) => domain::Role::Support,
        // Who runs the license, or is asked about, reads what is theirs.
        _ => return None,
    };
    Some(Read { reader: granted.subject?, role, license, what, member: None, subject: None })
}

/// Which licenses somebody administers says something about them. Recorded where whoever asks sees all licenses.
fn by_admin(right: &Right, granted: &Granted, query: &str) -> Option<Read> {
    let asks = || form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "admin");
    if right.operation != "list_licenses" || granted.across.is_empty() || !asks() {
        return None;
    }
    let role = match &granted.roles {
        roles if roles.contains(&Role::Support) => domain::Role::Support,
        roles if roles.contains(&Role::Auditor) => domain::Role::Auditor,
        _ => domain::Role::Operator,
    };
    Some(Read {
        reader: granted.subject?,
        role,
        license: None,
        what: ReadKind::Admins,
        member: None,
        subject: None,
    })
}

/// Whoever may ask may ask for the headers alone.
fn method_of(parts: &Parts) -> Method {
    if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() }
}

/// As the router has it.
fn address_of(parts: &Parts) -> String {
    parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned()
}

static NOBODYS: Right = Right { operation: "", kind: Kind::Write, roles: &[] };

/// As what somebody is let in.
async fn granted(
    state: &State,
    right: &Right,
    person: Option<&SignedIn>,
    license: Option<Result<LicenseId, Problem>>,
) -> Result<Granted, Problem> {
    let Some(person) = person else {
        let anybody = BTreeSet::from([Role::Anybody]);
        let nobody = Granted { subject: None, roles: anybody, only: None, across: BTreeSet::new() };
        return if right.roles.contains(&Role::Anybody) { Ok(nobody) } else { Err(sign_in_first()) };
    };
    let license = license.transpose()?;
    let scopes = Scopes::of(person);
    scopes.check(right, license)?;
    let standing = state.commands.standing(&person.email, license).await?;
    let (roles, across) = roles(&standing, &scopes, right.kind);
    let granted = Granted { subject: standing.subject, roles, only: scopes.only, across };
    if right.roles.iter().any(|role| granted.roles.contains(role)) {
        return match license {
            // Also who may do it on all licenses can't where there is none.
            Some(license) if standing.license.is_none() => Err(Problem::unknown_license(license)),
            _ => Ok(granted),
        };
    }
    let has_a_place = granted.roles.iter().any(|role| !matches!(role, Role::Anybody | Role::Person));
    match license {
        // Whether there is one that is not theirs is nobody's business.
        Some(license) if !has_a_place || standing.license.is_none() => Err(Problem::unknown_license(license)),
        _ => Err(not_permitted(right)),
    }
}

/// That somebody who was let in still would be.
pub(super) async fn still(
    state: &State,
    right: &Right,
    person: &SignedIn,
    license: Option<LicenseId>,
) -> Result<(), Problem> {
    let now = Utc::now();
    let lasts = match &person.by {
        By::Session(session) => state.accounts.session_lasts(session.session_id, now).await?,
        By::Token(token) => state.accounts.token_lasts(token.token_id, now).await?,
    };
    if !lasts {
        return Err(sign_in_first());
    }
    granted(state, right, Some(person), license.map(Ok)).await.map(drop)
}

/// As what a person asks; and which of it they are across all licenses.
fn roles(standing: &Standing, scopes: &Scopes, kind: Kind) -> (BTreeSet<Role>, BTreeSet<Role>) {
    let mut roles = BTreeSet::from([Role::Anybody, Role::Person]);
    let mut across = BTreeSet::new();
    for role in &standing.installation {
        let role = match role {
            InstallationRole::Operator if scopes.has(Scope::Operator) => Role::Operator,
            InstallationRole::Operator => continue,
            InstallationRole::Auditor => Role::Auditor,
            InstallationRole::Support => Role::Support,
        };
        across.insert(role);
    }
    roles.extend(&across);
    // A token that may change things as the operator alone changes nothing as anybody else.
    if kind == Kind::Write && !scopes.has(Scope::Write) {
        roles.retain(|role| matches!(role, Role::Anybody | Role::Operator));
        return (roles, across);
    }
    if let Some(on_license) = &standing.license {
        let staff = |role| on_license.staff.contains(&role);
        let held = [
            (on_license.member, Role::Member),
            (on_license.admin, Role::Admin),
            (staff(StaffRole::Auditor), Role::Auditor),
            (staff(StaffRole::Support), Role::Support),
        ];
        roles.extend(held.into_iter().filter(|(held, _)| *held).map(|(_, role)| role));
    }
    (roles, across)
}

/// What a person's way in is good for.
struct Scopes {
    of_token: BTreeSet<Scope>,
    by_session: bool,
    only: Option<LicenseId>,
}

/// What a token for one license reads beside that license.
const BESIDE_ITS_LICENSE: [&str; 7] = [
    "list_licenses",
    "who_am_i",
    "sample_csv",
    "show_checkpoint",
    "show_log_key",
    "get_tile",
    "prove_consistency",
];

impl Scopes {
    fn of(person: &SignedIn) -> Self {
        match Asker::token_of(person) {
            None => Self { of_token: BTreeSet::new(), by_session: true, only: None },
            Some(token) => {
                Self { of_token: token.of.scopes.clone(), by_session: false, only: token.of.license }
            }
        }
    }

    fn has(&self, scope: Scope) -> bool {
        self.by_session || self.of_token.contains(&scope)
    }

    fn check(&self, right: &Right, license: Option<LicenseId>) -> Result<(), Problem> {
        let good = match right.kind {
            Kind::Read => self.has(Scope::Read),
            Kind::Write => self.has(Scope::Write) || self.has(Scope::Operator),
            Kind::Account => self.by_session || right.roles.contains(&Role::Anybody),
        };
        match (self.only, license) {
            _ if !good => Err(beyond_the_token()),
            (Some(only), Some(license)) if only != license => Err(Problem::unknown_license(license)),
            (Some(_), None) if !BESIDE_ITS_LICENSE.contains(&right.operation) => Err(beyond_the_token()),
            _ => Ok(()),
        }
    }
}

fn sign_in_first() -> Problem {
    let hint = "Sign in, or send an API token: Authorization: Bearer sbk_…";
    Problem::new(StatusCode::UNAUTHORIZED, "sign_in_first", "Nobody knows who asks.", hint)
}

fn beyond_the_token() -> Problem {
    let hint = "Sign in, or make a token that is good for it.";
    let detail = "The token is not good for this: it has other scopes, or is for one license only.";
    Problem::new(StatusCode::FORBIDDEN, "token_scope", detail, hint)
}

/// Each of them will do.
fn either(who: &[&str]) -> String {
    match who {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => who.concat(),
    }
}

fn not_permitted(right: &Right) -> Problem {
    let named = |role: &Role| match role {
        Role::Anybody | Role::Person => "whoever has signed in",
        Role::Member => "who is on the license",
        Role::Admin => "an admin of the license",
        Role::Auditor => "an auditor",
        Role::Support => "support staff",
        Role::Operator => "the operator",
    };
    let who: Vec<_> = right.roles.iter().map(named).collect();
    let detail = if who.is_empty() {
        "This is done on the machine itself, by whoever can open the database.".to_owned()
    } else {
        format!("This is for {}.", either(&who))
    };
    let hint = "Ask one of them to do it, or to give you that role.";
    Problem::new(StatusCode::FORBIDDEN, Code::NotPermitted.as_str(), detail, hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_row_of_the_table_at_its_address() {
        for operation in app::operations() {
            let address = app::API.to_owned() + &(operation.path)();
            for method in operation.taken() {
                let right = right_of(method, address.clone());
                assert_eq!(Some(right.operation), operation.id().as_deref(), "{address}");
            }
        }
    }
}
