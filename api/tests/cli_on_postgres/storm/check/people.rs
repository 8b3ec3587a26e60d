//! Who stands how on which license, counted from the log alone; and that each event could follow those before it.

use std::collections::HashMap;

use domain::Event;
use eventlog::Recorded;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::storm::order::Stands;

/// Everybody on any license.
pub struct People {
    addresses: HashMap<Uuid, String>,
    members: HashMap<Uuid, Member>,
}

pub struct Member {
    pub license: Uuid,
    pub address: String,
    pub stands: Stands,
}

impl People {
    /// Those in the directory, before the log is read.
    pub async fn known(conn: &mut PgConnection) -> Self {
        let sql = "SELECT subject_id, normalised FROM directory";
        let rows: Vec<(Uuid, String)> = sqlx::query_as(sql).fetch_all(conn).await.unwrap();
        Self { addresses: rows.into_iter().collect(), members: HashMap::new() }
    }

    /// Takes in the event that comes next. What is wrong with it.
    pub fn takes(&mut self, event: &Recorded) -> Option<String> {
        let Event::Membership(happened) = &event.event else { return None };
        let (position, name) = (event.position, happened.description().name);
        if let (Some(subject), Some((license, _))) = (happened.subject_id(), event.license) {
            let Some(address) = self.addresses.get(&subject.0) else {
                return Some(format!("{name} at {position} is about nobody"));
            };
            let new = || Member { license: license.0, address: address.clone(), stands: Stands::Nobody };
            let member = self.members.entry(event.stream.id).or_insert_with(new);
            if member.address != *address {
                return Some(format!("{name} at {position} is about {address}, not {}", member.address));
            }
        }
        let Some(member) = self.members.get_mut(&event.stream.id) else {
            return Some(format!("{name} at {position} is the first of its stream"));
        };
        match member.stands.after(name) {
            Some(stands) => member.stands = stands,
            None => return Some(format!("{name} at {position} can't follow: {:?}", member.stands)),
        }
        None
    }

    /// Whom an event is about.
    pub fn of(&self, event: &Recorded) -> Option<String> {
        self.members.get(&event.stream.id).map(|member| member.address.clone())
    }

    /// Everybody on a license's list, with their status.
    pub fn on(&self, license: Uuid) -> Vec<(String, &'static str)> {
        let members = self.members.values().filter(|member| member.license == license);
        let mut listed: Vec<_> =
            members.filter_map(|member| Some((member.address.clone(), member.stands.status()?))).collect();
        listed.sort();
        listed
    }

    pub fn licenses(&self) -> Vec<Uuid> {
        let mut licenses: Vec<_> = self.members.values().map(|member| member.license).collect();
        licenses.sort_unstable();
        licenses.dedup();
        licenses
    }
}
