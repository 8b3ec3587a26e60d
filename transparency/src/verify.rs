//! Verifies an export, line by line: memory grows with the streams and people in it, not with its bytes.

mod chain;
mod people;

use domain::{Digest, Entry, entry::leaf_of};
use uuid::Uuid;

use crate::{
    Checkpoint, Edge, VerifyingKey,
    export::{End, EventLine, FORMAT, Head, Line},
    verify_consistency, verify_inclusion,
};
use chain::Chains;
use people::People;

/// Something that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which event, where it is one event's.
    pub position: Option<u64>,
    /// What does not hold, in a sentence.
    pub what: String,
}

/// What an export was found to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The checkpoint that all of it was held against; nothing where it is not to be believed.
    pub checkpoint: Option<Checkpoint>,
    /// How many events were looked at.
    pub events: u64,
    /// How many people were held against their commitments.
    pub people: u64,
    /// Everything that does not hold, the first [`MOST`] of it.
    pub findings: Vec<Finding>,
}

impl Verdict {
    /// Whether everything holds.
    pub const fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// So many findings are kept: who has these needs no more.
pub const MOST: usize = 1_000;

/// Goes through an export.
pub struct Verifier {
    key: VerifyingKey,
    /// One that was kept from before, with which this one has to agree.
    earlier: Option<Checkpoint>,
    checkpoint: Option<Checkpoint>,
    begun: bool,
    license: Option<Uuid>,
    edge: Edge,
    /// Of the tree when it had as many leaves as the earlier checkpoint.
    earlier_root: Option<Digest>,
    chains: Chains,
    people: People,
    ended: Option<End>,
    events: u64,
    findings: Vec<Finding>,
}

impl Verifier {
    /// With the log's key, as it was pinned, and a checkpoint that was kept from before.
    pub fn new(key: VerifyingKey, earlier: Option<Checkpoint>) -> Self {
        Self {
            key,
            earlier,
            checkpoint: None,
            begun: false,
            license: None,
            edge: Edge::default(),
            earlier_root: None,
            chains: Chains::default(),
            people: People::default(),
            ended: None,
            events: 0,
            findings: Vec::new(),
        }
    }

    /// The next line.
    pub fn line(&mut self, text: &str) {
        if self.ended.is_some() {
            return self.find(None, "something stands behind the last line");
        }
        match serde_json::from_str(text) {
            Ok(Line::Head(head)) if !self.begun => self.head(&head),
            Ok(Line::Event(event)) if self.begun => self.event(&event),
            Ok(Line::Person(person)) if self.begun => {
                for (position, what) in self.people.judge(&person) {
                    self.find(position, what);
                }
            }
            Ok(Line::End(end)) if self.begun => self.ended = Some(end),
            Ok(_) if self.begun => self.find(None, "a second first line"),
            Ok(_) => self.find(None, "the first line does not say what the file is"),
            Err(error) => self.find(None, format!("a line that is not of an export: {error}")),
        }
        self.begun = true;
    }

    /// What it came to, once all lines were given.
    pub fn end(mut self) -> Verdict {
        match self.ended {
            None => self.find(None, "the file ends early: its last line is missing"),
            Some(end) if (end.events, end.people) != (self.events, self.people.count()) => {
                let (events, people) = (self.events, self.people.count());
                let what = format!(
                    "the last line tells of {} events and {} people, and there are {events} and {people}",
                    end.events, end.people
                );
                self.find(None, what);
            }
            Some(_) => {}
        }
        self.hold_against_checkpoints();
        Verdict {
            checkpoint: self.checkpoint,
            events: self.events,
            people: self.people.count(),
            findings: self.findings,
        }
    }

    fn find(&mut self, position: Option<u64>, what: impl Into<String>) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { position, what: what.into() });
        }
    }

    fn head(&mut self, head: &Head<'_>) {
        if head.format != FORMAT {
            return self.find(None, format!("the file is of the format {}, not {FORMAT}", head.format));
        }
        self.license = head.license_id;
        match self.key.open(&head.checkpoint) {
            Ok(checkpoint) => {
                if let Some(earlier) = self.earlier.clone() {
                    self.agree(&earlier, &checkpoint, head);
                }
                self.checkpoint = Some(checkpoint);
            }
            Err(error) => self.find(None, error.to_string()),
        }
    }

    /// That an earlier checkpoint is the beginning of this one. Where all events are there, their hashes show it later.
    fn agree(&mut self, earlier: &Checkpoint, now: &Checkpoint, head: &Head<'_>) {
        if earlier.size > now.size {
            let what = format!("the log had {} events before, and has {} now", earlier.size, now.size);
            return self.find(None, what);
        }
        if self.license.is_none() {
            return;
        }
        let Some(consistency) = head.consistency.as_ref().filter(|proof| proof.from == earlier.size) else {
            let what = format!("it does not show that it goes on from the checkpoint at {}", earlier.size);
            return self.find(None, what);
        };
        let proof = &consistency.proof;
        if verify_consistency(proof, (earlier.size, earlier.root), (now.size, now.root)).is_err() {
            let what = format!("history up to position {} is not what it was", earlier.size);
            self.find(None, what);
        }
    }

    fn event(&mut self, line: &EventLine<'_>) {
        self.events += 1;
        let Ok(entry) = serde_json::from_str::<Entry<'_>>(&line.entry) else {
            // Its leaf counts all the same, or every event behind it would be in doubt.
            self.push(line.leaf);
            return self.find(None, "an entry that can't be read");
        };
        let at = Some(entry.position);
        if entry.to_bytes() != line.entry.as_bytes() {
            self.find(at, "the entry is not in canonical form");
        }
        if leaf_of(line.entry.as_bytes()) != line.leaf {
            self.find(at, "the event is not the one that was recorded");
        }
        if Digest::of(line.payload.as_bytes()) != entry.payload {
            self.find(at, "the payload is not the one that the entry speaks of");
        }
        if Digest::of(line.metadata.as_bytes()) != entry.metadata {
            self.find(at, "the metadata is not the one that the entry speaks of");
        }
        for what in self.chains.follow(&entry, self.license) {
            self.find(at, what);
        }
        self.people.note(entry.position, &line.payload);
        self.place(&entry, line);
    }

    /// That it stands in the tree where it says.
    fn place(&mut self, entry: &Entry<'_>, line: &EventLine<'_>) {
        if self.license.is_none() {
            return self.push(line.leaf);
        }
        let Some(Checkpoint { size, root, .. }) = self.checkpoint else { return };
        let leaf = entry.position.checked_sub(1);
        let shown = line
            .proof
            .as_ref()
            .zip(leaf)
            .is_some_and(|(proof, leaf)| verify_inclusion(proof, (size, root), leaf, line.leaf).is_ok());
        if !shown {
            self.find(Some(entry.position), "it is not shown to be in the tree of the checkpoint");
        }
    }

    fn push(&mut self, leaf: Digest) {
        self.edge.push_leaf(leaf);
        if self.earlier.as_ref().is_some_and(|earlier| earlier.size == self.edge.size()) {
            self.earlier_root = Some(self.edge.root());
        }
    }

    /// Of an export of everything: that its events are those of the checkpoints.
    fn hold_against_checkpoints(&mut self) {
        let (None, Some(now)) = (self.license, self.checkpoint.clone()) else { return };
        if self.edge.size() != now.size {
            let what = format!("there are {} events, and {} in the checkpoint", self.edge.size(), now.size);
            self.find(None, what);
        } else if self.edge.root() != now.root {
            self.find(None, "the hashes of the events are not those of the checkpoint");
        }
        let Some(earlier) = self.earlier.clone().filter(|earlier| earlier.size <= now.size) else { return };
        let root = if earlier.size == 0 { Some(Digest::of("")) } else { self.earlier_root };
        if root != Some(earlier.root) {
            self.find(None, format!("history up to position {} is not what it was", earlier.size));
        }
    }
}
