//! The page of events.

use std::{fmt::Write, fs, path::Path};

use domain::catalogue::{self, EventDescription, Field, Personal};

use crate::cell;

const INTRO: &str = "\
# Events

<!-- Written from the code. To write it again: SEATBOOK_UPDATE_DOCS=1 cargo test -p domain --test catalogue -->

Everything that happens in Seatbook is an event in one append-only log. Events are never changed and never
deleted: the database itself refuses it. Apart from the e-mail addresses, everything that Seatbook shows about
a license is worked out from them, so whoever can read the log can check it.

Each event belongs to a stream: that of a license, of a membership (one person on one license), of an import
(one upload or one paste), of the installation, of a person who was erased, or of what
somebody of staff reads within an hour. Its place in the whole log, in its stream and in the history of its license is
numbered 1, 2, 3 ... without gaps, so that a missing event shows.

## Personal data

Events hold no e-mail address, no name of a person and no free text about one. People stand in them as
pseudonyms: random ids, which only the directory ties to an e-mail address. The directory is a table beside the
log, and its rows can be deleted ([erasure.md](erasure.md)). Once a person's row is deleted, their pseudonyms stand
for nobody any more.

In the tables below, *pseudonym* marks a field that leads to a person as long as their directory row exists.
*No* marks a field that leads to nobody by itself; what it says is about the person whose pseudonym stands in
the same event. License names and mail domains are the data of the customer.

A commitment is the exception among the pseudonyms: it names nobody, but proves, together with the address and
the salt from the directory, that the directory row was not changed afterwards. Without the salt it proves
nothing, and the salt goes with the row.
";

const ENVELOPE: &str = "
## Envelope

The columns of the log. Payload and metadata are canonical JSON (RFC 8785), written once and kept byte by byte.
";

const METADATA: &str = "
## Metadata

Who did it, in which role and by which way. All values are texts; an optional field that does not apply is
absent.
";

const STREAMS: [(&str, &str); 6] = [
    (
        "license",
        "What was bought, who administers it and which keys open it. The stream's id is the license id.",
    ),
    ("membership", "One person on one license. The stream's id is the member id."),
    ("import", "One upload or one paste. The stream's id is the import id."),
    (
        "installation",
        "Who has a role across all licenses. There is one such stream, with an id that is always the same.",
    ),
    (
        "subject",
        "A person of the installation. The stream's id is the subject id; there is one only once they were erased.",
    ),
    (
        "reading",
        "Who of an auditor's or support's role reads what, of one license and of one kind, within an hour \
         ([decisions/0022](decisions/0022-recorded-reads.md)). The stream's id is random.",
    ),
];

const EVENTS: &str = "
## Events by stream

*Since* is the version of Seatbook that first wrote the event. *Written by* names the commands, *read by* the
read models and pages beside the audit history, which shows every event. Outcome codes are listed in
[outcomes.md](outcomes.md).
";

pub fn page() -> String {
    let mut page = String::from(INTRO);
    page += ENVELOPE;
    page += &fields("Column", &catalogue::ENVELOPE);
    page += METADATA;
    page += &fields("Field", &catalogue::METADATA);
    page += "\nFor a row of a file:\n";
    page += &example("stored_metadata/import_row.v1.json");
    page += EVENTS;
    for (stream, about) in STREAMS {
        page += &of_stream(stream, about);
    }
    page
}

fn of_stream(stream: &str, about: &str) -> String {
    let events: Vec<_> = catalogue::all().filter(|event| event.stream == stream).collect();
    let mut text = format!("\n## Stream `{stream}`\n\n{about}\n\n");
    text += "| Event | Since | Meaning | Written by | Read by |\n|---|---|---|---|---|\n";
    for EventDescription { name, since, meaning, written_by, read_by, .. } in &events {
        let anchor = name.to_lowercase();
        let (meaning, written_by) = (cell(meaning), cell(written_by));
        writeln!(text, "| [{name}](#{anchor}) | {since} | {meaning} | {written_by} | {read_by} |")
            .expect("a text grows");
    }
    for event in events {
        text += &details(event);
    }
    text
}

fn details(event: &EventDescription) -> String {
    let mut text = format!("\n### {}\n\n{}\n", event.name, event.meaning);
    if event.fields.is_empty() {
        text += "\nNo fields: envelope and metadata say whose membership it was, who did it and when.\n";
    } else {
        text += &fields("Field", event.fields);
    }
    text + &example(&format!("stored_events/{}.v{}.json", event.name, domain::event::VERSION))
}

fn fields(title: &str, fields: &[Field]) -> String {
    let mut text = format!("\n| {title} | Type | Personal data | Meaning |\n|---|---|---|---|\n");
    for field in fields {
        let personal = match field.personal {
            Personal::No => "no",
            Personal::Pseudonym => "pseudonym",
        };
        let (kind, meaning) = (cell(field.kind), cell(field.meaning));
        writeln!(text, "| `{}` | {kind} | {personal} | {meaning} |", field.name).expect("a text grows");
    }
    text
}

/// As it is stored.
fn example(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(file);
    let stored = fs::read_to_string(&path).unwrap_or_else(|error| panic!("no example {file}: {error}"));
    format!("\n```json\n{}\n```\n", stored.trim_end())
}
