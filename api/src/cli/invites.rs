//! `seatbook invites`: what an invited person does; taking an invite back; leaving.

use clap::{Args, Subcommand, builder::PossibleValuesParser};
use domain::membership::DeclineReason;
use serde_json::{Value, json};

use super::{
    Exit, Failure, Session,
    call::Call,
    license::order,
    licenses::{more, resolve},
    output::{cell, list, table, text, time},
};

/// What to do with invites.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// List a person's invites
    List {
        /// Whose invites
        #[arg(long = "as", value_name = "EMAIL")]
        person: String,
    },
    /// Accept an invite: the person joins the license
    Accept(Invite),
    /// Decline an invite: its seat is free again
    Decline {
        #[command(flatten)]
        invite: Invite,
        /// Why
        #[arg(long, value_name = "CODE", value_parser = PossibleValuesParser::new(DeclineReason::ALL.map(DeclineReason::as_str)))]
        reason: Option<String>,
    },
    /// Close an invite's notification; the invite stays open
    Close(Invite),
    /// Show the notification of an open invite again
    Reopen(Invite),
    /// Take an open invite back, as an admin
    Withdraw {
        /// The license
        license: String,
        /// Who was invited
        email: String,
        /// The admin
        #[arg(long = "as", value_name = "ADMIN")]
        admin: String,
    },
}

#[derive(Args)]
pub(crate) struct Invite {
    /// The license
    license: String,
    /// Who was invited
    #[arg(long = "as", value_name = "EMAIL")]
    person: String,
}

/// Leaving.
#[derive(Args)]
pub(crate) struct Leave {
    /// The license
    license: String,
    /// Who leaves
    #[arg(long = "as", value_name = "EMAIL")]
    person: String,
}

impl Command {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        match self {
            Self::List { person } => {
                let answer = session.client.send(Call::get(&["invites"]).by(&person)).await?;
                session.out.answer(&answer, table_of)?;
                Ok(Exit::Done)
            }
            Self::Accept(invite) => invite.answer(session, "accept", None).await,
            Self::Decline { invite, reason } => {
                invite.answer(session, "decline", Some(json!({ "reason": reason }))).await
            }
            Self::Close(invite) => invite.answer(session, "close", None).await,
            Self::Reopen(invite) => invite.answer(session, "reopen", None).await,
            Self::Withdraw { license, email, admin } => {
                let id = resolve(&session.client, &license).await?;
                let call = Call::post(&["licenses", &id, "users", "withdraw"]);
                order(session, call.by(&admin).json(&json!({ "email": email }))).await
            }
        }
    }
}

impl Invite {
    async fn answer(self, session: &Session, what: &str, body: Option<Value>) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        let call = Call::post(&["invites", &id, what]).by(&self.person);
        order(
            session,
            match body {
                Some(body) => call.json(&body),
                None => call,
            },
        )
        .await
    }
}

impl Leave {
    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<Exit, Failure> {
        let id = resolve(&session.client, &self.license).await?;
        order(session, Call::post(&["licenses", &id, "leave"]).by(&self.person)).await
    }
}

fn table_of(page: &Value) -> String {
    let items = list(page, "items");
    if items.is_empty() {
        return "No invites.".to_owned();
    }
    let rows: Vec<_> = items.iter().map(row).collect();
    table(&["LICENSE", "INVITED (UTC)", "BY", "NOTIFICATION", "ID"], &rows) + &more(page)
}

fn row(invite: &Value) -> Vec<String> {
    let closed = invite.get("notification_closed").and_then(Value::as_bool) == Some(true);
    vec![
        cell(invite, "license_name"),
        time(invite, "invited_at"),
        cell(invite, "invited_by"),
        if closed { "closed" } else { "open" }.to_owned(),
        text(invite, "license_id").to_owned(),
    ]
}
