//! A small history of two licenses, and its exports.

use std::{borrow::Cow, collections::HashMap, convert::Infallible};

use domain::{Commitment, Digest, Entry, Salt};
use transparency::{
    Edge, SigningKey, TileId, TileSource, Tree,
    export::{Consistency, End, EventLine, FORMAT, Head, Line, PersonLine},
};
use uuid::Uuid;

pub const LICENSE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

/// The log's key.
pub fn key() -> SigningKey {
    SigningKey::new("seatbook.example/log", [3; 32]).expect("as it was made")
}

struct Written {
    entry: Entry<'static>,
    payload: String,
    metadata: String,
}

/// Events by turns of two licenses and of none; every tenth brings somebody in.
pub struct History {
    events: Vec<Written>,
    people: Vec<(u64, PersonLine<'static>)>,
    tiles: HashMap<TileId, Vec<u8>>,
}

impl TileSource for History {
    type Error = Infallible;

    fn tile(&self, id: TileId) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.tiles.get(&id).cloned())
    }
}

impl History {
    pub fn of(events: u64) -> Self {
        Self::rewritten(events, u64::MAX)
    }

    /// The same, but for one event that says something else, with every digest as it would have been.
    pub fn rewritten(events: u64, other: u64) -> Self {
        let mut history = Self { events: Vec::new(), people: Vec::new(), tiles: HashMap::new() };
        let (mut revisions, mut sequences) = (HashMap::new(), HashMap::new());
        for position in 1..=events {
            let license =
                [Some(LICENSE), Some(OTHER), None][usize::try_from(position % 3).expect("as it was made")];
            // Each belongs to one license, or to none.
            let stream = Uuid::from_u128(u128::from(100 + position % 3 + 10 * (position / 3 % 3)));
            let (payload, person) =
                payload(position, if position == other { "changed" } else { "as it was" });
            history.people.extend(person.map(|person| (position, person)));
            let metadata = r#"{"actor":"00000000-0000-0000-0000-000000000000","role":"admin"}"#.to_owned();
            let next = |counts: &mut HashMap<Uuid, u64>, id| {
                let count = counts.entry(id).or_insert(0);
                *count += 1;
                *count
            };
            let entry = Entry {
                aggregate_id: stream,
                aggregate_type: "membership".into(),
                event_id: Uuid::from_u128(u128::from(1_000_000 + position)),
                event_type: "Something".into(),
                event_version: "1".into(),
                license_id: license,
                license_sequence: license.map(|license| next(&mut sequences, license)),
                metadata: Digest::of(&metadata),
                payload: Digest::of(&payload),
                position,
                recorded_at: 1_790_000_000_000_000 + i64::try_from(position / 4).expect("as it was made"),
                sequence: next(&mut revisions, stream),
            };
            history.events.push(Written { entry, payload, metadata });
        }
        let leaves: Vec<Digest> = history.events.iter().map(|event| event.entry.leaf()).collect();
        history.tiles.extend(Edge::default().append(leaves));
        history
    }

    fn tree(&self, size: u64) -> Tree<&Self> {
        Tree::new(size, self)
    }

    fn size(&self) -> u64 {
        self.events.len() as u64
    }

    /// The signed head that the tree had at a size.
    pub fn checkpoint(&self, size: u64) -> String {
        key().sign(size, self.tree(size).root().expect("as it was made")).expect("as it was made")
    }

    /// Where the first people were brought in.
    pub fn brought_in(&self, people: usize) -> Vec<Option<u64>> {
        self.people.iter().take(people).map(|(position, _)| Some(*position)).collect()
    }

    pub fn export(&self) -> Vec<String> {
        let people = self.people.iter().map(|(_, person)| person.clone());
        self.lines(None, None, self.events.iter(), people.collect())
    }

    /// The events of one license, each with its proof.
    pub fn export_of(&self, license: Uuid, since: Option<u64>) -> Vec<String> {
        let events = self.events.iter().filter(|event| event.entry.license_id == Some(license));
        self.lines(Some(license), since, events, Vec::new())
    }

    fn lines<'a>(
        &self,
        license: Option<Uuid>,
        since: Option<u64>,
        events: impl Iterator<Item = &'a Written>,
        people: Vec<PersonLine<'static>>,
    ) -> Vec<String> {
        let tree = self.tree(self.size());
        let head = Line::Head(Head {
            checkpoint: self.checkpoint(self.size()).into(),
            consistency: since.map(|from| Consistency {
                from,
                proof: tree.prove_consistency(from).expect("as it was made"),
            }),
            format: FORMAT.into(),
            license_id: license,
        });
        let mut lines = vec![head.to_text()];
        for event in events {
            let leaf = event.entry.position - 1;
            lines.push(
                Line::Event(EventLine {
                    entry: String::from_utf8(event.entry.to_bytes()).expect("as it was made").into(),
                    leaf: event.entry.leaf(),
                    metadata: Cow::Borrowed(event.metadata.as_str()),
                    payload: Cow::Borrowed(event.payload.as_str()),
                    proof: license.map(|_| tree.prove_inclusion(leaf).expect("as it was made")),
                })
                .to_text(),
            );
        }
        let end = End { events: lines.len() as u64 - 1, people: people.len() as u64 };
        lines.extend(people.into_iter().map(|person| Line::Person(person).to_text()));
        lines.push(Line::End(end).to_text());
        lines
    }
}

fn payload(position: u64, what: &str) -> (String, Option<PersonLine<'static>>) {
    if !position.is_multiple_of(10) {
        return (format!(r#"{{"Something":{{"n":{position},"what":"{what}"}}}}"#), None);
    }
    let subject_id = Uuid::from_u128(u128::from(5_000 + position));
    let salt = Digest::of(position.to_string());
    let email = format!("person{}@school.example", position / 10 - 1);
    let commitment = Commitment::new(&Salt(salt.0), &email);
    let payload = format!(
        r#"{{"UserAdded":{{"commitment":"{commitment}","n":{position},"subject_id":"{subject_id}","what":"{what}"}}}}"#
    );
    let person = PersonLine { normalised: email.clone().into(), email: email.into(), salt, subject_id };
    (payload, Some(person))
}
