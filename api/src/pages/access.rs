//! `/account/sessions`, `/account/identities` and `/account/tokens`: in which browsers somebody is signed in, which accounts
//! at providers sign them in, and which programs ask for them.

use std::collections::BTreeSet;

use askama::Template;
use axum::{http::StatusCode, response::Response};
use chrono::Utc;
use identity::{ApiToken, Scope, Session};
use uuid::Uuid;

use super::{
    form::{Form, Refused},
    frame::Frame,
    keys,
    toast::Toast,
    visit::Visit,
    words::{self, At, Marked},
};
use crate::{
    asker::Asker,
    body::PathOf,
    identities::{self, IdentityShown},
    problem::Problem,
    sessions, tokens,
    whole::Whole,
};

#[derive(Template)]
#[template(path = "sessions.html")]
struct Sessions {
    frame: Frame,
    items: Vec<Session>,
    current: Option<Uuid>,
}

impl Sessions {
    fn is_current(&self, session: &Session) -> bool {
        self.current == Some(session.session_id)
    }
}

pub(super) async fn list_sessions(visit: Visit, asker: Asker) -> Result<Response, Problem> {
    let found =
        visit.state.accounts.sessions_of(&visit.email, visit.state.front.sessions, Utc::now()).await?;
    let current = asker.session().map(|session| session.session_id);
    visit.page(&Sessions { frame: visit.frame("Sessions").await?, items: found, current })
}

pub(super) async fn end_session(visit: Visit, PathOf(id): PathOf<Uuid>) -> Result<Response, Problem> {
    let told = match sessions::ended(&visit.state, &visit.email, id).await {
        Ok(()) => Toast::good("The session has ended: that browser is signed out.", 0),
        Err(problem) => Toast::bad(&problem),
    };
    Ok(visit.tell(&told, "/account/sessions"))
}

/// All but that of this browser.
pub(super) async fn end_other_sessions(visit: Visit, asker: Asker) -> Result<Response, Problem> {
    let (accounts, current) = (&visit.state.accounts, asker.session().map(|session| session.session_id));
    let sessions = accounts.sessions_of(&visit.email, visit.state.front.sessions, Utc::now()).await?;
    let mut ended = 0;
    for session in sessions.iter().filter(|session| current != Some(session.session_id)) {
        ended += u64::from(accounts.end_session(&visit.email, session.session_id).await?);
    }
    let told = format!("{} ended: those browsers are signed out.", words::counted(ended, "session"));
    Ok(visit.tell(&Toast::good(told, 0), "/account/sessions"))
}

#[derive(Template)]
#[template(path = "identities.html")]
struct Identities {
    frame: Frame,
    items: Vec<IdentityShown>,
    /// What stands on the buttons of the providers.
    labels: Vec<String>,
}

pub(super) async fn list_identities(visit: Visit) -> Result<Response, Problem> {
    let items = identities::listed(&visit.state, &visit.email).await?;
    let labels = visit.state.front.providers.iter().map(|provider| provider.label.clone()).collect();
    visit.page(&Identities { frame: visit.frame("Accounts that sign you in").await?, items, labels })
}

pub(super) async fn unlink_identity(visit: Visit, PathOf(id): PathOf<Uuid>) -> Result<Response, Problem> {
    let told = match identities::unlinked(&visit.state, &visit.email, id).await {
        Ok(()) => Toast::good("That account signs you in no more.", 0)
            .with_hint("Sessions that it began go on, until you end them.")
            .with_link("/account/sessions", "Sessions"),
        Err(problem) => Toast::bad(&problem),
    };
    Ok(visit.tell(&told, "/account/identities"))
}

#[derive(Template)]
#[template(path = "tokens.html")]
struct Tokens {
    frame: Frame,
    items: Vec<ApiToken>,
    /// One that was made just now: it is shown once.
    made: Option<String>,
    /// One that was not made.
    refused: Option<Refused>,
    /// Whether a token can act as the operator.
    is_operator: bool,
}

impl Tokens {
    async fn of(visit: &Visit) -> Result<Self, Problem> {
        let items = visit.state.accounts.tokens_of(&visit.email, Utc::now()).await?;
        let frame = visit.frame("API tokens").await?;
        let is_operator = visit.viewer.is_operator();
        Ok(Self { frame, items, made: None, refused: None, is_operator })
    }

    /// What the form is filled in with: as it was, or as most want it.
    fn entered<'a>(&'a self, field: &str, usual: &'a str) -> &'a str {
        self.refused.as_ref().map_or(usual, |refused| refused.form.text(field))
    }

    fn invalid(&self, field: &str) -> Marked {
        words::invalid(self.refused.as_ref().map(|refused| &refused.problem), field, "")
    }

    fn is_ticked(&self, scope: &str) -> bool {
        self.refused
            .as_ref()
            .map_or(scope == "read", |refused| refused.form.all("scope").any(|it| it == scope))
    }

    fn scopes(token: &ApiToken) -> String {
        token.of.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(", ")
    }
}

pub(super) async fn list_tokens(visit: Visit) -> Result<Response, Problem> {
    visit.page(&Tokens::of(&visit).await?)
}

pub(super) async fn make_token(visit: Visit, form: Form) -> Result<Response, Problem> {
    let made = async {
        let days = Whole(keys::number(&form, "days")?.unwrap_or(90));
        let scopes: BTreeSet<Scope> =
            [("read", Scope::Read), ("write", Scope::Write), ("operator", Scope::Operator)]
                .into_iter()
                .filter(|(word, _)| form.all("scope").any(|ticked| ticked == *word))
                .map(|(_, scope)| scope)
                .collect();
        if scopes.is_empty() {
            return Err(Problem::invalid(
                "What it may do",
                "nothing is ticked",
                "Tick what the token is for.",
            ));
        }
        tokens::made(&visit.state, visit.email.clone(), form.text("name"), scopes, None, days).await
    };
    match made.await {
        Ok((secret, _)) => {
            let made = Some(secret.reveal().to_owned());
            let mut answer = visit.page(&Tokens { made, ..Tokens::of(&visit).await? })?;
            *answer.status_mut() = StatusCode::CREATED;
            Ok(answer)
        }
        Err(problem) => {
            let status = problem.status;
            let refused = Some(Refused { at: (), form, problem });
            visit.page_with(status, &Tokens { refused, ..Tokens::of(&visit).await? })
        }
    }
}

pub(super) async fn revoke_token(visit: Visit, PathOf(id): PathOf<Uuid>) -> Result<Response, Problem> {
    let told = match tokens::revoked(&visit.state, &visit.email, id).await {
        Ok(()) => Toast::good("The token is revoked: it opens nothing any more.", 0),
        Err(problem) => Toast::bad(&problem),
    };
    Ok(visit.tell(&told, "/account/tokens"))
}
