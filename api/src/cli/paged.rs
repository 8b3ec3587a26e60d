//! A list that comes in pages: one of them to read, or all as CSV.

use serde_json::Value;

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::resolve,
    output::{cell, list},
};
use crate::sheet;

/// The longest page that there is.
const LONGEST: u64 = 500;

/// How much of a license's list is wanted.
pub(super) struct Paged<'a> {
    pub license: &'a str,
    pub limit: Option<u64>,
    pub cursor: Option<&'a str>,
    pub csv: bool,
}

/// What the columns of the CSV are called, and which fields stand in them.
pub(super) struct Columns<const N: usize> {
    pub names: [&'static str; N],
    pub fields: [&'static str; N],
}

impl<const N: usize> Columns<N> {
    /// Of names, each with its field.
    pub fn of(columns: [(&'static str, &'static str); N]) -> Self {
        Self { names: columns.map(|(name, _)| name), fields: columns.map(|(_, field)| field) }
    }
}

impl Paged<'_> {
    /// Asks for what is wanted and shows it: as CSV everything, unless there is a limit. `page` makes the call for a page
    /// of the license with an id.
    pub async fn show<const N: usize>(
        self,
        session: &Session,
        page: impl Fn(&str, Option<u64>, Option<&str>) -> Call,
        words: impl FnOnce(&Value) -> String,
        columns: Columns<N>,
    ) -> Result<Exit, Failure> {
        let Self { license, limit, cursor, csv } = self;
        if csv && session.out.json {
            return Err(Failure::usage("--csv and --json are two formats.", "Give one of them."));
        }
        let id = resolve(&session.client, license).await?;
        if !csv {
            let answer = session.client.send(page(&id, limit, cursor)).await?;
            session.out.answer(&answer, words)?;
            return Ok(Exit::Done);
        }
        session.out.data(&sheet::text(b',', [columns.names.map(str::to_owned)]))?;
        let write = |items: &[Value]| {
            let rows = items.iter().map(|item| columns.fields.map(|field| cell(item, field)));
            session.out.data(&sheet::text(b',', rows))
        };
        if limit.is_some() {
            write(list(&session.client.send(page(&id, limit, cursor)).await?.value, "items"))?;
        } else {
            session.client.pages(|next| page(&id, Some(LONGEST), next.or(cursor)), write).await?;
        }
        Ok(Exit::Done)
    }
}
