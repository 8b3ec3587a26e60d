//! Signing somebody in from the command line; and in which browsers they are.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{
    Exit, Failure, Session,
    call::Call,
    output::{list, number, text},
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
                        format!("{id}  since {created}, last used {}\n", text(it, "seen_at"))
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
