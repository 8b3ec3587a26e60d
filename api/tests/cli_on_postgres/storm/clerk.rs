//! A client: gives one order after the other, to whichever node, and knows what has to come of each.

use std::sync::Arc;

use domain::Code;
use serde_json::json;

use super::{
    client::Client,
    fleet::NODES,
    given::{Given, License, Office},
    note::{Note, Notebook},
    order::{ABOUT_ONE, Order, Stands},
};
use crate::support::dice::Dice;

/// People whom nobody else gives orders about, half of them in the admin's domain.
const ALONE: usize = 6;

/// People about whom every clerk of a license gives orders.
const SHARED: usize = 6;

/// So many rows at least has a file that takes more than one commit.
const LONG: usize = 600;

struct Person {
    address: String,
    at_home: bool,
    stands: Stands,
    /// Where something was last done about them.
    position: u64,
}

pub struct Clerk {
    pub n: usize,
    pub client: Client,
    pub office: Arc<Office>,
    pub license: License,
    /// How many people come as a class, whom nobody else gives orders about either.
    pub class: usize,
    /// Whether it is the one that changes the number of seats.
    pub sells: bool,
    pub dice: Dice,
}

impl Clerk {
    pub async fn works(self, orders: u64) {
        let person = |n: usize| {
            let at_home = n.is_multiple_of(2);
            let domain = if at_home { "school" } else { "else" };
            let address = format!("c{}p{n}@{domain}.example", self.n);
            Person { address, at_home, stands: Stands::Nobody, position: 0 }
        };
        let alone = (0..ALONE).map(person).collect();
        let notes = Notebook::new(&self.office.folder, self.n);
        let mut day = Day { clerk: self, alone, here: 0, notes, given: 0 };
        for _ in 0..orders {
            day.order().await;
        }
        day.notes.close();
    }
}

struct Day {
    clerk: Clerk,
    alone: Vec<Person>,
    /// How many of the class are on the license.
    here: u64,
    notes: Notebook,
    given: u64,
}

impl Day {
    async fn order(&mut self) {
        match self.clerk.dice.below(40) {
            0 if self.clerk.sells => self.sells().await,
            0..=1 => self.class().await,
            2..=8 => self.about_shared().await,
            _ => self.about_one().await,
        }
    }

    /// About somebody whom only this clerk gives orders about: exactly one thing can come of it.
    async fn about_one(&mut self) {
        let dice = &mut self.clerk.dice;
        let (order, who) = (ABOUT_ONE[dice.index(ABOUT_ONE.len())], dice.index(ALONE));
        let address = self.alone[who].address.clone();
        let note = self.gives(order, Some(&address), &address).await;
        let person = &mut self.alone[who];
        let (event, expected) = order.comes_to(person.stands, person.at_home);
        let takes = matches!(event, Some("UserAdded" | "UserInvited" | "JoinedWithLicenseKey"));
        if note.code == Code::SeatLimit && takes && !person.stands.holds_seat() {
            return;
        }
        assert_eq!(note.code, expected, "{:?}: {note:?}", person.stands);
        person.stands = event.map_or(person.stands, |event| person.stands.after(event).unwrap());
        if let Some(position) = note.position {
            assert!(position >= person.position, "it does not include {}: {note:?}", person.position);
            // Nothing was done to them by what found them so already; of an import, its last two events are its own.
            if event.is_some() {
                person.position = if order.is_import() { position - 2 } else { position };
            }
            if self.clerk.dice.below(16) == 0 {
                self.looks(who, position).await;
            }
        }
    }

    /// Any node's list shows what was done, to whoever asks for its position.
    async fn looks(&mut self, who: usize, position: u64) {
        let Person { address, stands, .. } = &self.alone[who];
        let license = self.clerk.license.id;
        let path =
            format!("/api/v1/licenses/{license}/users?search={address}&limit=5&min_position={position}");
        let node = self.clerk.dice.index(NODES);
        let page = self.clerk.client.get(node, &path).await.body;
        let items = page["items"].as_array().unwrap().iter();
        let found = items.filter(|item| item["email"] == json!(address)).map(|item| item["status"].as_str());
        assert_eq!(found.collect::<Vec<_>>(), stands.status().map(Some).into_iter().collect::<Vec<_>>());
    }

    /// About somebody about whom others give orders, too: something that the table has.
    async fn about_shared(&mut self) {
        let dice = &mut self.clerk.dice;
        let (order, who) = (ABOUT_ONE[dice.index(ABOUT_ONE.len())], dice.index(SHARED));
        let address = format!("shared{who}@else.example");
        let note = self.gives(order, Some(&address), &address).await;
        let all = [Stands::Nobody, Stands::Invited, Stands::Closed, Stands::Accepted, Stands::Rejected];
        let possible = all.iter().map(|stands| order.comes_to(*stands, false).1);
        assert!(possible.chain([Code::SeatLimit]).any(|code| code == note.code), "{note:?}");
    }

    /// A whole class comes or goes; now and then in a file that takes several commits.
    async fn class(&mut self) {
        let size = self.clerk.class;
        let order = if self.clerk.dice.below(3) == 0 { Order::Remove } else { Order::Csv };
        let is_long = order == Order::Csv && self.clerk.dice.below(8) == 0;
        let times = if is_long { LONG.div_ceil(size) } else { 1 };
        let pupils: Vec<_> = (0..size).map(|k| format!("c{}k{k}@school.example\n", self.clerk.n)).collect();
        let rows = pupils.iter().cycle().take(size * times).map(String::as_str);
        let note = self.gives(order, None, &rows.collect::<String>()).await;
        let of = |code| note.outcomes.get(&code).copied().unwrap_or_default();
        let (size, here) = (size as u64, self.here);
        let (counts, came) = if order == Order::Remove {
            ([of(Code::Removed), of(Code::NotOnLicense), 0], [here, size - here, 0])
        } else {
            // How many seats are free is everybody's.
            let new = of(Code::Accepted) + of(Code::SeatLimit);
            let again = of(Code::DuplicateInFile);
            ([of(Code::AlreadyAccepted), new, again], [here, size - here, size * (times as u64 - 1)])
        };
        assert_eq!((counts, note.outcomes.values().sum()), (came, size * times as u64), "{note:?}");
        self.here = if order == Order::Remove { 0 } else { here + of(Code::Accepted) };
    }

    async fn sells(&mut self) {
        let limit = self.clerk.license.seats + self.clerk.dice.below(self.clerk.license.seats);
        let note = self.gives(Order::Seats, None, &json!({ "limit": limit }).to_string()).await;
        assert!(matches!(note.code, Code::Changed | Code::Unchanged | Code::SeatsHeld), "{note:?}");
    }

    /// Gives an order, until it is known what came of it; now and then once more with the same key.
    async fn gives(&mut self, order: Order, person: Option<&str>, body: &str) -> Note {
        self.given += 1;
        let key = format!("{}-{}", self.clerk.n, self.given);
        let given = Given { order, person, body, key };
        let Clerk { client, office, license, dice, .. } = &mut self.clerk;
        let mut note = given.to(client, dice.index(NODES), office, license).await;
        let wrote = note.claims().is_some() && note.status == 200;
        if wrote && dice.below(8) == 0 {
            let again = given.to(client, dice.index(NODES), office, license).await;
            assert_eq!(
                (again.code, again.position, again.import, &again.outcomes),
                (note.code, note.position, note.import, &note.outcomes)
            );
            note.tries += again.tries;
        }
        self.notes.writes(&note);
        note
    }
}
