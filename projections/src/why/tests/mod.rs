//! Every path of DESIGN §4, and what is said of it.

mod every_path;
mod others;
mod paths;

use commands::CommandError;
use domain::{DeclineReason, Refusal};

use super::{Why, WhyStatus, why};
use crate::audit::desk::{Desk, day};

const BOB: &str = "bob@school.example";
const EVE: &str = "eve@else.example";

impl Desk {
    async fn why(&self, email: &'static str) -> Why {
        let (license, today) = (self.license, self.today());
        self.ask(move |conn| why(conn, license, email, today)).await
    }

    async fn accept(&self, email: &str) -> Result<(), CommandError> {
        self.office.accept_invite(&self.person(email), self.license).await.map(drop)
    }

    async fn decline(&self, email: &str, reason: DeclineReason) {
        self.office
            .decline_invite(&self.person(email), self.license, reason)
            .await
            .map(drop)
            .expect("declined");
    }

    async fn close(&self, email: &str) {
        self.office.close_notification(&self.person(email), self.license).await.map(drop).expect("closed");
    }

    async fn reopen(&self, email: &str) {
        self.office.reopen_notification(&self.person(email), self.license).await.map(drop).expect("reopened");
    }

    async fn join(&self, email: &str) -> Result<(), CommandError> {
        self.office.join_with_key(&self.person(email), &self.key.reveal()).await.map(drop)
    }

    async fn ends(&self, last_day: Option<&str>) {
        let ended = self.office.change_term(&self.operator(), self.license, last_day.map(day)).await;
        ended.map(drop).expect("another term");
    }
}

#[track_caller]
fn says(why: &Why, status: WhyStatus, sentence: &str) {
    assert_eq!(why.sentence, sentence);
    assert_eq!(why.status, status);
    assert!(why.known && !why.chain.is_empty());
}

fn actions(why: &Why) -> Vec<&'static str> {
    why.next_steps.iter().map(|step| step.action).collect()
}

fn refused(answer: Result<(), CommandError>) -> Refusal {
    match answer {
        Err(CommandError::Refused { refusal, .. }) => refusal,
        Err(other) => panic!("{other}"),
        Ok(()) => panic!("it was not refused"),
    }
}
