//! Keys, admins and administered domains of a license; and joining by key.

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::resolve,
    output::text,
    values::{day, how_many},
};

/// What to do with a license's keys.
#[derive(Subcommand)]
pub(crate) enum KeyCommand {
    /// Issue a further key
    Issue {
        /// The license
        license: String,
        /// How many people may join with it; without it as many as there are seats
        #[arg(long, value_name = "N", value_parser = how_many, allow_negative_numbers = true)]
        limit: Option<u64>,
        /// The key's last day, UTC; without it the key does not end
        #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
        ends: Option<NaiveDate>,
    },
    /// Revoke a key: nobody joins with it any more; who has joined stays
    Revoke {
        /// The license
        license: String,
        /// The key's id, as `seatbook license show` lists it
        #[arg(value_name = "KEY_ID")]
        key_id: String,
    },
}

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

/// Joining by key.
#[derive(Args)]
pub(crate) struct Join {
    /// The license key
    key: String,
    /// Who joins
    #[arg(long = "as", value_name = "EMAIL")]
    person: String,
}

impl KeyCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Issue { license, limit, ends } => {
                let id = resolve(&session.client, &license).await?;
                let call =
                    Call::post(&["licenses", &id, "keys"]).json(&json!({ "limit": limit, "ends": ends }));
                session.out.answer(&session.client.send(call).await?, |issued| {
                    let keep = "Keep the key safe: it is shown only now, and whoever has it can join.";
                    format!(
                        "Key id:       {}\nLicense key:  {}\n{keep}\n",
                        text(issued, "key_id"),
                        text(issued, "license_key")
                    )
                })?;
                Ok(Exit::Done)
            }
            Self::Revoke { license, key_id } => {
                let id = resolve(&session.client, &license).await?;
                order(session, Call::post(&["licenses", &id, "keys", &key_id, "revoke"])).await
            }
        }
    }
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
        };
        let id = resolve(&session.client, &of.license).await?;
        let path = [&["licenses", id.as_str()], further].concat();
        order(session, Call::post(&path).json(&json!({ "email": of.email, "domain": of.domain }))).await
    }
}

impl Join {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        order(session, Call::post(&["join"]).by(&self.person).json(&json!({ "license_key": self.key }))).await
    }
}
