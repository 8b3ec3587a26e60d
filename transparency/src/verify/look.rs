//! What can be told of a line by itself.

use domain::{Commitment, Digest, EmailAddress, Entry, Salt, entry::leaf_of};
use uuid::Uuid;

use crate::{
    export::{End, EventLine, Line, brought_in},
    verify_inclusion,
};

/// What lines are held against.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Against {
    /// The size and the root of the tree that each event is shown to be in; nothing where all of them are there.
    pub tree: Option<(u64, Digest)>,
}

/// A line that was looked at.
pub(super) enum Looked {
    Head,
    Event(Event),
    Person(Person),
    End(End),
    Unreadable(String),
}

/// What is told of a person by themselves.
pub(super) struct Person {
    pub subject: Uuid,
    /// What an event would commit to that speaks of them.
    pub commitment: Commitment,
    /// Whether the address that people are shown is the one that is committed to, however it is spelled.
    pub is_shown_as: bool,
}

/// What is told of an event by itself.
pub(super) struct Event {
    /// As the tree has kept it.
    pub kept: Digest,
    /// That of the entry, computed anew.
    pub own: Digest,
    /// Where it says that it stands; nothing where its entry can't be read.
    pub place: Option<Place>,
    /// What does not hold.
    pub wrong: Vec<&'static str>,
    /// Whom it brings in.
    pub brought: Vec<(Uuid, Commitment)>,
    /// Whether it is shown to be in the tree, where it has to be.
    pub shown: bool,
}

/// Where an event stands: in the log, in its stream, in its license, in time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub position: u64,
    pub recorded_at: i64,
    pub aggregate_id: Uuid,
    pub sequence: u64,
    pub license_id: Option<Uuid>,
    pub license_sequence: Option<u64>,
}

/// Looks at a line.
pub(super) fn look(text: &str, against: Against) -> Looked {
    match serde_json::from_str(text) {
        Ok(Line::Head(_)) => Looked::Head,
        Ok(Line::Event(line)) => Looked::Event(event(&line, against)),
        Ok(Line::Person(person)) => {
            let shown = EmailAddress::parse(&person.email);
            Looked::Person(Person {
                subject: person.subject_id,
                commitment: Commitment::new(&Salt(person.salt.0), &person.normalised),
                is_shown_as: shown.is_ok_and(|shown| shown.normalised() == person.normalised),
            })
        }
        Ok(Line::End(end)) => Looked::End(end),
        Err(error) => Looked::Unreadable(error.to_string()),
    }
}

fn event(line: &EventLine<'_>, against: Against) -> Event {
    let own = leaf_of(line.entry.as_bytes());
    let mut event =
        Event { kept: line.leaf, own, place: None, wrong: Vec::new(), brought: Vec::new(), shown: true };
    let Ok(entry) = serde_json::from_str::<Entry<'_>>(&line.entry) else { return event };
    let holds = [
        (entry.is_of(line.entry.as_bytes()), "the entry is not in canonical form"),
        (
            Digest::of(line.payload.as_bytes()) == entry.payload,
            "the payload is not the one that the entry speaks of",
        ),
        (
            Digest::of(line.metadata.as_bytes()) == entry.metadata,
            "the metadata is not the one that the entry speaks of",
        ),
    ];
    event.wrong.extend(holds.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what));
    event.brought = brought_in(&line.payload);
    if let Some(head) = against.tree {
        let leaf = line.proof.as_ref().zip(entry.position.checked_sub(1));
        // What the tree has kept of it may be damaged, and the event in it all the same.
        event.shown = leaf.is_some_and(|(proof, at)| verify_inclusion(proof, head, at, own).is_ok());
    }
    let Entry { position, recorded_at, aggregate_id, sequence, license_id, license_sequence, .. } = entry;
    event.place = Some(Place { position, recorded_at, aggregate_id, sequence, license_id, license_sequence });
    event
}
