//! Reads JSON, and says in our own words where it can't be read.

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{
    misfit::{Given, misfit},
    problem::{AS_DESCRIBED, Problem},
    visible::shortened,
};

/// The value in a body.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if bytes.trim_ascii().is_empty() {
        return Err(no_json("The body is empty."));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        no_json(&format!("The body is not UTF-8 text: byte {} is wrong.", error.valid_up_to() + 1))
    })?;
    // The library takes a list of values for an object as well, which nobody means.
    if !text.trim_start().starts_with('{') {
        return Err(unread::<T>(text, &Spot::of(text, 1, 1)));
    }
    serde_json::from_str(text)
        .map_err(|error| unread::<T>(text, &Spot::of(text, error.line(), error.column())))
}

fn unread<T: DeserializeOwned>(text: &str, spot: &Spot<'_>) -> Problem {
    // First whether it is JSON at all: a type may say no before the place where it stops being so.
    match serde_json::from_str::<Given>(text) {
        Err(broken) => {
            let spot = Spot::of(text, broken.line(), broken.column());
            no_json(&match broken.classify() {
                Category::Eof => format!("The body ends too early: {spot}."),
                Category::Data | Category::Io | Category::Syntax => {
                    let near = shortened(spot.rest);
                    format!("The body is not JSON: {spot}, something is wrong at or before \"{near}\".")
                }
            })
        }
        Ok(given) => {
            let (what, hint) = match misfit::<T>(&given) {
                Some(misfit) => (misfit.to_string(), misfit.hint),
                None => ("The body does not fit".to_owned(), AS_DESCRIBED.to_owned()),
            };
            Problem::unreadable(&format!("{what} ({spot})"), hint)
        }
    }
}

fn no_json(detail: &str) -> Problem {
    let hint = "Send JSON as the API description at /api/openapi.json shows it.";
    Problem::new(StatusCode::BAD_REQUEST, "invalid_json", detail, hint)
}

/// Where reading stopped.
struct Spot<'a> {
    line: usize,
    column: usize,
    /// What stands there, to the end of the line.
    rest: &'a str,
}

impl<'a> Spot<'a> {
    /// Both from 1. The library counts bytes in a line; people count characters.
    fn of(text: &'a str, line: usize, bytes: usize) -> Self {
        let whole = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
        let (before, rest) = whole.split_at(whole.floor_char_boundary(bytes.saturating_sub(1)));
        Self { line, column: before.chars().count() + 1, rest }
    }
}

impl std::fmt::Display for Spot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
