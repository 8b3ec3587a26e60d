//! What the record of a read says to a reader.

use domain::{Metadata, ReadKind, ReadingEvent, Role, number::grouped};

use super::names::Names;

/// The sentence of an event.
pub(super) fn text(event: &ReadingEvent, metadata: &Metadata, names: &Names) -> String {
    let (actor, role) = (names.begin(), role(metadata.role));
    match event {
        ReadingEvent::PeopleRead { rows, what, subject_id } => {
            let about = subject_id.map(|_| names.person.within());
            format!("{actor} read {}{} {role}.", read(*what, about), shown(*rows, *what))
        }
        ReadingEvent::PeopleReadAgain { rows, what, subject_id, times } => {
            let about = subject_id.map(|_| names.person.within());
            let often = match times {
                0 => "to the end".to_owned(),
                1 => "once more".to_owned(),
                times => format!("{} times more", grouped(*times)),
            };
            format!(
                "{actor} read {} {often} within the hour{} {role}.",
                read(*what, about),
                shown(*rows, *what)
            )
        }
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Auditor => "as an auditor",
        Role::Support => "as support staff",
        Role::Admin => "as an admin",
        Role::Member => "as a member",
        Role::Operator => "as the operator",
    }
}

fn read(what: ReadKind, about: Option<&str>) -> String {
    let known = || about.unwrap_or("somebody");
    match what {
        ReadKind::UserList => "the user list".to_owned(),
        ReadKind::Search => "what a search in the user list found".to_owned(),
        ReadKind::Person => format!("the entry of {}", known()),
        ReadKind::Why => match about {
            Some(person) => format!("why {person} is on the license or not"),
            None => "why somebody is not on the license".to_owned(),
        },
        ReadKind::History => "the history".to_owned(),
        ReadKind::KeyJoins => "who joined by a key".to_owned(),
        ReadKind::RefusedRows => "refused rows of an import".to_owned(),
        ReadKind::Imports => "the imports and who started them".to_owned(),
        ReadKind::Admins => match about {
            Some(person) => format!("which licenses {person} administers"),
            None => "who administers a license".to_owned(),
        },
        ReadKind::Roles => "who has a role across all licenses".to_owned(),
        ReadKind::KeyJoinsFile => "a file of all who joined by a key".to_owned(),
        ReadKind::RefusedRowsFile => "a file of all refused rows of an import".to_owned(),
        ReadKind::HistoryFile => "the history as a file to be verified".to_owned(),
        ReadKind::HistoryFileWithPeople => {
            "the history with its people's addresses as a file to be verified".to_owned()
        }
    }
}

/// How much an answer showed, where it is more than one thing that is named already.
fn shown(rows: u64, what: ReadKind) -> String {
    if rows == 0 {
        return String::new();
    }
    match what {
        ReadKind::Person | ReadKind::Why | ReadKind::HistoryFile | ReadKind::HistoryFileWithPeople => {
            String::new()
        }
        ReadKind::UserList
        | ReadKind::Search
        | ReadKind::History
        | ReadKind::KeyJoins
        | ReadKind::RefusedRows
        | ReadKind::Imports
        | ReadKind::Admins
        | ReadKind::Roles
        | ReadKind::KeyJoinsFile
        | ReadKind::RefusedRowsFile => {
            let word = if rows == 1 { "row" } else { "rows" };
            format!(" ({} {word})", grouped(rows))
        }
    }
}
