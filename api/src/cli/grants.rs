//! Admins and administered domains of a license; and joining by key.

use std::io::{self, Read};

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Exit, Failure, Session, call::Call, license::order, licenses::resolve, proofs};

/// What to do with a license's admins.
#[derive(Subcommand)]
pub(crate) enum AdminCommand {
    /// Make somebody an admin
    Grant(Admin),
    /// Take the admin's role, and their domains, from somebody
    Revoke(Admin),
}

#[derive(Args)]
pub(crate) struct Admin {
    /// The license
    license: String,
    /// Who
    email: String,
}

/// What to do with the domains of an admin.
#[derive(Subcommand)]
pub(crate) enum DomainCommand {
    /// Let an admin administer a mail domain: whom they add in it joins at once
    Grant(AdminDomain),
    /// Take a mail domain from an admin: whom they add in it is invited
    Revoke(AdminDomain),
    /// Ask for a record in DNS that shows a mail domain to be an admin's
    Prove(proofs::Record),
    /// Look into DNS for that record: where it is seen, the admin administers the domain; later, whether it is still there
    Check(proofs::Record),
    /// Look for that record no more, where it was not seen yet
    Drop(proofs::Record),
    /// List the records of a license, and whether they were seen
    Proofs(proofs::List),
}

#[derive(Args)]
pub(crate) struct AdminDomain {
    /// The license
    license: String,
    /// The admin
    email: String,
    /// The mail domain, like example.org
    domain: String,
}

/// More than anybody types.
const LONGEST_KEY: u64 = 1_000;

/// Joining by key.
#[derive(Args)]
pub(crate) struct Join {
    /// The license key; - reads it from stdin, so that it does not stand among the processes of this machine
    key: String,
    /// Who joins
    #[arg(long = "as", value_name = "EMAIL")]
    person: String,
}

impl AdminCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let (admin, further): (Admin, &[&str]) = match self {
            Self::Grant(admin) => (admin, &["admins"]),
            Self::Revoke(admin) => (admin, &["admins", "revoke"]),
        };
        let id = resolve(&session.client, &admin.license).await?;
        let path = [&["licenses", id.as_str()], further].concat();
        order(session, Call::post(&path).json(&json!({ "email": admin.email }))).await
    }
}

impl DomainCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let (of, further): (AdminDomain, &[&str]) = match self {
            Self::Grant(of) => (of, &["domains"]),
            Self::Revoke(of) => (of, &["domains", "revoke"]),
            Self::Prove(record) => return record.prove(session).await,
            Self::Check(record) => return record.check(session).await,
            Self::Drop(record) => return record.drop_it(session).await,
            Self::Proofs(proofs) => return proofs.run(session).await,
        };
        let id = resolve(&session.client, &of.license).await?;
        let path = [&["licenses", id.as_str()], further].concat();
        order(session, Call::post(&path).json(&json!({ "email": of.email, "domain": of.domain }))).await
    }
}

impl Join {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let key = if self.key == "-" { io::read_to_string(io::stdin().take(LONGEST_KEY))? } else { self.key };
        order(session, Call::post(&["join"]).by(&self.person).json(&json!({ "license_key": key }))).await
    }
}
