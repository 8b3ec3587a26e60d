//! Showing by a record in DNS that a mail domain is an admin's.

use clap::Args;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::resolve,
    output::{list, table, text, time},
};

/// Asks for a record.
#[derive(Args)]
pub(crate) struct Prove {
    /// The license
    license: String,
    /// The mail domain, like example.org
    domain: String,
    /// The admin
    #[arg(long = "as", value_name = "EMAIL")]
    admin: String,
}

/// Looks for it.
#[derive(Args)]
pub(crate) struct Check {
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

impl Prove {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::post(&["licenses", &id, "domains", "proofs"]).by(&self.admin);
        let asked = session.client.send(call.json(&json!({ "domain": self.domain }))).await?;
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
}

impl Check {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::post(&["licenses", &id, "domains", "proofs", "check"]).by(&self.admin);
        order(session, call.json(&json!({ "domain": self.domain }))).await
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
    let email = Some(text(proof, "email")).filter(|email| !email.is_empty()).unwrap_or("erased person");
    let state = match text(proof, "state") {
        "awaited" => format!("awaited until {}", time(proof, "ends_at")),
        state => state.to_owned(),
    };
    let others = ["record", "value"].map(|field| text(proof, field).to_owned());
    [[text(proof, "domain").to_owned(), state, email.to_owned()].as_slice(), &others].concat()
}
