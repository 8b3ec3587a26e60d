//! The log, read once, beside what all clients were told: each acknowledged order is there once, at its position, after
//! everything that was answered before it was sent; and nothing else is there.
//!
//! Both come in the order of positions, so that neither has to be held: a client waits for each answer, and what it is
//! told goes up.

mod claims;
mod commands;
mod people;
mod seats;

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use domain::{Code, Event, ImportEvent, ImportId};
use eventlog::{EventLog, Position, Postgres, Recorded, conformance::prefix::Prefix};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use self::{
    claims::Claims,
    commands::Commands,
    people::People,
    seats::{Lows, Met, Rooms},
};
use super::note::Note;

/// More are not told: the first ones say what is wrong.
const TOLD: usize = 20;

const PAGE: usize = 1_000;

/// What the log came to.
pub struct Checked {
    pub orders: u64,
    /// How many people they were about: of a file, its rows.
    pub people_ordered: u64,
    pub events: Position,
    pub people: People,
    pub prefix: Prefix,
    pub faults: Vec<String>,
}

struct Check {
    prefix: Prefix,
    people: People,
    rooms: Rooms,
    claims: Claims,
    imports: HashMap<ImportId, Import>,
    faults: Vec<String>,
}

/// An import of which the log has the beginning.
struct Import {
    began: Position,
    commands: Vec<Uuid>,
    people: Vec<String>,
    outcomes: BTreeMap<Code, u64>,
    seats: Met,
}

/// Checks a log against the notes of clients. What stands there up to a position was not ordered by them.
pub async fn check(url: &str, folder: &Path, clients: usize, from: Position) -> Checked {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let people = People::known(&mut conn).await;
    let mut commands = Commands::of(&mut conn).await;
    let mut faults = Vec::new();
    let claims = Claims::of(folder, clients, &mut faults);
    let (prefix, rooms, imports) = (Prefix::default(), Rooms::default(), HashMap::new());
    let mut check = Check { prefix, people, rooms, claims, imports, faults };
    let log = Postgres::connect(url).await.unwrap();
    loop {
        let page = log.read_after(check.prefix.position(), PAGE).await.unwrap();
        for event in &page.events {
            let committed = commands.at(event.position).await;
            check.takes(event, committed, event.position > from);
        }
        if page.caught_up || check.faults.len() > TOLD {
            break;
        }
    }
    drop(commands);
    check.pools(&log).await;
    let events: (i64, i64) = sqlx::query_as("SELECT count(*), count(DISTINCT event_id) FROM events")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    log.close().await;
    check.ends(events)
}

impl Check {
    fn takes(&mut self, event: &Recorded, committed: Vec<Uuid>, ordered: bool) {
        let wrong = self.prefix.takes(event);
        self.faults.extend(wrong.iter().map(ToString::to_string));
        self.faults.extend(self.people.takes(event));
        self.meets(event);
        self.rooms.takes(event, &self.prefix);
        match (ordered, event.metadata.import_id) {
            (false, _) => {}
            (true, Some(import)) => self.of_import(event, import, committed),
            (true, None) => self.of_order(event, &committed),
        }
    }

    /// The seats that an import finds before it does something to somebody.
    fn meets(&mut self, event: &Recorded) {
        let import = event.metadata.import_id.and_then(|id| self.imports.get_mut(&id));
        if let (Event::Membership(_), Some(import)) = (&event.event, import) {
            import.seats.meets(self.rooms.of(event), event.position);
        }
    }

    fn of_order(&mut self, event: &Recorded, committed: &[Uuid]) {
        let position = event.position;
        let (name, person) = (event.event.description().name, self.people.of(event));
        let Some(note) = self.claims.at(position, &mut self.faults) else {
            if name != "AdmissionRefused" || !self.claims.is_excused(person.as_deref(), position) {
                self.faults.push(format!("nobody was told of {name} at {position}"));
            }
            return;
        };
        let mut wrong = common(&note, event, position);
        wrong.extend((note.order.is_import()).then(|| "it is of no import".to_owned()));
        wrong.extend((note.order.event(note.code) != name).then(|| format!("{name} is not what it says")));
        wrong.extend((note.person != person).then(|| format!("it is about {person:?}")));
        let known = name == "AdmissionRefused" || committed.contains(&note.command());
        wrong.extend((!known).then(|| format!("its command is none of {committed:?}")));
        if name == "AdmissionRefused" && note.code == Code::SeatLimit {
            let free = self.rooms.of(event).map_or(u64::MAX, |seats| seats.fewest_since(note.after));
            wrong.extend((free > 0).then(|| "there was a seat all the time".to_owned()));
        }
        self.tell(&note, wrong);
    }

    fn of_import(&mut self, event: &Recorded, id: ImportId, committed: Vec<Uuid>) {
        let position = event.position;
        if matches!(event.event, Event::Import(ImportEvent::ImportStarted { .. })) {
            let (people, outcomes, commands) = (Vec::new(), BTreeMap::new(), Vec::new());
            let begun = Import { began: position, commands, people, outcomes, seats: Met::default() };
            self.imports.insert(id, begun);
        }
        let (person, free) = (self.people.of(event), self.rooms.of(event).map_or(u64::MAX, Lows::now));
        let Some(import) = self.imports.get_mut(&id) else {
            self.faults.push(format!("at {position} import {id} goes on that is not under way"));
            return;
        };
        import.commands.extend(committed);
        match &event.event {
            Event::Membership(_) => import.takes(event, person, free),
            Event::Import(ImportEvent::ImportCompleted { counts, .. }) => {
                let Some(import) = self.imports.remove(&id) else { return };
                let Some(note) = self.claims.at(position, &mut self.faults) else {
                    self.faults.push(format!("nobody was told that import {id} ended at {position}"));
                    return;
                };
                let wrong = import.against(&note, id, &counts.0);
                let wrong = common(&note, event, import.began).into_iter().chain(wrong).collect();
                self.tell(&note, wrong);
            }
            Event::Import(ImportEvent::ImportStarted { .. } | ImportEvent::ImportChunkApplied { .. }) => {}
            other => self.faults.push(format!("{} at {position}", other.description().name)),
        }
    }

    fn tell(&mut self, note: &Note, wrong: Vec<String>) {
        self.faults.extend(wrong.into_iter().map(|wrong| format!("{wrong}: {note:?}")));
    }

    fn ends(mut self, (events, ids): (i64, i64)) -> Checked {
        self.faults.extend(self.claims.left());
        self.faults.extend(self.imports.keys().map(|import| format!("import {import} never ended")));
        if (u64::try_from(events), events) != (Ok(self.prefix.position()), ids) {
            self.faults.push(format!("{events} events with {ids} ids up to {}", self.prefix.position()));
        }
        let Self { prefix, people, claims, mut faults, .. } = self;
        faults.truncate(TOLD);
        let Claims { orders, people: people_ordered, .. } = claims;
        Checked { orders, people_ordered, events: prefix.position(), people, prefix, faults }
    }
}

/// What has to be so of every order that was done. `began`: where the first of it stands.
fn common(note: &Note, event: &Recorded, began: Position) -> Vec<String> {
    let mut wrong = Vec::new();
    if began <= note.after {
        wrong.push(format!("it stands at {began}, before what was answered when it was sent"));
    }
    if event.license.map(|(license, _)| license.0) != Some(note.license) {
        wrong.push("it is of another license".to_owned());
    }
    wrong
}

impl Import {
    fn takes(&mut self, event: &Recorded, person: Option<String>, free: u64) {
        let code = match event.event.description().name {
            "UserAdded" => Code::Accepted,
            "UserInvited" => Code::Invited,
            "UserRemoved" => Code::Removed,
            _ => Code::SeatLimit,
        };
        self.seats.took(free, code == Code::SeatLimit);
        *self.outcomes.entry(code).or_default() += 1;
        self.people.extend(person);
    }

    fn against(&self, note: &Note, id: ImportId, counted: &BTreeMap<Code, u64>) -> Vec<String> {
        let mut wrong = Vec::new();
        if (note.import, &note.outcomes) != (Some(id.0), counted) {
            wrong.push(format!("import {id} came to {counted:?}"));
        }
        for code in [Code::Accepted, Code::Invited, Code::Removed, Code::SeatLimit] {
            let (events, said) = (self.outcomes.get(&code), counted.get(&code));
            // A refusal is not repeated while nothing has changed.
            if events != said && (code != Code::SeatLimit || events > said) {
                wrong.push(format!("of {code:?} there are {events:?} events"));
            }
        }
        if note.person.is_some() && self.people.iter().any(|person| Some(person) != note.person.as_ref()) {
            wrong.push(format!("it is about {:?}", self.people));
        }
        if !self.commands.contains(&note.command()) {
            wrong.push(format!("its command is none of {:?}", self.commands));
        }
        if self.seats.had_room_since(note.after) {
            wrong.push("there was a seat all the time".to_owned());
        }
        wrong
    }
}
