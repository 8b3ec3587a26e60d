//! Taking addresses in: pasted text, a CSV file, or JSON.

mod multipart;
mod name;

use std::fmt;

use axum::{body::Body, extract::Request, http::StatusCode};
use commands::{
    import::intake::Charset,
    jobs::Given as Addressed,
    uploads::{DISK_FULL, Incoming, Kind, is_full},
};
use domain::email::sentence;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{OneOf, RefOr, Schema},
};

pub(crate) use multipart::InForm;
pub(crate) use name::named;

use name::file_name;

use crate::{
    State,
    intake::{self, Longest, Pieces},
    json,
    media_type::{PEOPLE, charset_of_body, check_charset, content_type, no_file, unsupported},
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
pub(crate) struct Emails(Addressed);

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
        Ok(Emails(Addressed::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Emails, A::Error> {
        let mut list: Vec<String> = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Emails(Addressed::List(list)))
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
    pub what: Addressed,
    pub digest: [u8; 32],
}

/// Takes a request's body in, as what it says it is.
pub(crate) async fn taken_in(request: Request, state: &State) -> Result<Given, Problem> {
    let kind = content_type(request.headers());
    let limits = &state.limits;
    match kind.as_deref() {
        // What programs call a file of which they know nothing may be one, and is looked at as any other.
        Some("text/csv" | "text/tab-separated-values" | "application/octet-stream") => {
            let (name, charset) = (file_name(request.headers()), charset_of_body(request.headers())?);
            file(request.into_body(), state, name, charset).await
        }
        Some("multipart/form-data") => Ok(multipart::file(request, state, &[]).await?.given),
        Some("text/plain" | "application/json") => {
            check_charset(request.headers())?;
            let bytes = intake::whole(request.into_body(), limits.paste, limits.pace).await?;
            let digest = Sha256::digest(&bytes).into();
            Ok(Given { what: pasted(kind.as_deref(), bytes)?, digest })
        }
        Some(other) => Err(no_file(other)),
        // As a text, a file would be searched for addresses in all of its columns.
        None => Err(unsupported(None, PEOPLE)),
    }
}

/// Takes in a file from a page, where these fields may stand beside it.
pub(crate) async fn from_page(
    request: Request,
    state: &State,
    known: &[&'static str],
) -> Result<InForm, Problem> {
    let kind = content_type(request.headers());
    if kind.as_deref() != Some("multipart/form-data") {
        return Err(unsupported(kind.as_deref(), "Send the form of the page."));
    }
    multipart::file(request, state, known).await
}

fn pasted(kind: Option<&str>, bytes: Vec<u8>) -> Result<Addressed, Problem> {
    if kind == Some("application/json") {
        let asked: Addresses = json::parse(&bytes)?;
        return Ok(asked.emails.0);
    }
    String::from_utf8(bytes)
        .map(Addressed::Text)
        .map_err(|_| Problem::invalid("body", "the text is not UTF-8", "Send the text in UTF-8."))
}

/// Puts a file where uploads lie, as it comes: memory does not grow with it.
async fn file(
    body: Body,
    state: &State,
    name: Option<String>,
    charset: Option<Charset>,
) -> Result<Given, Problem> {
    let mut pieces = Pieces::of(body, Longest::File(state.limits.file), state.limits.pace)?;
    let incoming = Incoming::begin(state.jobs.uploads(), Kind::Csv, name).await;
    let mut incoming = incoming.map_err(|e| unspooled(&e))?.written_in(charset);
    while let Some(piece) = pieces.next().await? {
        incoming.write(&piece).await.map_err(|e| unspooled(&e))?;
    }
    let digest = incoming.digest();
    Ok(Given { what: Addressed::Upload(Kind::Csv, incoming), digest })
}

/// The upload, as far as it came, is gone with this.
pub(crate) fn unspooled(error: &std::io::Error) -> Problem {
    if !is_full(error) {
        return Problem::internal(&format!("an upload can't be put on disk: {error}"));
    }
    tracing::error!(%error, "an upload can't be put on disk");
    let detail = sentence(format!("the file was not taken in, and nothing was changed: {error}"));
    let hint = "Free some space there, or ask the operator to, and send it again. It takes as much as the file has, \
                and the database beside it grows by several times as much.";
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, DISK_FULL, detail, hint)
        .telling_others("The file was not taken in, and nothing was changed: there is no room for it.")
}
