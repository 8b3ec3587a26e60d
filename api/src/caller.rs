//! Who asks, from the request's headers.
//!
//! Whoever can open the database, or its socket, is the operator, and may act for a person. Over the network people ask
//! for themselves.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, StatusCode, request::Parts},
    middleware::Next,
    response::Response,
};
use chrono::Utc;
use commands::{Context, Who};
use domain::{EmailAddress, RequestId, Source, SubjectId};
use eventlog::CommandKey;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{about::About, asker::Asker, problem::Problem, visible::shortened};

/// Names the person that the operator acts for: an e-mail address, percent-encoded UTF-8.
pub const AS: &str = "seatbook-as";

/// Says by which way the request came, where it was not plain HTTP: `cli`.
pub const VIA: &str = "seatbook-via";

/// Makes a request happen once, however often it is sent.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Longer keys are refused: they would be stored.
const LONGEST_KEY: usize = 255;

/// Who asks, and with which key.
pub(crate) struct Caller {
    who: Who,
    source: Source,
    key: Option<String>,
    target: String,
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let source = source(&parts.headers)?;
        let key = header(&parts.headers, IDEMPOTENCY_KEY)?.map(key).transpose()?;
        let target = format!("{} {}", parts.method, parts.uri);
        let asker = Asker::from_request_parts(parts, state).await?;
        Ok(Self { who: who(&asker, &parts.headers)?, source, key, target })
    }
}

/// Who asks to see what is written down each time, so that no key makes two times one.
pub(crate) struct Seer(Caller);

impl<S: Sync> FromRequestParts<S> for Seer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let source = source(&parts.headers)?;
        let asker = Asker::from_request_parts(parts, state).await?;
        let who = who(&asker, &parts.headers)?;
        Ok(Self(Caller { who, source, key: None, target: String::new() }))
    }
}

impl Seer {
    /// What a request of theirs is about, so far.
    pub(crate) fn about(&self) -> About {
        self.0.about()
    }

    /// The context of what is written down.
    pub(crate) fn context(self) -> Context {
        self.0.context([])
    }
}

/// The person who asks, or that the operator acts for, if they act for one.
pub(crate) struct Person(pub Option<EmailAddress>);

impl<S: Sync> FromRequestParts<S> for Person {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let asker = Asker::from_request_parts(parts, state).await?;
        match asker.signed_in() {
            Some(person) => Ok(Self(Some(person.email.clone()))),
            None => person(&parts.headers).map(Self),
        }
    }
}

/// The person for whose account something is asked.
pub(crate) struct Own(pub EmailAddress);

impl<S: Sync> FromRequestParts<S> for Own {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Person(person) = Person::from_request_parts(parts, state).await?;
        person.map(Self).ok_or_else(nobody_named)
    }
}

/// One rule for every address: a person who can't be read is refused, also where it makes no difference for whom
/// the operator asks.
pub(crate) async fn named_well(_: Person, request: Request, next: Next) -> Response {
    next.run(request).await
}

/// A person has to ask, and none is named.
pub(crate) fn nobody_named() -> Problem {
    let hint = "Name the person in the Seatbook-As header.";
    Problem::invalid("Seatbook-As", "the header is missing: nobody knows who asks", hint)
}

impl Caller {
    /// That a person asks: the operator alone does not do it.
    pub(crate) fn named(self) -> Result<Self, Problem> {
        self.email().ok_or_else(nobody_named)?;
        Ok(self)
    }

    /// The same, ordered once: with a key that the page of the order holds, if there is one.
    pub(crate) fn once(self, key: Option<String>) -> Self {
        let key = key.filter(|key| key.len() <= LONGEST_KEY);
        Self { key: self.key.or(key), ..self }
    }

    /// What a request of theirs is about, so far.
    pub(crate) fn about(&self) -> About {
        About::asked_by(self.email())
    }

    /// The context of a command. `body` is what was asked, for telling a repeated request from another one.
    pub(crate) fn context(self, body: impl AsRef<[u8]>) -> Context {
        let command = self.key.as_deref().map(|key| self.command_key(key, body.as_ref()));
        let (who, source, request_id) = (self.who, self.source, RequestId(Uuid::now_v7()));
        Context { who, now: Utc::now(), source, request_id, command }
    }

    fn email(&self) -> Option<&EmailAddress> {
        match &self.who {
            Who::Operator => None,
            Who::Person { email, .. } => Some(email),
        }
    }

    /// The key itself is not stored: without it, nobody can test what a request's digest stands for.
    fn command_key(&self, key: &str, body: &[u8]) -> CommandKey {
        let who = self.email().map_or("", EmailAddress::normalised);
        let digest = |parts: [&[u8]; 3]| {
            parts.iter().fold(Sha256::new(), |hash, part| {
                hash.chain_update(part.len().to_le_bytes()).chain_update(part)
            })
        };
        let id: [u8; 32] = digest([b"command", who.as_bytes(), key.as_bytes()]).finalize().into();
        let fingerprint = digest([key.as_bytes(), self.target.as_bytes(), body]).finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&id[..16]);
        CommandKey { id: uuid::Builder::from_custom_bytes(bytes).into_uuid(), fingerprint }
    }
}

fn source(headers: &HeaderMap) -> Result<Source, Problem> {
    match header(headers, VIA)? {
        None => Ok(Source::Api),
        Some("cli") => Ok(Source::Cli),
        Some(other) => {
            let what = format!("\"{}\" is no way that is known", shortened(other));
            Err(Problem::invalid("Seatbook-Via", what, "Leave the header out, or give cli."))
        }
    }
}

/// Who has signed in, or for whom the operator asks.
fn who(asker: &Asker, headers: &HeaderMap) -> Result<Who, Problem> {
    let person = match asker.signed_in() {
        Some(person) => Some(person.email.clone()),
        None => person(headers)?,
    };
    let acted_by = asker.signed_in().is_none().then_some(SubjectId::OPERATOR);
    Ok(person.map_or(Who::Operator, |email| Who::Person { email, acted_by }))
}

fn person(headers: &HeaderMap) -> Result<Option<EmailAddress>, Problem> {
    let Some(text) = header(headers, AS)? else { return Ok(None) };
    let text = percent_decode_str(text).decode_utf8().map_err(|_| bad_header(AS, "is not UTF-8"))?;
    // Who typed a command knows nothing of headers.
    let field =
        if source(headers).is_ok_and(|source| source == Source::Cli) { "--as" } else { "Seatbook-As" };
    EmailAddress::parse(&text).map(Some).map_err(|error| Problem::invalid_email(field, &error))
}

/// A structured-field string in quotes, as the draft has it; plain text is understood as well.
fn key(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    let inner = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).unwrap_or(text);
    match inner.len() {
        0 => Err(bad_header("Idempotency-Key", "is empty")),
        n if n > LONGEST_KEY => Err(bad_header("Idempotency-Key", "is longer than 255 characters")),
        _ => Ok(inner.to_owned()),
    }
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> Result<Option<&'a str>, Problem> {
    headers
        .get(name)
        .map(|v| v.to_str().map_err(|_| bad_header(name, "holds bytes that are not ASCII")))
        .transpose()
}

fn bad_header(name: &str, what: &str) -> Problem {
    let hint = "Send the header as the API description at /api/openapi.json says.";
    Problem::new(StatusCode::BAD_REQUEST, "invalid_header", format!("The header {name} {what}."), hint)
}
