//! One request to the service.

use std::{borrow::Cow, path::Path};

use axum::body::Body;
use hyper::{Method, Request, header, header::HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::Failure;
use crate::{caller, upload::named};

/// What need not be encoded in a path or a query.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to be made.
pub(crate) struct Call {
    /// How.
    pub method: Method,
    target: String,
    person: Option<String>,
    accept: &'static str,
    /// Whether its answer may take as long as it takes.
    pub is_long: bool,
    at_once: bool,
    body: Option<(Cow<'static, str>, Body)>,
    file: Option<HeaderValue>,
}

impl Call {
    /// Asks for something below `/api/v1`; each part of the path is encoded.
    pub(crate) fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path)
    }

    /// Orders something.
    pub(crate) fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path)
    }

    /// Sets something.
    pub(crate) fn put(path: &[&str]) -> Self {
        Self::new(Method::PUT, path)
    }

    fn new(method: Method, path: &[&str]) -> Self {
        let parts = path.iter().map(|part| format!("/{}", utf8_percent_encode(part, PLAIN)));
        let target = format!("/api/v1{}", parts.collect::<String>());
        Self {
            method,
            target,
            person: None,
            accept: "application/json",
            is_long: false,
            at_once: false,
            body: None,
            file: None,
        }
    }

    /// With a parameter, if there is a value.
    pub(crate) fn query(mut self, name: &str, value: Option<impl ToString>) -> Self {
        if let Some(value) = value {
            let before = if self.target.contains('?') { '&' } else { '?' };
            self.target.push(before);
            self.target.extend([name, "="]);
            self.target.extend(utf8_percent_encode(&value.to_string(), PLAIN));
        }
        self
    }

    /// In the name of a person.
    pub(crate) fn by(mut self, person: &str) -> Self {
        self.person = Some(utf8_percent_encode(person, NON_ALPHANUMERIC).to_string());
        self
    }

    /// With a JSON body.
    pub(crate) fn json(self, value: &Value) -> Self {
        self.body("application/json", Body::from(value.to_string()))
    }

    /// Its body is this file.
    pub(crate) fn named(mut self, file: Option<&Path>) -> Self {
        let name = file.and_then(Path::file_name).filter(|name| *name != "-");
        self.file = name.and_then(|name| named(&name.to_string_lossy()));
        self
    }

    /// With any body.
    pub(crate) fn body(mut self, kind: impl Into<Cow<'static, str>>, body: Body) -> Self {
        self.body = Some((kind.into(), body));
        self
    }

    /// For what takes its time, and tells how far it is by itself.
    pub(crate) fn long(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// Of what goes on by itself: be answered as soon as it has begun, and not only when it may be done.
    pub(crate) fn told_at_once(self) -> Self {
        Self { at_once: true, ..self }
    }

    /// Asks for CSV.
    pub(crate) fn csv(mut self) -> Self {
        self.accept = "text/csv";
        self
    }

    pub(super) fn into_request(self) -> Result<Request<Body>, Failure> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(self.target)
            .header(header::HOST, "localhost")
            .header(header::ACCEPT, self.accept)
            .header(caller::VIA, "cli");
        if let Some(person) = self.person {
            request = request.header(caller::AS, person);
        }
        if self.at_once {
            request = request.header("prefer", "respond-async");
        }
        let body = match self.body {
            Some((kind, body)) => {
                request = request.header(header::CONTENT_TYPE, &*kind);
                body
            }
            None => Body::empty(),
        };
        if let Some(file) = self.file {
            request = request.header(header::CONTENT_DISPOSITION, file);
        }
        let hint = "Check what you typed for strange characters.";
        request.body(body).map_err(|error| Failure::broken("bad_request", error, hint))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_cannot_leave_its_place_in_the_address() {
        let call = Call::get(&["licenses", "a/../b?c", "users"])
            .query("search", Some("é&x=1"))
            .query("limit", None::<u64>)
            .query("status", Some("invited"))
            .by("zoë@example.org");
        assert!(!call.at_once);
        let request = call.told_at_once().into_request().ok().unwrap();
        assert_eq!(request.headers()["prefer"], "respond-async");
        assert_eq!(
            request.uri().to_string(),
            "/api/v1/licenses/a%2F..%2Fb%3Fc/users?search=%C3%A9%26x%3D1&status=invited"
        );
        assert_eq!(request.headers()[caller::AS], "zo%C3%AB%40example%2Eorg");
    }
}
