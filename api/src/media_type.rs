//! What a body says it is, and in which encoding.

use axum::http::{HeaderMap, StatusCode, header};
use commands::import::intake::{Charset, Kind};

use crate::{problem::Problem, visible::shortened};

/// What the body says it is, without its parameters.
pub(crate) fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = said(headers)?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn said(headers: &HeaderMap) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(header::CONTENT_TYPE)?.as_bytes()).into_owned())
}

/// The encoding that a media type names, if it does.
fn charset(media_type: &str) -> Option<&str> {
    let pairs = media_type.split(';').skip(1).filter_map(|parameter| parameter.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"));
    named.next().map(|(_, charset)| charset.trim().trim_matches('"').trim())
}

/// That a body is in the one encoding that bodies are read in.
pub(crate) fn check_charset(headers: &HeaderMap) -> Result<(), Problem> {
    match said(headers).as_deref().and_then(charset) {
        None => Ok(()),
        Some(named) if matches!(Charset::named(named), Some(Charset::Utf8 | Charset::Ascii)) => Ok(()),
        Some(other) => Err(not_taken(other, "Send UTF-8.")),
    }
}

/// In which encoding a file is said to be; without a word about it, it is found out.
pub(crate) fn charset_of_file(media_type: &str) -> Result<Option<Charset>, Problem> {
    let Some(named) = charset(media_type) else { return Ok(None) };
    let hint = || {
        let taken = Charset::TAKEN;
        format!(
            "Save the file in one of {taken}, and say so. Without a charset it is found out whether it is UTF-8 or UTF-16; \
             anything else is taken for Windows-1252 or Windows-1250."
        )
    };
    Charset::named(named).map(Some).ok_or_else(|| not_taken(named, hint()))
}

/// The same, of a file that is the whole body.
pub(crate) fn charset_of_body(headers: &HeaderMap) -> Result<Option<Charset>, Problem> {
    said(headers).map_or(Ok(None), |media_type| charset_of_file(&media_type))
}

fn not_taken(charset: &str, hint: impl Into<String>) -> Problem {
    let detail = format!("Content-Type: the charset \"{}\" is not taken here.", shortened(charset));
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail, hint)
}

/// A body that nobody here reads; `hint` says what is taken.
pub(crate) fn unsupported(kind: Option<&str>, hint: &str) -> Problem {
    let detail = match kind {
        Some(kind) => format!("The body is \"{}\", which is not taken here.", shortened(kind)),
        None => "The header Content-Type is missing: nobody knows what the body is.".to_owned(),
    };
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail, hint)
}

/// As what people can be given.
pub(crate) const PEOPLE: &str = "Send text/plain (pasted addresses), text/csv (a file), multipart/form-data with a file, or \
                                 application/json.";

/// The same, where a file is taken: of those that people send in place of CSV, how to make CSV of them.
pub(crate) fn no_file(kind: &str) -> Problem {
    let Some(known) = Kind::of_media_type(kind) else {
        return unsupported(Some(kind), PEOPLE);
    };
    let detail = format!("The body is \"{}\": {known}. A CSV file was expected.", shortened(kind));
    let hint = format!("{} If it is CSV already, send it as text/csv.", known.hint());
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail, hint)
}
