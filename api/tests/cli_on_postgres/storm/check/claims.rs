//! Where the log has to hold what clients were told.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use domain::{Code, Effect};
use eventlog::Position;

use crate::storm::{
    note::{Note, Notes},
    order::Order,
};

pub struct Claims {
    /// How many orders have been read, and how many people they were about.
    pub orders: u64,
    pub people: u64,
    clients: Vec<(Notes, Position)>,
    /// Of each client, what comes next.
    next: BTreeMap<Position, (usize, Note)>,
    /// Who entered a key more than once before there was an answer, and after which position: of an attempt whose
    /// answer was lost a refusal may stand in the log.
    excuses: HashMap<String, Position>,
}

impl Claims {
    pub fn of(folder: &Path, clients: usize, faults: &mut Vec<String>) -> Self {
        let notes = (0..clients).map(|client| (Notes::of(folder, client), 0)).collect();
        let mut claims =
            Self { orders: 0, people: 0, clients: notes, next: BTreeMap::new(), excuses: HashMap::new() };
        for client in 0..clients {
            claims.reads_on(client, faults);
        }
        claims
    }

    /// What was said to stand at a position; and what was said to stand before and has not come.
    pub fn at(&mut self, position: Position, faults: &mut Vec<String>) -> Option<Note> {
        while let Some(first) = self.next.first_entry().filter(|first| *first.key() < position) {
            let (client, note) = first.remove();
            faults.push(format!("it was acknowledged and is not there: {note:?}"));
            self.reads_on(client, faults);
        }
        let (client, note) = self.next.remove(&position)?;
        self.reads_on(client, faults);
        Some(note)
    }

    /// Whether somebody may have been refused without ever being told so.
    pub fn is_excused(&self, person: Option<&str>, position: Position) -> bool {
        person.and_then(|person| self.excuses.get(person)).is_some_and(|after| *after < position)
    }

    /// What was said to stand beyond the end.
    pub fn left(&self) -> Vec<String> {
        self.next
            .values()
            .map(|(_, note)| format!("it was acknowledged and is not there: {note:?}"))
            .collect()
    }

    fn reads_on(&mut self, client: usize, faults: &mut Vec<String>) {
        loop {
            let (notes, last) = &mut self.clients[client];
            let Some(note) = notes.next() else { return };
            self.orders += 1;
            self.people += note.outcomes.values().sum::<u64>().max(1);
            if let (Order::Join, Some(person), true) = (note.order, &note.person, note.tries > 1) {
                let after = self.excuses.entry(person.clone()).or_insert(note.after);
                *after = note.after.min(*after);
            }
            if let Some(position) = note.claims() {
                if position <= *last {
                    faults.push(format!("what the same client was told before stands at {last}: {note:?}"));
                }
                *last = position;
                if let Some((_, other)) = self.next.insert(position, (client, note)) {
                    faults.push(format!("somebody else was told so, too: {other:?}"));
                }
                return;
            }
            if note.code.effect() == Effect::Changed || note.code == Code::Changed {
                faults.push(format!("it was done, and has no position: {note:?}"));
            }
        }
    }
}
