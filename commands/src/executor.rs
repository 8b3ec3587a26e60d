//! Loads, commits, and decides again after a lost race.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use domain::{Code, Event, EventId, License, LicenseId, LicenseName, Metadata, Refusal, canonical};
use eventlog::{
    Append, Commit, EventLog, LogError, NewEvent, Outcome, Position, Receipt, Recorded, Revision, StreamId,
};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Backpressure, CommandError, Context, Secrets, authority::InstallationAt};

/// Runs commands against a log.
#[derive(Clone)]
pub struct Executor {
    pub(crate) log: Arc<dyn EventLog>,
    pub(crate) secrets: Secrets,
    pub(crate) backpressure: Backpressure,
    licenses: Arc<Mutex<HashMap<LicenseId, Arc<LicenseAt>>>>,
    pub(crate) installation: Arc<Mutex<Arc<InstallationAt>>>,
}

/// A license as of a revision.
#[derive(Debug, Clone, Default)]
pub(crate) struct LicenseAt {
    pub state: License,
    pub revision: Revision,
}

impl LicenseAt {
    /// Itself, unless there is no such license.
    pub(crate) fn existing(self: Arc<Self>) -> Result<Arc<Self>, Refusal> {
        if self.state.terms.is_none() { Err(Refusal::UnknownLicense) } else { Ok(self) }
    }
}

/// What a command did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// What came of it.
    pub code: Code,
    /// The log's position that includes it. Reads that ask for at least this one see it.
    pub position: Position,
    /// The thing that was made, if any.
    pub id: Option<Uuid>,
}

/// What is kept of a reply for the same command again: codes and ids, never a person's data.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    pub code: Code,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
}

/// A race is lost when somebody else was faster; so many times in a row means that something is wrong.
pub(crate) const ATTEMPTS: usize = 50;

/// Folded licenses that are kept between commands.
const KEPT_LICENSES: usize = 10_000;

impl Executor {
    /// An executor on a log, without a secret: it keeps no license key.
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        let (licenses, installation) = (Arc::default(), Arc::default());
        Self {
            log,
            secrets: Secrets::default(),
            backpressure: Backpressure::default(),
            licenses,
            installation,
        }
    }

    /// The same, keeping license keys with these.
    #[must_use]
    pub fn with_secrets(self, secrets: Secrets) -> Self {
        Self { secrets, ..self }
    }

    /// The same, with imports that wait for this.
    #[must_use]
    pub fn held_back(self, backpressure: Backpressure) -> Self {
        Self { backpressure, ..self }
    }

    /// Whether license keys are kept, so that they can be shown again.
    pub fn keeps_keys(&self) -> bool {
        self.secrets.keep()
    }

    /// A license as it is now: what was folded before, and what came since.
    pub(crate) async fn license(&self, id: LicenseId) -> Result<Arc<LicenseAt>, LogError> {
        let kept = self.kept_license(id);
        let news = self.log.read_stream(StreamId::from(id), kept.revision).await?;
        Ok(self.followed(id, kept, news))
    }

    /// What a license is called, if a command met it before: for words, which need not be of this moment.
    pub fn name_of(&self, id: LicenseId) -> Option<LicenseName> {
        self.kept_license(id).state.terms.as_ref().map(|terms| terms.name.clone())
    }

    /// Whether a license admits anybody on a day, as far as a command that met it before has seen: for words, like its name.
    pub fn admits(&self, id: LicenseId, on: NaiveDate) -> Result<(), Refusal> {
        match self.kept_license(id).state.open_on(on) {
            Err(Refusal::UnknownLicense) => Ok(()),
            open => open,
        }
    }

    /// Whether one of its keys lets anybody in on a day, as far as that.
    pub fn has_open_key(&self, id: LicenseId, on: NaiveDate) -> bool {
        let license = &self.kept_license(id).state;
        license.keys.keys().any(|key| license.key_open_on(*key, on).is_ok())
    }

    /// A license as it was folded before.
    pub(crate) fn kept_license(&self, id: LicenseId) -> Arc<LicenseAt> {
        self.licenses.lock().get(&id).cloned().unwrap_or_default()
    }

    /// A license after the events that came since it was kept. It is kept as it is now.
    pub(crate) fn followed(
        &self,
        id: LicenseId,
        kept: Arc<LicenseAt>,
        news: Vec<Recorded>,
    ) -> Arc<LicenseAt> {
        if news.is_empty() {
            return kept;
        }
        let mut license = LicenseAt::clone(&kept);
        for recorded in news {
            license.revision = recorded.revision;
            if let Event::License(event) = &recorded.event {
                license.state.evolve(event);
            }
        }
        let license = Arc::new(license);
        let mut licenses = self.licenses.lock();
        if licenses.len() >= KEPT_LICENSES {
            licenses.clear();
        }
        licenses.insert(id, Arc::clone(&license));
        license
    }

    /// A license that exists.
    pub(crate) async fn existing_license(&self, id: LicenseId) -> Result<Arc<LicenseAt>, CommandError> {
        Ok(self.license(id).await?.existing()?)
    }

    /// The reply of this very command, if it was given before.
    pub async fn given_before(&self, ctx: &Context) -> Result<Option<Reply>, CommandError> {
        let Some(command) = ctx.command else { return Ok(None) };
        let Some(outcome) = self.log.first_result(command).await? else { return Ok(None) };
        self.reply_of(outcome)
    }

    /// The reply in an outcome; `None`: the race was lost.
    pub(crate) fn reply_of(&self, outcome: Outcome) -> Result<Option<Reply>, CommandError> {
        match self.settle(outcome)? {
            Settled::Done(receipt) => kept_reply(&receipt).map(Some),
            Settled::Again => Ok(None),
        }
    }

    /// What an outcome means to a command.
    #[expect(clippy::unused_self, reason = "reads as what the executor does with an outcome")]
    pub(crate) fn settle(&self, outcome: Outcome) -> Result<Settled, CommandError> {
        match outcome {
            Outcome::Committed(receipt) | Outcome::AlreadyDone(receipt) => Ok(Settled::Done(receipt)),
            Outcome::Conflict(_) | Outcome::SeatLimit { .. } => Ok(Settled::Again),
            Outcome::CommandReused => Err(CommandError::CommandReused),
            Outcome::Unknown => Err(unknown()),
        }
    }
}

/// Nobody can say what became of a commit.
pub(crate) fn unknown() -> CommandError {
    LogError::Stopped("whether it was written is unknown; ask again with the same key".into()).into()
}

/// What to do after a commit.
pub(crate) enum Settled {
    Done(Receipt),
    /// The race was lost: load and decide again.
    Again,
}

/// The reply in a receipt.
pub(crate) fn kept_reply(receipt: &Receipt) -> Result<Reply, CommandError> {
    let kept: Kept = serde_json::from_slice(&receipt.result)
        .map_err(|e| LogError::Database(format!("a kept result can't be read: {e}")))?;
    Ok(Reply { code: kept.code, position: receipt.position, id: kept.id })
}

/// A reply as it is kept.
pub(crate) fn keep(code: Code, id: Option<Uuid>) -> Vec<u8> {
    canonical::to_text(&Kept { code, id }).into_bytes()
}

/// An event, ready to be written.
pub(crate) fn new_event(event: &Event, metadata: &Metadata) -> NewEvent {
    NewEvent {
        event_id: EventId(Uuid::now_v7()),
        event_type: event.description().name,
        payload: event.payload(),
        metadata: canonical::to_text(metadata),
    }
}

/// Events for one stream, ready to be written.
pub(crate) fn append<E: Into<Event>>(
    stream: impl Into<StreamId>,
    expected: Revision,
    license: LicenseId,
    events: impl IntoIterator<Item = E>,
    metadata: &Metadata,
) -> Append {
    let events = events.into_iter().map(|event| new_event(&event.into(), metadata)).collect();
    Append { stream: stream.into(), expected, license: Some(license), events }
}

/// The membership events of a stream.
pub(crate) fn membership_of(history: &[Recorded]) -> domain::Membership {
    domain::Membership::fold(history.iter().filter_map(|recorded| match &recorded.event {
        Event::Membership(event) => Some(event),
        Event::License(_)
        | Event::Import(_)
        | Event::Installation(_)
        | Event::Subject(_)
        | Event::Reading(_) => None,
    }))
}

/// A commit that asserts the license that its decision rested on.
pub(crate) fn resting_on(license: LicenseId, at: &LicenseAt, ctx: &Context) -> Commit {
    Commit {
        asserts: vec![(StreamId::from(license), at.revision)],
        command: ctx.command,
        ..Commit::default()
    }
}
