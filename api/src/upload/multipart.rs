//! A file in a form, as browsers send it.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{body::Bytes, extract::Request, http::header};
use commands::uploads::{Incoming, Kind};
use futures_util::{Stream, stream};
use multer::{Field, Multipart};

use super::{Addressed, Given, name::called, unspooled};
use crate::{
    State,
    intake::{Longest, Pieces},
    media_type::charset_of_file,
    problem::Problem,
    visible::shortened,
};

/// Why the body could not be read: the form's reader only knows that it couldn't.
type Why = Arc<Mutex<Option<Problem>>>;

/// A file from a form, and what stands beside it.
pub(crate) struct InForm {
    pub given: Given,
    beside: Vec<(&'static str, String)>,
}

impl InForm {
    /// That a box is in the form says that it is ticked.
    pub(crate) fn is_ticked(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.beside.iter().find(|(named, _)| *named == name).map(|(_, value)| value.as_str())
    }
}

/// Bytes of a field beside a file: a box, or a digest.
const LONGEST: usize = 200;

/// Takes the form's one file in, as it comes, and the fields that may stand beside it. Whoever says in another one what is to
/// be done with the file would not be heard.
pub(super) async fn file(request: Request, state: &State, known: &[&'static str]) -> Result<InForm, Problem> {
    let said = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let boundary = said
        .and_then(|kind| multer::parse_boundary(kind).ok())
        .ok_or_else(|| unformed("it has no boundary"))?;
    let why = Why::default();
    let pieces = Pieces::of(request.into_body(), Longest::Form(state.limits.file), state.limits.pace)?;
    let mut form = Multipart::new(bytes(pieces, Arc::clone(&why)), boundary);
    let (mut found, mut beside) = (None, Vec::new());
    while let Some(field) = form.next_field().await.map_err(|error| unread(&why, &error))? {
        if field.file_name().is_none() {
            let name = field.name().unwrap_or_default();
            let name = *known.iter().find(|known| **known == name).ok_or_else(|| unheard(name))?;
            if beside.iter().any(|(named, _)| *named == name) {
                return Err(unformed(&format!("it has the field \"{name}\" more than once")));
            }
            beside.push((name, short(field, name, &why).await?));
            continue;
        }
        if found.is_some() {
            return Err(unformed("it has more than one file"));
        }
        found = Some(taken(field, state, &why).await?);
    }
    let given = found.ok_or_else(|| unformed("it has no file"))?;
    Ok(InForm { given, beside })
}

/// What stands in a field beside the file, which is short.
async fn short(mut field: Field<'_>, name: &str, why: &Why) -> Result<String, Problem> {
    let mut value = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(|error| unread(why, &error))? {
        value.extend_from_slice(&piece);
        if value.len() > LONGEST {
            return Err(unformed(&format!("its field \"{name}\" is longer than {LONGEST} bytes")));
        }
    }
    String::from_utf8(value).map_err(|_| unformed(&format!("its field \"{name}\" is not UTF-8")))
}

async fn taken(mut field: Field<'_>, state: &State, why: &Why) -> Result<Given, Problem> {
    let name = field.file_name().and_then(called);
    let charset = field.content_type().map_or(Ok(None), |kind| charset_of_file(kind.as_ref()))?;
    let incoming = Incoming::begin(state.jobs.uploads(), Kind::Csv, name).await;
    let mut incoming = incoming.map_err(|e| unspooled(&e))?.written_in(charset);
    while let Some(piece) = field.chunk().await.map_err(|error| unread(why, &error))? {
        incoming.write(&piece).await.map_err(|e| unspooled(&e))?;
    }
    let digest = incoming.digest();
    Ok(Given { what: Addressed::Upload(Kind::Csv, incoming), digest })
}

fn bytes(pieces: Pieces, why: Why) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold((pieces, why), |(mut pieces, why)| async {
        let piece = match pieces.next().await {
            Ok(piece) => piece.map(Ok)?,
            Err(problem) => {
                if let Ok(mut why) = why.lock() {
                    *why = Some(problem);
                }
                Err(io::Error::other("the body could not be read"))
            }
        };
        Some((piece, (pieces, why)))
    })
}

fn unread(why: &Why, error: &multer::Error) -> Problem {
    let told = why.lock().ok().and_then(|mut why| why.take());
    told.unwrap_or_else(|| unformed(&error.to_string()))
}

fn unheard(field: &str) -> Problem {
    let what = format!("the form has a field \"{}\" beside the file, which is not read", shortened(field));
    let hint =
        "Say in the address what is to be done, as in ?mode=remove&dry_run=true, and send the file alone.";
    Problem::invalid("body", what, hint)
}

fn unformed(what: &str) -> Problem {
    let hint = "Send a form with one file (multipart/form-data), or the file itself as text/csv.";
    Problem::invalid("body", format!("the form can't be read: {what}"), hint)
}
