//! Taking addresses in: pasted text, a CSV file, or JSON.

use std::io::Write;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
};
use commands::import::Input;
use http_body_util::BodyExt;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::problem::Problem;

/// Addresses in JSON: one text, separated as people do, or a list.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Addresses {
    /// A text with addresses on lines or between commas, or a list of addresses.
    pub emails: OneOrMany,
}

#[derive(Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub(crate) enum OneOrMany {
    Text(String),
    List(Vec<String>),
}

/// What was given, and its digest: it tells a repeated request from another one.
pub(crate) struct Given {
    pub input: Input,
    pub digest: [u8; 32],
    /// The file that the input reads, if it is one; goes when this is dropped.
    pub spooled: Option<NamedTempFile>,
}

/// Takes a request's body in, as what it says it is.
pub(crate) async fn taken_in(request: Request) -> Result<Given, Problem> {
    let kind = content_type(request.headers());
    match kind.as_deref() {
        Some("text/csv") => {
            let (file, digest) = spool(request.into_body()).await?;
            Ok(Given { input: Input::Csv(file.path().to_owned()), digest, spooled: Some(file) })
        }
        Some("text/plain" | "application/json") | None => {
            let bytes = read_whole(request.into_body()).await?;
            let digest = Sha256::digest(&bytes).into();
            Ok(Given { input: Input::Pasted(pasted(kind.as_deref(), bytes)?), digest, spooled: None })
        }
        Some(other) => {
            let detail = format!("The body is {other}.");
            let hint = "Send text/plain (pasted addresses), text/csv (a file), or application/json.";
            Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail, hint))
        }
    }
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn pasted(kind: Option<&str>, bytes: Vec<u8>) -> Result<String, Problem> {
    if kind == Some("application/json") {
        let asked: Addresses = serde_json::from_slice(&bytes).map_err(|e| {
            Problem::invalid(
                "emails",
                e,
                "Send {\"emails\": \"a@x.org, b@x.org\"} or {\"emails\": [\"a@x.org\"]}.",
            )
        })?;
        return Ok(match asked.emails {
            OneOrMany::Text(text) => text,
            OneOrMany::List(list) => list.join("\n"),
        });
    }
    String::from_utf8(bytes)
        .map_err(|_| Problem::invalid("body", "the text is not UTF-8", "Send the text in UTF-8."))
}

/// Pasted text is held in memory, so there is not much of it; a file is the way for more.
const LONGEST_PASTE: usize = 8 << 20;

/// A file beyond this is refused; about five million rows.
const LONGEST_FILE: usize = 256 << 20;

async fn read_whole(body: Body) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    each_frame(body, LONGEST_PASTE, |data| {
        bytes.extend_from_slice(data);
        Ok(())
    })
    .await?;
    Ok(bytes)
}

/// Puts an upload on disk as it comes: memory does not grow with the file. Only its owner may read it.
async fn spool(body: Body) -> Result<(NamedTempFile, [u8; 32]), Problem> {
    let mut file = NamedTempFile::new().map_err(|e| unspooled(&e))?;
    let mut digest = Sha256::new();
    each_frame(body, LONGEST_FILE, |data| {
        digest.update(data);
        file.write_all(data).map_err(|e| unspooled(&e))
    })
    .await?;
    Ok((file, digest.finalize().into()))
}

async fn each_frame(
    mut body: Body,
    longest: usize,
    mut each: impl FnMut(&[u8]) -> Result<(), Problem>,
) -> Result<(), Problem> {
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|e| {
            let hint = "Check the connection and send it again.";
            Problem::new(
                StatusCode::BAD_REQUEST,
                "body_unreadable",
                format!("The body broke off: {e}."),
                hint,
            )
        })?;
        let Some(data) = frame.data_ref() else { continue };
        length += data.len();
        if length > longest {
            let detail = format!("The body is longer than {} MiB.", longest >> 20);
            let hint = "Split it; upload long lists as CSV files.";
            return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail, hint));
        }
        each(data)?;
    }
    Ok(())
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
