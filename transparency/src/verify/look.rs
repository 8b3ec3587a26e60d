//! What can be told of a line by itself.

use std::{fmt, marker::PhantomData};

use domain::{Commitment, Digest, EmailAddress, Entry, Salt, entry::leaf_of};
use serde::{Deserialize, Deserializer, de::Visitor};
use uuid::Uuid;

use crate::{
    export::{BroughtIn, End, EventLine, Line},
    verify_inclusion,
};

/// What lines are held against.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Against {
    /// The size and the root of the tree that each event is shown to be in; nothing where all of them are there.
    pub tree: Option<(u64, Digest)>,
}

/// A line that was looked at.
#[expect(
    clippy::large_enum_variant,
    reason = "half of them are events, and a box for each is one more wait for the allocator"
)]
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
    pub brought: BroughtIn,
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

/// Looks at whole lines, each by itself.
pub(super) fn look_at(text: &str, against: Against) -> Vec<Looked> {
    let mut looked = Vec::with_capacity(text.len() / USUAL);
    let mut rest = text;
    while !rest.is_empty() {
        rest = look_while_readable(rest, against, &mut looked);
        let end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let (line, others) = rest.split_at(end);
        if !line.is_empty() {
            looked.push(match serde_json::from_str(line) {
                Ok(line) => look(line, against),
                Err(error) => Looked::Unreadable(error.to_string()),
            });
        }
        rest = others;
    }
    looked
}

/// A line has about as many bytes.
const USUAL: usize = 512;

/// Looks at lines, until one is odd; what is left then. One reader for all of them gets by with the memory of one line.
fn look_while_readable<'t>(text: &'t str, against: Against, looked: &mut Vec<Looked>) -> &'t str {
    let mut lines = serde_json::Deserializer::from_str(text).into_iter();
    let mut rest = text;
    // The reader would look for the beginning of the next line behind any number of blank ones.
    while rest.starts_with('{') {
        let (Some(end), Some(Ok(line))) = (rest.find('\n'), lines.next()) else { break };
        if text.len() - rest.len() + rest[..end].trim_ascii_end().len() != lines.byte_offset() {
            // It is not the whole of its line, or goes on in the next one.
            break;
        }
        looked.push(look(line, against));
        rest = &rest[end + 1..];
    }
    rest
}

/// An event whose texts were looked at as they were read: none of them is kept.
type SeenEvent = EventLine<Read<Envelope>, Read<Digest>, Read<Payload>>;

type Seen<'a> = Line<'a, SeenEvent>;

fn look(line: Seen<'_>, against: Against) -> Looked {
    match line {
        Line::Head(_) => Looked::Head,
        Line::Event(line) => Looked::Event(event(line, against)),
        Line::Person(person) => {
            let shown = EmailAddress::parse(&person.email);
            Looked::Person(Person {
                subject: person.subject_id,
                commitment: Commitment::new(&Salt(person.salt.0), &person.normalised),
                is_shown_as: shown.is_ok_and(|shown| shown.normalised() == person.normalised),
            })
        }
        Line::End(end) => Looked::End(end),
    }
}

fn event(line: SeenEvent, against: Against) -> Event {
    let EventLine { entry: Read(entry), leaf, metadata: Read(metadata), payload: Read(payload), proof } =
        line;
    let own = entry.leaf;
    let mut event =
        Event { kept: leaf, own, place: None, wrong: Vec::new(), brought: BroughtIn::default(), shown: true };
    let Some(said) = entry.said else { return event };
    let holds = [
        (said.is_canonical, "the entry is not in canonical form"),
        (payload.digest == said.payload, "the payload is not the one that the entry speaks of"),
        (metadata == said.metadata, "the metadata is not the one that the entry speaks of"),
    ];
    event.wrong.extend(holds.into_iter().filter(|(holds, _)| !holds).map(|(_, what)| what));
    event.brought = payload.brought;
    if let Some(head) = against.tree {
        let leaf = proof.as_ref().zip(said.place.position.checked_sub(1));
        // What the tree has kept of it may be damaged, and the event in it all the same.
        event.shown = leaf.is_some_and(|(proof, at)| verify_inclusion(proof, head, at, own).is_ok());
    }
    event.place = Some(said.place);
    event
}

/// What is made of a text.
trait OfText {
    fn of(text: &str) -> Self;
}

/// What was made of a text while it was read.
struct Read<T>(T);

impl<'de, T: OfText> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Reader(PhantomData))
    }
}

struct Reader<T>(PhantomData<T>);

impl<T: OfText> Visitor<'_> for Reader<T> {
    type Value = Read<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E>(self, text: &str) -> Result<Read<T>, E> {
        Ok(Read(T::of(text)))
    }
}

impl OfText for Digest {
    fn of(text: &str) -> Self {
        Self::of(text.as_bytes())
    }
}

struct Payload {
    digest: Digest,
    brought: BroughtIn,
}

impl OfText for Payload {
    fn of(text: &str) -> Self {
        Self { digest: Digest::of(text.as_bytes()), brought: BroughtIn::by(text) }
    }
}

struct Envelope {
    leaf: Digest,
    /// Nothing where it can't be read.
    said: Option<Said>,
}

struct Said {
    place: Place,
    payload: Digest,
    metadata: Digest,
    is_canonical: bool,
}

impl OfText for Envelope {
    fn of(text: &str) -> Self {
        let said = serde_json::from_str::<Entry<'_>>(text).ok().map(|entry| {
            let is_canonical = entry.is_of(text.as_bytes());
            let Entry { payload, metadata, position, recorded_at, aggregate_id, sequence, .. } = entry;
            let Entry { license_id, license_sequence, .. } = entry;
            let place = Place { position, recorded_at, aggregate_id, sequence, license_id, license_sequence };
            Said { place, payload, metadata, is_canonical }
        });
        Self { leaf: leaf_of(text.as_bytes()), said }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a text comes to: `e` for an end, `?` for what can't be read.
    fn kinds(text: &str) -> String {
        let kind = |looked| match looked {
            Looked::End(_) => 'e',
            Looked::Unreadable(_) => '?',
            _ => 'x',
        };
        look_at(text, Against::default()).into_iter().map(kind).collect()
    }

    #[test]
    fn each_line_is_one_by_itself_however_odd_those_beside_it_are() {
        let end = r#"{"end":{"events":1,"people":0}}"#;
        let broken = end.replace(',', ",\n");
        for (text, expected) in [
            (String::new(), ""),
            (format!("{end}\n{end}\n"), "ee"),
            (format!("{end}\n {end} \n{end}"), "eee"),
            (format!("{end}\n\n{end}\n"), "e?e"),
            (format!("{end}{end}\n{end}\n"), "?e"),
            (format!("{end}\n{broken}\n{end}\n"), "e??e"),
            (format!("{end}\r\n{end} \r\n{broken}\n{end}\n"), "ee??e"),
            (format!("{end}\n{}\n{end}\n", &end[1..]), "e?e"),
            (format!("{end}\nnothing\n\n"), "e??"),
        ] {
            assert_eq!(kinds(&text), expected, "{text}");
        }
    }

    /// Were each of them looked for behind all of the others, it would take minutes.
    #[test]
    fn blank_lines_take_no_longer_the_more_they_are() {
        const MANY: usize = 500_000;
        let blank = format!("{{\"end\":{{\"events\":1,\"people\":0}}}}\n{}", "\n".repeat(MANY));
        let kinds = kinds(&blank);
        assert_eq!((kinds.len(), kinds.matches('?').count()), (MANY + 1, MANY));
    }
}
