//! Tokens by which machines ask in a person's name.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    licenses::resolve,
    output::{list, number, text},
};

/// What to do with tokens.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a token; it is shown once
    Make(Make),
    /// List a person's tokens, without their secrets
    List {
        /// Whose
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
    /// Revoke a token: it opens nothing any more
    Revoke {
        /// The token's id, as `seatbook tokens list` shows it
        #[arg(value_name = "TOKEN_ID")]
        token_id: String,
        /// Whose
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
    /// Revoke every token of a person
    RevokeAll {
        /// Whose
        email: String,
    },
}

/// A token to be made.
#[derive(Args)]
pub(crate) struct Make {
    /// What it is for
    name: String,
    /// In whose name it asks
    #[arg(long = "as", value_name = "EMAIL")]
    person: String,
    /// What it may be used for, of what that person may do; may be given several times
    #[arg(long, required = true)]
    scope: Vec<Scope>,
    /// The only license that it is good for
    #[arg(long)]
    license: Option<String>,
    /// For how many days, up to 366
    #[arg(long, value_name = "DAYS", default_value = "90", value_parser = super::values::days)]
    days: u32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    Read,
    Write,
    Operator,
}

impl Command {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::Make(make) => make.run(session).await?,
            Self::List { person } => {
                let found = session.client.send(Call::get(&["tokens"]).by(&person)).await?;
                session.out.answer(&found, |found| list(found, "items").iter().map(line).collect())?;
            }
            Self::Revoke { token_id, person } => {
                let call = Call::post(&["tokens", &token_id, "revoke"]).by(&person);
                let revoked = session.client.send(call).await?;
                session.out.answer(&revoked, |_| "The token is revoked.\n".to_owned())?;
            }
            Self::RevokeAll { email } => {
                let call = Call::post(&["tokens", "revoke"]).json(&json!({ "email": email }));
                let revoked = session.client.send(call).await?;
                session.out.answer(&revoked, |it| format!("Tokens revoked: {}.\n", number(it, "revoked")))?;
            }
        }
        Ok(Exit::Done)
    }
}

impl Make {
    async fn run(self, session: &Session) -> Result<(), Failure> {
        let license = match &self.license {
            Some(license) => Some(resolve(&session.client, license).await?),
            None => None,
        };
        let scopes: Vec<String> = self
            .scope
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| value.get_name().to_owned())
            .collect();
        let wanted = json!({ "name": self.name, "scopes": scopes, "license_id": license, "days": self.days });
        let made = session.client.send(Call::post(&["tokens"]).by(&self.person).json(&wanted)).await?;
        session.out.answer(&made, |made| {
            let keep =
                "Keep the token safe: it is shown only now, and whoever has it asks in that person's name.";
            format!("Token id:  {}\nToken:     {}\n{keep}\n", text(made, "token_id"), text(made, "token"))
        })
    }
}

fn line(item: &Value) -> String {
    let scopes: Vec<&str> = list(item, "scopes").iter().filter_map(Value::as_str).collect();
    let used = item.get("used_at").and_then(Value::as_str).unwrap_or("never");
    let (id, name, ends) = (text(item, "token_id"), text(item, "name"), text(item, "ends_at"));
    format!("{id}  {name}  {}  until {ends}, last used {used}\n", scopes.join(", "))
}
