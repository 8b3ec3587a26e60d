//! Showing by a record in DNS that a mail domain is an admin's.

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::resolve,
    output::{list, person, table, text, time},
};

/// Whose record.
#[derive(Args)]
pub(crate) struct Record {
    /// The license
    license: String,
    /// The mail domain, like example.org
    domain: String,
    /// The admin whose record it is
    #[arg(long = "as", value_name = "EMAIL")]
    admin: String,
}

/// Which license.
#[derive(Args)]
pub(crate) struct List {
    /// The license
    license: String,
}

impl Record {
    async fn call(&self, session: &Session, further: &[&str]) -> Result<Call, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let path = [&["licenses", &id, "domains", "proofs"], further].concat();
        Ok(Call::post(&path).by(&self.admin).json(&json!({ "domain": self.domain })))
    }

    /// Asks for it.
    pub(super) async fn prove(self, session: &Session) -> Result<Exit, Failure> {
        let asked = session.client.send(self.call(session, &[]).await?).await?;
        session.out.answer(&asked, |asked| {
            format!(
                "Put this TXT record into the DNS of {}:\n  Name:  {}\n  Text:  {}\nThen look for it with `seatbook license \
                 domain check`, until {} UTC.\n",
                text(asked, "domain"),
                text(asked, "record"),
                text(asked, "value"),
                time(asked, "ends_at")
            )
        })?;
        Ok(Exit::Done)
    }

    /// Looks for it.
    pub(super) async fn check(self, session: &Session) -> Result<Exit, Failure> {
        order(session, self.call(session, &["check"]).await?).await
    }

    /// Looks for it no more.
    pub(super) async fn drop_it(self, session: &Session) -> Result<Exit, Failure> {
        let dropped = session.client.send(self.call(session, &["drop"]).await?).await?;
        session.out.answer(&dropped, |_| "The record is not looked for any more.\n".to_owned())?;
        Ok(Exit::Done)
    }
}

impl List {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let found = session.client.send(Call::get(&["licenses", &id, "domains", "proofs"])).await?;
        session.out.answer(&found, |found| {
            let rows: Vec<_> = list(found, "items").iter().map(row).collect();
            if rows.is_empty() {
                return "No mail domain was proved on this license, and none is about to be.\n".to_owned();
            }
            table(&["DOMAIN", "STATE", "ADMIN", "TXT RECORD", "TEXT"], &rows)
        })?;
        Ok(Exit::Done)
    }
}

fn row(proof: &Value) -> Vec<String> {
    let email = person(proof, "email");
    let state = match text(proof, "state") {
        "awaited" => format!("awaited until {}", time(proof, "ends_at")),
        state => state.to_owned(),
    };
    let others = ["record", "value"].map(|field| text(proof, field).to_owned());
    [[text(proof, "domain").to_owned(), state, email.to_owned()].as_slice(), &others].concat()
}
