//! What in a request does not fit, said in our own words: where, which value, what to do.
//!
//! Requests are read by the usual libraries. Only where these say no, the same data is gone through once more,
//! by a reader that knows the place it is at and puts no library's words into an answer.

mod given;
mod reader;

use std::fmt;

pub(crate) use given::Given;
use reader::At;
use serde::de::{DeserializeOwned, Error, Expected, Unexpected};

use crate::visible::shortened;

/// Something that does not fit.
#[derive(Debug)]
pub(crate) struct Misfit {
    /// Which field or parameter; nothing: all of it.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
    /// What to do.
    pub hint: String,
    /// Whether the place is known: the innermost reader that knows it names it.
    placed: bool,
}

/// The first thing in the data that does not fit; nothing, if all of it does.
pub(crate) fn misfit<T: DeserializeOwned>(given: &Given) -> Option<Misfit> {
    T::deserialize(At::root(given)).err()
}

impl Misfit {
    fn new(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { place: String::new(), what: what.into(), hint: hint.into(), placed: false }
    }

    /// Something that should be something else.
    fn wanted(given: &Given, wanted: &str) -> Self {
        Self::new(format!("{} is not {wanted}", given.shown()), format!("Give {wanted}."))
    }

    /// Beside the field or parameter that it is about, unless it knows already.
    fn at(self, place: &str) -> Self {
        if self.placed { self } else { Self { place: place.to_owned(), placed: true, ..self } }
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            f.write_str(&self.what)
        } else {
            write!(f, "{}: {}", self.place, self.what)
        }
    }
}

impl std::error::Error for Misfit {}

/// What a type says no with. Its own words are a library's: they are replaced where the value is known. What
/// requests hold is flat, so the name of a field is its place.
impl Error for Misfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::new("the value does not fit", "Compare it with the API description at /api/openapi.json.")
    }

    fn invalid_type(_: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Self::custom(wanted)
    }

    fn unknown_field(field: &str, known: &'static [&'static str]) -> Self {
        let hint = format!("Leave it out, or correct it to one of: {}.", known.join(", "));
        Self::new("there is nothing of this name here", hint).at(&shortened(field))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new("it is missing", format!("Add {field}.")).at(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new("it is given twice", "Give it once.").at(field)
    }
}

fn one_of(known: &[&str]) -> String {
    format!("Give one of: {}.", known.join(", "))
}

const OBJECT: &str = "an object with named fields";

/// What a type wants, in the words of people: types describe themselves in those of programmers.
fn in_words(wanted: &str) -> &str {
    match wanted {
        "u64" | "usize" => "a whole number, 0 or more",
        "a boolean" => "true or false",
        "a string" => "text",
        "a sequence" => "a list",
        "a formatted date string" => "a day like 2027-07-31",
        "an RFC 3339 formatted date and time string" => "a time like 2027-07-31T12:00:00Z",
        "a formatted UUID string" => "an id like 01920000-0000-7000-8000-000000000000",
        _ if wanted.starts_with("struct ") => OBJECT,
        ours => ours,
    }
}
