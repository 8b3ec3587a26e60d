//! Signing somebody in from the command line; in which browsers they are, and which accounts sign them in.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Exit, Failure, Session,
    call::Call,
    output::{list, number, text, visible},
};

/// Makes a link.
#[derive(Args)]
pub(crate) struct SignInLink {
    /// Who is to be signed in
    email: String,
}

impl SignInLink {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let call = Call::post(&["sign-in", "links", "make"]).json(&json!({ "email": self.email }));
        session.out.answer(&session.client.send(call).await?, |made| {
            format!("{}\nIt works once, until {}.\n", text(made, "link"), text(made, "ends_at"))
        })?;
        Ok(Exit::Done)
    }
}

/// What to do with sessions.
#[derive(Subcommand)]
pub(crate) enum Sessions {
    /// List a person's sessions
    List {
        /// Whose
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
    /// End every session of a person
    End {
        /// Whose
        email: String,
    },
}

impl Sessions {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::List { person } => {
                let found = session.client.send(Call::get(&["sessions"]).by(&person)).await?;
                session.out.answer(&found, |found| {
                    let line = |it: &serde_json::Value| {
                        let (id, created) = (text(it, "session_id"), text(it, "created_at"));
                        let browser =
                            it["browser"].as_str().map(|browser| format!("{browser}, ")).unwrap_or_default();
                        format!("{id}  {browser}since {created}, last used {}\n", text(it, "seen_at"))
                    };
                    list(found, "items").iter().map(line).collect()
                })?;
            }
            Self::End { email } => {
                let call = Call::post(&["sessions", "end"]).json(&json!({ "email": email }));
                let ended = session.client.send(call).await?;
                session.out.answer(&ended, |it| format!("Sessions ended: {}.\n", number(it, "ended")))?;
            }
        }
        Ok(Exit::Done)
    }
}

/// What to do with accounts at providers.
#[derive(Subcommand)]
pub(crate) enum Identities {
    /// List the accounts that sign a person in
    List {
        /// Whom
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
    /// Let an account sign a person in no more
    Unlink {
        /// The account, as `list` shows it
        identity: String,
        /// Whom
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
}

impl Identities {
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::List { person } => {
                let found = session.client.send(Call::get(&["identities"]).by(&person)).await?;
                session.out.answer(&found, |found| {
                    let line = |it: &serde_json::Value| {
                        let (id, issuer, used) =
                            (text(it, "identity_id"), text(it, "issuer"), text(it, "used_at"));
                        format!(
                            "{id}  {}, since {}, last used {used}\n",
                            visible(issuer),
                            text(it, "linked_at")
                        )
                    };
                    let lines: String = list(found, "items").iter().map(line).collect();
                    if lines.is_empty() {
                        "No account at a provider signs them in.\n".to_owned()
                    } else {
                        lines
                    }
                })?;
            }
            Self::Unlink { identity, person } => {
                let call = Call::post(&["identities", &identity, "unlink"]).by(&person);
                let done = session.client.send(call).await?;
                session.out.answer(&done, |_| "It signs nobody in any more.\n".to_owned())?;
            }
        }
        Ok(Exit::Done)
    }
}
