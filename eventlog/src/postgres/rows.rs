//! What a transaction writes, row by row. Texts stay where the commits hold them.

use std::collections::HashMap;

use domain::LicenseId;
use uuid::Uuid;

use crate::{
    contract::{Commit, DirectoryClaim, ImportFile, KeyClaim, MemberClaim, NewEvent, Refused},
    recorded::StreamId,
};

/// That a stream is where somebody rested their decision on.
pub(super) struct Check {
    pub stream: StreamId,
    pub revision: i64,
    /// The stream is written at its first revision: its key refuses that if it was there before.
    pub is_new: bool,
}

pub(super) struct EventRow<'a> {
    pub stream: StreamId,
    pub revision: i64,
    /// Which license, and the how manieth of its events in this transaction.
    pub license: Option<(usize, i64)>,
    pub event: &'a NewEvent,
}

pub(super) struct CommandRow<'a> {
    pub id: Uuid,
    pub fingerprint: &'a [u8],
    /// So many events of this transaction come before its result.
    pub offset: i64,
    pub result: &'a [u8],
}

/// A pool that was there before.
#[derive(Clone, Copy)]
pub(super) struct PoolRow {
    pub id: Uuid,
    pub taken: i64,
    pub given_back: i64,
    /// `Some`: it gets another limit.
    pub limit: Option<i64>,
}

#[derive(Default)]
pub(super) struct Rows<'a> {
    /// So many commits have rows here.
    pub commits: usize,
    pub checks: Vec<Check>,
    pub events: Vec<EventRow<'a>>,
    /// How many events each license gets.
    pub licenses: Vec<(LicenseId, i64)>,
    license_index: HashMap<LicenseId, usize>,
    pub people: Vec<&'a DirectoryClaim>,
    pub members: Vec<&'a MemberClaim>,
    pub keys: Vec<&'a KeyClaim>,
    /// Texts of keys that are to be kept.
    pub key_texts: Vec<(Uuid, &'a [u8])>,
    /// Keys whose texts are to go.
    pub forgotten: Vec<Uuid>,
    /// Id, taken, limit.
    pub opened: Vec<(Uuid, i64, Option<i64>)>,
    pub changed: Vec<PoolRow>,
    /// Whether the pools have to be asked if they can change so.
    pub pools_assumed: bool,
    pub erased: Vec<Uuid>,
    pub commands: Vec<CommandRow<'a>>,
    pub refused: Vec<&'a Refused>,
    pub files: Vec<&'a ImportFile>,
}

/// More rows than this go in by COPY.
const MANY: usize = 400;

impl<'a> Rows<'a> {
    /// Takes in a commit that nothing stands in the way of; pools apart.
    pub(super) fn push(&mut self, commit: &'a Commit) {
        self.commits += 1;
        for append in &commit.appends {
            let license = append.license.filter(|_| !append.events.is_empty()).map(|id| self.license(id));
            for (event, n) in append.events.iter().zip(1..) {
                let revision = i64::try_from(append.expected).unwrap_or(i64::MAX).saturating_add(n);
                let license = license.map(|index| {
                    let (_, count) = &mut self.licenses[index];
                    *count += 1;
                    (index, *count)
                });
                self.events.push(EventRow { stream: append.stream, revision, license, event });
            }
        }
        self.people.extend(&commit.people);
        self.members.extend(&commit.members);
        self.keys.extend(&commit.keys);
        let texts = commit.keys.iter().filter_map(|key| Some((key.key_id.0, key.sealed.as_deref()?)));
        self.key_texts.extend(texts);
        self.key_texts.retain(|(key, _)| !commit.forgotten.iter().any(|forgotten| forgotten.0 == *key));
        self.forgotten.extend(commit.forgotten.iter().map(|key| key.0));
        self.erased.extend(commit.erases.iter().map(|erase| erase.subject_id.0));
        self.refused.extend(&commit.refused);
        self.files.extend(&commit.file);
        if let Some(command) = &commit.command {
            self.commands.push(CommandRow {
                id: command.id,
                fingerprint: &command.fingerprint,
                offset: self.offset(),
                result: &commit.result,
            });
        }
    }

    fn license(&mut self, id: LicenseId) -> usize {
        *self.license_index.entry(id).or_insert_with(|| {
            self.licenses.push((id, 0));
            self.licenses.len() - 1
        })
    }

    /// How many events there are.
    pub(super) fn offset(&self) -> i64 {
        i64::try_from(self.events.len()).unwrap_or(i64::MAX)
    }

    pub(super) fn are_many(&self) -> bool {
        self.events.len() + self.people.len() + self.members.len() > MANY
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
            && self.people.is_empty()
            && self.members.is_empty()
            && self.keys.is_empty()
            && self.forgotten.is_empty()
            && self.opened.is_empty()
            && self.changed.is_empty()
            && self.erased.is_empty()
            && self.commands.is_empty()
            && self.refused.is_empty()
            && self.files.is_empty()
    }
}
