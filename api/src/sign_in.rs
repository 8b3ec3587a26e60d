//! `/api/v1/sign-in`, and the page `/sign-in`: by a link that is sent to one's address, or by a provider.
//!
//! The secret stands behind the `#` of the link, which browsers send to nobody: it gets into no log. Opening the link uses
//! nothing up; pressing the button does. So programs that look through letters sign nobody in.

mod page;
mod with_provider;

use axum::{
    Json,
    extract::State as With,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use commands::CommandError;
use domain::EmailAddress;
use identity::{Secret, Session, SignInMethod, attempts, sign_in_links};
use serde::{Deserialize, Serialize};

use crate::{
    State,
    asker::Asker,
    body::{JsonBody, email},
    browser::Browser,
    mail::Letter,
    network::{cookie, no_cookie},
    operation::{Operation, operations},
    problem::Problem,
};

pub(crate) use page::router as pages;

/// The pages of it that take orders.
pub(crate) const PAGE: &str = "/sign-in";
pub(crate) const LINK: &str = "/sign-in/link";
pub(crate) const WITH_PROVIDER: &str = "/sign-in/with/{provider}";

pub(crate) const OPERATIONS: &[Operation] = operations![ask_for_link, make_link, sign_in, sign_out];

/// Who wants to sign in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Whom {
    /// Their address.
    email: String,
}

/// What was done about it.
#[derive(Serialize, utoipa::ToSchema)]
struct Asked {
    /// `link_sent`, whoever asks.
    code: &'static str,
    /// What to do now.
    detail: &'static str,
}

/// What whoever asks for a link is told: nothing about whether anybody is known by the address.
const SENT: &str =
    "If mail reaches this address, a link is on its way. It signs you in once, within 10 minutes.";

/// Be sent a link that signs you in. The answer says nothing about whether anybody is known by the address.
#[utoipa::path(post, path = "/sign-in/links", tag = "sign-in", operation_id = "ask_for_sign_in_link",
    request_body = Whom, responses((status = 202, body = Asked)))]
async fn ask_for_link(
    With(state): With<State>,
    body: JsonBody<Whom>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    ask(&state, email("email", &body.value.email)?);
    Ok((StatusCode::ACCEPTED, Json(Asked { code: "link_sent", detail: SENT })))
}

/// Sends a link, after the answer: whoever asks can't tell from the time it takes what became of it.
fn ask(state: &State, person: EmailAddress) {
    let state = state.clone();
    tokio::spawn(async move {
        let sent = async {
            let (at_once, now) = (sign_in_links::AT_ONCE, Utc::now());
            let Some(secret) = state.accounts.make_sign_in_link(&person, at_once, now).await? else {
                return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(());
            };
            let who = person.normalised();
            if state.accounts.attempt(attempts::LETTERS, who, sign_in_links::LETTERS, now).await?.is_some() {
                // Of those that were sent, any signs in.
                state.accounts.use_sign_in_link(&secret, now).await?;
                return Ok(());
            }
            let to = mailbox_of(&state, &person).await?;
            let sent = state.front.mail.send(letter(to, &link(&state, &secret), &secret)).await;
            if sent.is_err() {
                // It takes the place of none that arrives.
                state.accounts.use_sign_in_link(&secret, now).await?;
            }
            Ok(sent?)
        };
        if let Err(error) = sent.await {
            tracing::error!(%error, "a sign-in link could not be sent");
        }
    });
}

/// Where the person is whom a link signs in: as somebody spelled it who added them. In another spelling that counts as theirs it
/// may be somebody else's, who would be signed in as them.
async fn mailbox_of(state: &State, person: &EmailAddress) -> Result<EmailAddress, CommandError> {
    let known = state.commands.known(person).await?.map(|known| known.subject_id);
    let spelled = state.log.find_addresses(known.as_slice()).await?.into_iter().flatten().next();
    let spelled = spelled.and_then(|spelled| EmailAddress::parse(&spelled).ok());
    Ok(spelled.map_or_else(|| person.in_its_own_spelling(), |spelled| spelled.of_them_alone().into_owned()))
}

fn link(state: &State, secret: &Secret) -> String {
    format!("{}/sign-in#{}", state.front.base(), secret.reveal())
}

fn letter(to: EmailAddress, link: &str, secret: &Secret) -> Letter {
    // Short lines: longer ones would be written in a form that nobody reads in a file.
    let text = format!(
        "Somebody, most likely you, asked to sign in to Seatbook with this\n\
         address. Open this link, and press the button there:\n\n{link}\n\n\
         Or enter this code on the page:\n\n{}\n\n\
         It works once, for {} minutes. If it was not you, there is nothing\n\
         to do: nobody signs in without it.\n",
        secret.reveal(),
        sign_in_links::LASTS.num_minutes()
    );
    Letter { to, subject: "Sign in to Seatbook".to_owned(), text }
}

/// A link.
#[derive(Serialize, utoipa::ToSchema)]
struct MadeLink {
    /// To be opened in a browser. Works once.
    link: String,
    /// Until when.
    ends_at: DateTime<Utc>,
}

/// Make a link that signs somebody in, and be told it: by whoever can open the database, to hand it over.
#[utoipa::path(post, path = "/sign-in/links/make", tag = "sign-in", operation_id = "make_sign_in_link",
    request_body = Whom, responses((status = 201, body = MadeLink)))]
async fn make_link(
    With(state): With<State>,
    body: JsonBody<Whom>,
) -> Result<(StatusCode, Json<MadeLink>), Problem> {
    let (person, now) = (email("email", &body.value.email)?, Utc::now());
    // It is handed over and floods no mailbox: whoever asks for many in another's name keeps nobody out.
    let made = state.accounts.make_sign_in_link(&person, u64::from(u32::MAX), now).await?;
    let secret = made.ok_or_else(|| Problem::internal(&"no link was made"))?;
    let made = MadeLink { link: link(&state, &secret), ends_at: now + sign_in_links::LASTS };
    Ok((StatusCode::CREATED, Json(made)))
}

/// What signs somebody in.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct Code {
    /// What stands in the link behind `#`.
    code: String,
}

/// Somebody who has signed in.
#[derive(Serialize, utoipa::ToSchema)]
struct SignedIn {
    /// Who.
    email: String,
    /// Until when at most.
    ends_at: DateTime<Utc>,
}

/// Sign in with what a link holds, and get a session's cookie. A session that the browser has already ends.
#[utoipa::path(post, path = "/sign-in", tag = "sign-in", operation_id = "sign_in",
    request_body = Code, responses((status = 200, body = SignedIn)))]
async fn sign_in(
    With(state): With<State>,
    asker: Asker,
    Browser(browser): Browser,
    body: JsonBody<Code>,
) -> Result<Response, Problem> {
    let (secret, session) = begin(&state, &asker, browser, &body.value.code).await?;
    let signed_in = SignedIn { email: session.person.as_spelled().to_owned(), ends_at: session.ends_at };
    Ok(with_cookie(Json(signed_in), cookie(&state.front, &secret)))
}

async fn begin(
    state: &State,
    asker: &Asker,
    browser: Option<String>,
    code: &str,
) -> Result<(Secret, Session), Problem> {
    let used = state.accounts.use_sign_in_link(&Secret::given(code.trim()), Utc::now()).await?;
    let person = used.ok_or_else(link_used).inspect_err(|problem| could_not(&problem.code))?;
    session(state, asker, &person, SignInMethod::Link, browser).await
}

/// Written down: a session by its id, and never an address.
fn could_not(code: &str) {
    tracing::info!("could not sign in code={code}");
}

/// A new session for somebody who has shown who they are; the one that the browser had ends.
async fn session(
    state: &State,
    asker: &Asker,
    person: &EmailAddress,
    method: SignInMethod,
    browser: Option<String>,
) -> Result<(Secret, Session), Problem> {
    if let Some(before) = asker.session() {
        state.accounts.end_session(&before.person, before.session_id).await?;
    }
    let begun =
        state.accounts.begin_session(person, method, browser, state.front.sessions, Utc::now()).await?;
    // A session is forgotten once it is over: who it was stays said by what stands for them in the history, if anything does.
    let known = state.commands.known(person).await.ok().flatten();
    let person = known.map(|known| format!(" as={}", known.subject_id.0)).unwrap_or_default();
    tracing::info!("signed in by={}{person} way={}", begun.1.session_id, method.as_str());
    Ok(begun)
}

fn link_used() -> Problem {
    let minutes = sign_in_links::LASTS.num_minutes();
    let detail =
        format!("The link or code is not right, was used already, or is older than {minutes} minutes.");
    Problem::new(StatusCode::FORBIDDEN, "link_used", detail, "Ask for another link: it comes by e-mail.")
}

/// End this session.
#[utoipa::path(post, path = "/sign-out", tag = "sign-in", operation_id = "sign_out",
    responses((status = 204, description = "It has ended; the cookie is gone.")))]
async fn sign_out(With(state): With<State>, asker: Asker) -> Result<Response, Problem> {
    out(&state, &asker).await?;
    Ok(with_cookie(StatusCode::NO_CONTENT, no_cookie(&state.front)))
}

/// Ends the session that somebody asks with.
pub(crate) async fn out(state: &State, asker: &Asker) -> Result<(), Problem> {
    if let Some(session) = asker.session() {
        state.accounts.end_session(&session.person, session.session_id).await?;
        tracing::info!("signed out by={}", session.session_id);
    }
    Ok(())
}

fn with_cookie(answer: impl IntoResponse, cookie: Option<HeaderValue>) -> Response {
    let mut answer = answer.into_response();
    if let Some(cookie) = cookie {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
    answer
}
