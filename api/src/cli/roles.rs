//! Roles across all licenses, and on one beside its admins.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::resolve,
    output::{list, text},
};

/// What to do with roles across all licenses.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List who has one
    List,
    /// Give somebody a role on every license
    Grant(RoleOf),
    /// Take a role on every license from somebody
    Revoke(RoleOf),
}

/// A person and a role across all licenses.
#[derive(Args)]
pub(crate) struct RoleOf {
    /// Who
    email: String,
    /// operator runs the installation; auditor reads everything; support reads who is on a license and why
    role: InstallationRole,
}

#[derive(Clone, Copy, ValueEnum)]
enum InstallationRole {
    Operator,
    Auditor,
    Support,
}

/// What to do with a license's auditors and support staff.
#[derive(Subcommand)]
pub(crate) enum StaffCommand {
    /// Let somebody read the license who does not administer it
    Grant(StaffOf),
    /// Let somebody no longer read it
    Revoke(StaffOf),
}

/// A person and a role on a license.
#[derive(Args)]
pub(crate) struct StaffOf {
    /// The license
    license: String,
    /// Who
    email: String,
    /// auditor reads everything; support reads who is on the license and why
    role: StaffRole,
}

#[derive(Clone, Copy, ValueEnum)]
enum StaffRole {
    Auditor,
    Support,
}

fn word(value: &impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let (of, further): (RoleOf, &[&str]) = match self {
            Self::List => {
                let found = session.client.send(Call::get(&["installation", "roles"])).await?;
                session.out.answer(&found, |found| list(found, "items").iter().map(line).collect())?;
                return Ok(Exit::Done);
            }
            Self::Grant(of) => (of, &[]),
            Self::Revoke(of) => (of, &["revoke"]),
        };
        let path = [&["installation", "roles"], further].concat();
        order(session, Call::post(&path).json(&json!({ "email": of.email, "role": word(&of.role) }))).await
    }
}

fn line(item: &Value) -> String {
    let roles: Vec<&str> = list(item, "roles").iter().filter_map(Value::as_str).collect();
    let who = item.get("email").and_then(Value::as_str).unwrap_or_else(|| text(item, "subject_id"));
    format!("{who}  {}\n", roles.join(", "))
}

impl StaffCommand {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let (of, further): (StaffOf, &[&str]) = match self {
            Self::Grant(of) => (of, &["staff"]),
            Self::Revoke(of) => (of, &["staff", "revoke"]),
        };
        let id = resolve(&session.client, &of.license).await?;
        let path = [&["licenses", id.as_str()], further].concat();
        order(session, Call::post(&path).json(&json!({ "email": of.email, "role": word(&of.role) }))).await
    }
}
