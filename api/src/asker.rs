//! Who asks: the owner of the database, a person who has signed in, or nobody known.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::EmailAddress;
use identity::{ApiToken, Session};
use uuid::Uuid;

use crate::problem::Problem;

/// Who asks. Put beside every request before a handler sees it: by which way it came decides.
#[derive(Clone)]
pub(crate) enum Asker {
    /// Whoever can open the database, or its socket: the operator, who may act for a person.
    Owner,
    /// Somebody over the network who has not shown who they are.
    Nobody,
    /// A person.
    Person(Arc<SignedIn>),
}

/// A person who has shown who they are. No `Debug`: holds an address.
pub(crate) struct SignedIn {
    pub email: EmailAddress,
    pub by: By,
}

/// By what they have shown it.
pub(crate) enum By {
    /// A cookie.
    Session(Session),
    /// A token, which may be good for less than its person.
    Token(ApiToken),
}

impl By {
    /// The id of the session or of the token.
    pub(crate) const fn id(&self) -> Uuid {
        match self {
            Self::Session(session) => session.session_id,
            Self::Token(token) => token.token_id,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // Nobody is let in because somebody forgot to ask.
        parts.extensions.get().cloned().ok_or_else(|| Problem::internal(&"nobody said who asks"))
    }
}

impl Asker {
    /// By what they are known, for the service's log: ids, and never an address.
    pub(crate) fn id(&self) -> String {
        match self {
            Self::Owner => "owner".to_owned(),
            Self::Nobody => "nobody".to_owned(),
            Self::Person(person) => person.by.id().to_string(),
        }
    }

    /// The person who has signed in.
    pub(crate) fn signed_in(&self) -> Option<&SignedIn> {
        match self {
            Self::Person(person) => Some(person),
            Self::Owner | Self::Nobody => None,
        }
    }

    /// The session of a browser.
    pub(crate) fn session(&self) -> Option<&Session> {
        match &self.signed_in()?.by {
            By::Session(session) => Some(session),
            By::Token(_) => None,
        }
    }

    /// The token of a machine.
    pub(crate) fn token(&self) -> Option<&ApiToken> {
        Self::token_of(self.signed_in()?)
    }

    /// The token by which a person has shown who they are.
    pub(crate) const fn token_of(person: &SignedIn) -> Option<&ApiToken> {
        match &person.by {
            By::Session(_) => None,
            By::Token(token) => Some(token),
        }
    }
}
