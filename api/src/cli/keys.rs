//! `seatbook license key`: what opens a license.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::{more, resolve},
    output::{count, list, number, person, table, text, time},
    paged::{Columns, Paged},
    values::{day, how_many, page_size},
};
use crate::key_joins::COLUMNS;

/// What to do with a license's keys.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Issue a further key
    Issue {
        /// The license
        license: String,
        #[command(flatten)]
        terms: Terms,
    },
    /// Issue a key in place of another one, which goes on until a day
    Rotate {
        #[command(flatten)]
        key: Key,
        /// The last day of the key that is replaced, UTC: until then both open the license
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        old_ends: NaiveDate,
        #[command(flatten)]
        terms: Terms,
    },
    /// Show a key again, to hand it to somebody
    Show(Key),
    /// Who joined by a key, and when
    Joined(Joined),
    /// Revoke a key: nobody joins with it any more; who has joined stays
    Revoke(Key),
}

/// A key of a license.
#[derive(Args)]
pub(crate) struct Key {
    /// The license
    license: String,
    /// The key's id, as `seatbook license show` lists it
    #[arg(value_name = "KEY_ID")]
    key_id: String,
}

/// What a new key allows.
#[derive(Args)]
pub(crate) struct Terms {
    /// How many people may join with the new key; without it as many as there are seats
    #[arg(long, value_name = "N", value_parser = how_many, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// The new key's last day, UTC; without it the key does not end
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    ends: Option<NaiveDate>,
}

/// Which of those who joined.
#[derive(Args)]
pub(crate) struct Joined {
    #[command(flatten)]
    key: Key,
    /// How many at most
    #[arg(long, value_name = "N", value_parser = page_size, allow_negative_numbers = true)]
    limit: Option<u64>,
    /// Go on where the page before ended
    #[arg(long)]
    cursor: Option<String>,
    /// As CSV; everybody, unless --limit is given
    #[arg(long)]
    csv: bool,
}

impl KeyCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Issue { license, terms: Terms { limit, ends } } => {
                let id = resolve(&session.client, &license).await?;
                let call =
                    Call::post(&["licenses", &id, "keys"]).json(&json!({ "limit": limit, "ends": ends }));
                issued(session, call).await
            }
            Self::Rotate { key, old_ends, terms: Terms { limit, ends } } => {
                let id = resolve(&session.client, &key.license).await?;
                let body = json!({ "old_ends": old_ends, "limit": limit, "ends": ends });
                issued(session, key.call(Call::post, &id, "rotate").json(&body)).await
            }
            Self::Show(key) => {
                let id = resolve(&session.client, &key.license).await?;
                let shown = session.client.send(key.call(Call::post, &id, "show")).await?;
                session.out.answer(&shown, |key| format!("{}\n", text(key, "license_key")))?;
                Ok(Exit::Done)
            }
            Self::Joined(joined) => joined.run(session).await,
            Self::Revoke(key) => {
                let id = resolve(&session.client, &key.license).await?;
                order(session, key.call(Call::post, &id, "revoke")).await
            }
        }
    }
}

impl Key {
    fn call(&self, method: impl FnOnce(&[&str]) -> Call, license: &str, what: &str) -> Call {
        method(&["licenses", license, "keys", &self.key_id, what])
    }
}

async fn issued(session: &Session, call: Call) -> Result<Exit, Failure> {
    session.out.answer(&session.client.send(call).await?, |issued| {
        format!(
            "Key id:       {}\nLicense key:  {}\n{}\n",
            text(issued, "key_id"),
            text(issued, "license_key"),
            keep(issued)
        )
    })?;
    Ok(Exit::Done)
}

/// What to do with a key that was just made.
pub(super) fn keep(issued: &Value) -> &'static str {
    if issued.get("kept") == Some(&Value::Bool(true)) {
        "Whoever has the key can join. `seatbook license key show` shows it again."
    } else {
        "Keep the key safe: it is shown only now, and whoever has it can join."
    }
}

impl Joined {
    async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let paged = Paged {
            license: &self.key.license,
            limit: self.limit,
            cursor: self.cursor.as_deref(),
            csv: self.csv,
        };
        let columns = Columns { names: COLUMNS, fields: ["email", "joined_at", "member_id"] };
        let page = |id: &str, limit, cursor: Option<&str>| self.page(id, limit, cursor);
        paged.show(session, page, words, columns).await
    }

    fn page(&self, license: &str, limit: Option<u64>, cursor: Option<&str>) -> Call {
        self.key.call(Call::get, license, "joined").query("limit", limit).query("cursor", cursor)
    }
}

fn words(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "Nobody has joined by this key.".to_owned();
    }
    let row = |join: &Value| {
        let email = person(join, "email");
        vec![email.to_owned(), time(join, "joined_at"), text(join, "member_id").to_owned()]
    };
    let rows: Vec<_> = items.iter().map(row).collect();
    let total = count(number(page, "total"), "join", "joins");
    table(&["E-MAIL", "JOINED (UTC)", "MEMBER"], &rows) + &format!("\n{total} in all\n") + &more(page)
}
