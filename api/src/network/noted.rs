//! What the service's log says of who comes in: ids, codes and where in the network they are, never an e-mail address.

use std::{fmt, net::IpAddr};

use axum::{http::StatusCode, response::Response};
use uuid::Uuid;

use crate::{asker::Asker, problem::ProblemCode};

/// Something that is worth a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Noted {
    what: &'static str,
    /// By what they were known: the id of a session or of a token.
    by: Option<Uuid>,
    code: Option<String>,
    from: IpAddr,
}

impl Noted {
    /// Of an answer; nothing, if it is one of many. Who signs in and out is noted where all ways to do so meet.
    pub(super) fn of(asker: Option<&Asker>, answer: &Response, from: IpAddr) -> Option<Self> {
        let by = asker.and_then(Asker::signed_in).map(|person| person.by.id());
        let code = answer.extensions().get::<ProblemCode>().map(|code| code.0.clone());
        let what = match answer.status() {
            StatusCode::TOO_MANY_REQUESTS => "tried too often",
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "turned away",
            _ => return None,
        };
        Some(Self { what, by, code, from })
    }

    /// Writes it down.
    pub(super) fn write(&self) {
        tracing::info!("{self}");
    }
}

impl fmt::Display for Noted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.what)?;
        if let Some(code) = &self.code {
            write!(f, " code={code}")?;
        }
        self.by.map_or(Ok(()), |by| write!(f, " by={by}"))?;
        write!(f, " from={}", self.from)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::response::IntoResponse;
    use chrono::Utc;
    use domain::EmailAddress;
    use identity::{ApiToken, NewToken};

    use super::*;
    use crate::{
        asker::{By, SignedIn},
        problem::Problem,
    };

    fn asker() -> Asker {
        let email = EmailAddress::parse("ada@school.example").expect("an address");
        let of = NewToken {
            person: email.clone(),
            name: "sync".to_owned(),
            scopes: std::collections::BTreeSet::new(),
            license: None,
            ends_at: Utc::now(),
        };
        let token = ApiToken { token_id: Uuid::from_u128(7), of, created_at: Utc::now(), used_at: None };
        Asker::Person(Arc::new(SignedIn { email, by: By::Token(token) }))
    }

    fn said(asker: Option<&Asker>, answer: &Response) -> Option<String> {
        Noted::of(asker, answer, [192, 0, 2, 7].into()).map(|noted| noted.to_string())
    }

    #[test]
    fn who_is_turned_away_is_noted_without_an_address() {
        let no = |status, code| Problem::new(status, code, "ada@school.example may not.", "").into_response();
        let known = asker();
        assert_eq!(
            said(Some(&known), &no(StatusCode::FORBIDDEN, "not_permitted")).as_deref(),
            Some("turned away code=not_permitted by=00000000-0000-0000-0000-000000000007 from=192.0.2.7")
        );
        assert_eq!(
            said(None, &no(StatusCode::UNAUTHORIZED, "token_unknown")).as_deref(),
            Some("turned away code=token_unknown from=192.0.2.7")
        );
        assert_eq!(
            said(None, &no(StatusCode::TOO_MANY_REQUESTS, "too_many_requests")).as_deref(),
            Some("tried too often code=too_many_requests from=192.0.2.7")
        );
    }

    #[test]
    fn nothing_usual_is_noted() {
        assert_eq!(said(Some(&asker()), &StatusCode::OK.into_response()), None);
        let over = Problem::new(StatusCode::CONFLICT, "seat_limit", "Over.", "").into_response();
        assert_eq!(said(Some(&asker()), &over), None);
    }
}
