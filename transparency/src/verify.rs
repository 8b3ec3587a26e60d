//! Verifies an export, piece by piece: memory grows with the streams and people in it, not with its bytes.

mod chain;
mod grown;
mod look;
mod lookers;
mod people;

use serde_json::Value;
use uuid::Uuid;

use crate::{
    Checkpoint, VerifyingKey,
    export::{Consistency, End, FORMAT, Head, Line},
    verify_consistency,
};
use chain::Chains;
use grown::Trees;
use look::{Against, Looked};
use lookers::Lookers;
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
    /// How many events the checkpoint had that was kept from before, if one was given.
    pub since: Option<u64>,
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
    trees: Trees,
    chains: Chains,
    people: People,
    ended: Option<End>,
    /// Whether its first line is nothing that an export begins with.
    is_no_export: bool,
    /// Whether something stood behind its end.
    is_beyond: bool,
    /// How many lines can't be read: where there are some, what the last one counts is no second finding.
    spoilt: u64,
    events: u64,
    findings: Vec<Finding>,
    /// Which of them are of events that differ from what the tree has kept of them.
    differing: Vec<usize>,
    /// The beginning of a line whose end is yet to come.
    rest: Vec<u8>,
    /// Which line of the file was taken last.
    line: u64,
    lookers: Lookers,
}

/// Of an event that is the one that was signed.
const HASH_DIFFERS: &str = "the event is the one that was signed, and the tree has kept another hash of it";

/// Pieces are gathered until there are so many bytes to look at.
const ENOUGH: usize = 1 << 20;

impl Verifier {
    /// With the log's key, as it was pinned, and a checkpoint that was kept from before.
    pub fn new(key: VerifyingKey, earlier: Option<Checkpoint>) -> Self {
        Self {
            key,
            earlier,
            checkpoint: None,
            begun: false,
            license: None,
            trees: Trees::default(),
            chains: Chains::default(),
            people: People::default(),
            ended: None,
            is_no_export: false,
            is_beyond: false,
            spoilt: 0,
            events: 0,
            findings: Vec::new(),
            differing: Vec::new(),
            rest: Vec::new(),
            line: 0,
            lookers: Lookers::new(),
        }
    }

    /// The next bytes of the file, however many.
    pub fn piece(&mut self, bytes: &[u8]) {
        self.rest.extend_from_slice(bytes);
        if self.rest.len() < ENOUGH {
            return;
        }
        if let Some(end) = self.rest.iter().rposition(|byte| *byte == b'\n') {
            let later = self.rest[end + 1..].to_vec();
            self.rest.truncate(end + 1);
            let lines = std::mem::replace(&mut self.rest, later);
            self.lines(lines);
        }
    }

    fn lines(&mut self, mut lines: Vec<u8>) {
        if lines.is_empty() {
            return;
        }
        if !self.begun {
            // It says what the others are held against.
            let end = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |end| end + 1);
            let later = lines.split_off(end);
            self.first(&lines);
            lines = later;
        }
        self.lookers.give(lines, self.against());
        while self.lookers.are_busy() {
            self.take_next();
        }
    }

    /// Takes what was found in the piece whose turn it is; nothing where there is none.
    fn take_next(&mut self) -> Option<()> {
        for looked in &self.lookers.take()? {
            self.take(looked);
        }
        Some(())
    }

    fn first(&mut self, line: &[u8]) {
        (self.begun, self.line) = (true, 1);
        match serde_json::from_slice::<Line<'_>>(line) {
            Ok(Line::Head(head)) => self.head(&head),
            Ok(_) => self.find(None, "the first line does not say what the file is"),
            Err(_) if !serde_json::from_slice::<Value>(line).is_ok_and(|value| value.is_object()) => {
                self.is_no_export = true;
                self.find(None, "this is no export of a history: it may be compressed, or another file");
            }
            Err(error) => self.unreadable(&error.to_string()),
        }
    }

    fn unreadable(&mut self, error: &str) {
        self.spoilt += 1;
        // Each line is read alone: where in the file it stands only we know.
        let error = error.replace(" at line 1 column ", " at column ");
        self.find(None, format!("line {} is not of an export: {error}", self.line));
    }

    fn against(&self) -> Against {
        let head = self.checkpoint.as_ref().map(|checkpoint| (checkpoint.size, checkpoint.root));
        Against { tree: head.filter(|_| self.license.is_some()) }
    }

    fn take(&mut self, looked: &Looked) {
        self.line += 1;
        if self.is_no_export || self.is_beyond {
            return;
        }
        if self.ended.is_some() {
            self.is_beyond = true;
            return self
                .find(None, format!("something stands behind the last line, from line {} on", self.line));
        }
        match looked {
            Looked::Head => self.find(None, "a second first line"),
            Looked::Event(event) => self.event(event),
            Looked::Person(person) => {
                for (position, what) in self.people.judge(person) {
                    self.find(position, what);
                }
            }
            Looked::End(end) => self.ended = Some(*end),
            Looked::Unreadable(error) => self.unreadable(error),
        }
    }

    /// What it came to, once all lines were given.
    pub fn end(mut self) -> Verdict {
        let rest = std::mem::take(&mut self.rest);
        self.lines(rest);
        while self.take_next().is_some() {}
        match self.ended {
            None if self.is_no_export => {}
            None => self.find(None, "the file ends early: its last line is missing"),
            Some(_) if self.spoilt > 0 => {}
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
            since: self.earlier.map(|earlier| earlier.size),
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
            let what = format!(
                "it has {} events, and the checkpoint that was kept has {}: it is older than that one, or its end was cut off",
                now.size, earlier.size
            );
            return self.find(None, what);
        }
        if self.license.is_none() {
            return;
        }
        // Of the same events, the roots themselves say it.
        let is_of_it = |proof: &&Consistency| proof.from == earlier.size && earlier.size < now.size;
        let proof = match head.consistency.as_ref().filter(is_of_it) {
            Some(consistency) => consistency.proof.as_slice(),
            None if earlier.size == now.size => &[],
            None => {
                let what = format!(
                    "it does not show that it goes on from the checkpoint at {}: ask for an export since that one (--since)",
                    earlier.size
                );
                return self.find(None, what);
            }
        };
        if verify_consistency(proof, (earlier.size, earlier.root), (now.size, now.root)).is_err() {
            let what = format!("history up to position {} is not what it was", earlier.size);
            self.find(None, what);
        }
    }

    fn event(&mut self, event: &look::Event) {
        self.events += 1;
        // The leaf counts whatever is in the event, or every event behind it would be in doubt.
        if self.license.is_none() {
            self.trees.push(event.kept, event.own, self.earlier.as_ref());
        }
        let Some(place) = &event.place else {
            // Where it says that it stands can't be known.
            return self.find(None, format!("the entry in line {} can't be read", self.line));
        };
        let at = Some(place.position);
        if event.kept != event.own {
            self.differs(at, event.shown);
        }
        for what in &event.wrong {
            self.find(at, *what);
        }
        for what in self.chains.follow(place, self.license) {
            self.find(at, what);
        }
        self.people.note(place.position, &event.brought);
        if !event.shown {
            self.find(at, "it is not shown to be in the tree of the checkpoint");
        }
    }

    /// An event that is another one than the tree has kept, or of which the tree has kept another hash.
    fn differs(&mut self, at: Option<u64>, is_shown: bool) {
        if self.license.is_some() && self.checkpoint.is_some() && is_shown {
            return self.find(at, HASH_DIFFERS);
        }
        if self.findings.len() < MOST {
            self.differing.push(self.findings.len());
        }
        self.find(at, "the event is not the one that was recorded");
    }

    /// Of an export of everything: that its events are those of the checkpoints.
    fn hold_against_checkpoints(&mut self) {
        let (None, Some(now)) = (self.license, self.checkpoint.clone()) else { return };
        if self.trees.size() != now.size {
            let what = format!("there are {} events, and {} in the checkpoint", self.trees.size(), now.size);
            self.find(None, what);
        } else if !self.trees.are_of(&now) {
            self.find(None, "the hashes of the events are not those of the checkpoint");
        }
        if self.trees.only_hashes_differ(&now) {
            for finding in std::mem::take(&mut self.differing) {
                HASH_DIFFERS.clone_into(&mut self.findings[finding].what);
            }
        }
        let earlier = self.earlier.clone().filter(|earlier| earlier.size <= now.size);
        if let Some(earlier) = earlier.filter(|earlier| !self.trees.go_on_from(earlier, &now)) {
            self.find(None, format!("history up to position {} is not what it was", earlier.size));
        }
    }
}
