//! Taking addresses in: pasted text, a CSV file, or JSON.

use std::{fmt, io::Write};

use axum::{body::Body, extract::Request, http::StatusCode};
use commands::import::Input;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{OneOf, RefOr, Schema},
};

use crate::{
    body::{content_type, unsupported},
    intake::{self, Limits},
    json,
    problem::Problem,
};

/// Addresses in JSON: one text, separated as people do, or a list.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Addresses {
    /// A text with addresses on lines or between commas, or a list of addresses, one in each element.
    pub emails: Emails,
}

/// Addresses as one text, or each on its own.
pub(crate) struct Emails(Input);

/// By hand, because a derived one can't say which item of the list is wrong.
impl<'de> Deserialize<'de> for Emails {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextOrList)
    }
}

struct TextOrList;

impl<'de> Visitor<'de> for TextOrList {
    type Value = Emails;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text with addresses, or a list of them")
    }

    fn visit_str<E>(self, text: &str) -> Result<Emails, E> {
        Ok(Emails(Input::Pasted(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Emails, A::Error> {
        let mut list: Vec<String> = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Emails(Input::Listed(list)))
    }
}

impl PartialSchema for Emails {
    fn schema() -> RefOr<Schema> {
        OneOf::builder().item(String::schema()).item(Vec::<String>::schema()).into()
    }
}

impl ToSchema for Emails {}

/// What was given, and its digest: it tells a repeated request from another one.
pub(crate) struct Given {
    pub input: Input,
    pub digest: [u8; 32],
    /// The file that the input reads, if it is one; goes when this is dropped.
    pub spooled: Option<NamedTempFile>,
}

/// Takes a request's body in, as what it says it is.
pub(crate) async fn taken_in(request: Request, limits: &Limits) -> Result<Given, Problem> {
    let kind = content_type(request.headers());
    match kind.as_deref() {
        Some("text/csv") => {
            let (file, digest) = spool(request.into_body(), limits).await?;
            Ok(Given { input: Input::Csv(file.path().to_owned()), digest, spooled: Some(file) })
        }
        Some("text/plain" | "application/json") | None => {
            let bytes = intake::whole(request.into_body(), limits.paste, limits.pace).await?;
            let digest = Sha256::digest(&bytes).into();
            Ok(Given { input: pasted(kind.as_deref(), bytes)?, digest, spooled: None })
        }
        Some(other) => {
            let hint = "Send text/plain (pasted addresses), text/csv (a file), or application/json.";
            Err(unsupported(Some(other), hint))
        }
    }
}

fn pasted(kind: Option<&str>, bytes: Vec<u8>) -> Result<Input, Problem> {
    if kind == Some("application/json") {
        let asked: Addresses = json::parse(&bytes)?;
        return Ok(asked.emails.0);
    }
    String::from_utf8(bytes)
        .map(Input::Pasted)
        .map_err(|_| Problem::invalid("body", "the text is not UTF-8", "Send the text in UTF-8."))
}

/// Puts an upload on disk as it comes: memory does not grow with the file. Only its owner may read it.
async fn spool(body: Body, limits: &Limits) -> Result<(NamedTempFile, [u8; 32]), Problem> {
    let mut file = NamedTempFile::new().map_err(|e| unspooled(&e))?;
    let mut digest = Sha256::new();
    intake::each_piece(body, limits.file, limits.pace, |piece| {
        digest.update(piece);
        file.write_all(piece).map_err(|e| unspooled(&e))
    })
    .await?;
    Ok((file, digest.finalize().into()))
}

fn unspooled(error: &std::io::Error) -> Problem {
    tracing::error!(%error, "an upload can't be put on disk");
    let detail = "There is no room to take the file in; nothing was changed.";
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "disk_full",
        detail,
        "Try again later, or tell the operator.",
    )
}
