//! An order as it is given to a node, and what it answers.

use std::{collections::BTreeMap, path::PathBuf};

use domain::Code;
use serde_json::{Value, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::{
    client::{Ask, Client, Told},
    note::Note,
    order::{Order, code_of},
};
use crate::support::ADA;

/// A license, its key, and the fewest seats that it ever has.
#[derive(Clone)]
pub struct License {
    pub id: Uuid,
    pub key: String,
    pub seats: u64,
}

/// What clerks have in common.
pub struct Office {
    /// The highest position that anybody was told.
    pub told: watch::Sender<u64>,
    pub folder: PathBuf,
}

impl Office {
    fn was_told(&self, position: u64) {
        self.told.send_if_modified(|known| {
            let further = position > *known;
            *known = position.max(*known);
            further
        });
    }
}

/// An order, whoever gives it.
pub struct Given<'a> {
    pub order: Order,
    /// Whom it is about, where that is one person.
    pub person: Option<&'a str>,
    /// Of a person's own order: who they are.
    pub body: &'a str,
    pub key: String,
}

impl Given<'_> {
    /// Gives it, until it is known what came of it.
    pub async fn to(&self, client: &mut Client, node: usize, office: &Office, license: &License) -> Note {
        let (ask, asked_by) = self.ask(license);
        let after = *office.told.borrow();
        let told = client.ask(node, &ask).await;
        let answered = self.read(&told, license, asked_by, after);
        if let Some(position) = answered.position {
            office.was_told(position);
        }
        answered
    }

    /// The request, and who asks.
    fn ask(&self, license: &License) -> (Ask, String) {
        let Self { order, person, body, key } = self;
        let License { id, key: license_key, .. } = license;
        let (users, invites) = (format!("licenses/{id}/users"), format!("invites/{id}"));
        let (path, asked_by, kind, body) = match order {
            Order::Paste => (users, ADA, "text/plain", (*body).to_owned()),
            Order::Csv => (users, ADA, "text/csv", format!("Email\n{body}\n")),
            Order::Invite => (format!("{users}/invite"), ADA, "text/plain", (*body).to_owned()),
            Order::Remove => (format!("{users}/remove"), ADA, "text/plain", (*body).to_owned()),
            Order::Withdraw => {
                (format!("{users}/withdraw"), ADA, "application/json", json!({ "email": person }).to_string())
            }
            Order::Seats => (format!("licenses/{id}/seats"), "", "application/json", (*body).to_owned()),
            Order::Accept => (format!("{invites}/accept"), *body, "", String::new()),
            Order::Decline => (format!("{invites}/decline"), *body, "", String::new()),
            Order::Close => (format!("{invites}/close"), *body, "", String::new()),
            Order::Reopen => (format!("{invites}/reopen"), *body, "", String::new()),
            Order::Leave => (format!("licenses/{id}/leave"), *body, "", String::new()),
            Order::Join => (
                "join".to_owned(),
                *body,
                "application/json",
                json!({ "license_key": license_key }).to_string(),
            ),
        };
        let headers = [("idempotency-key", key.as_str()), ("seatbook-as", asked_by), ("content-type", kind)];
        let headers = headers.into_iter().filter(|(_, value)| !value.is_empty());
        let headers = headers.map(|(name, value)| (name, value.to_owned())).collect();
        let method = if *order == Order::Seats { "PUT" } else { "POST" };
        (Ask { method, path: format!("/api/v1/{path}"), headers, body }, asked_by.to_owned())
    }

    fn read(&self, told: &Told, license: &License, asked_by: String, after: u64) -> Note {
        let Told { status, body, tries } = told;
        let order = self.order;
        let fine = matches!(status, 200 | 201) || body["code"].is_string();
        assert!(fine && *status < 500, "{order:?}: {status} {body}");
        let of = |value: &Value| serde_json::from_value::<BTreeMap<Code, u64>>(value.clone()).unwrap();
        let outcomes = if body["outcomes"].is_object() { of(&body["outcomes"]) } else { BTreeMap::new() };
        let mut codes = outcomes.keys();
        let code = match (body["code"].as_str(), codes.next(), codes.next()) {
            (Some(code), ..) => code_of(code),
            (None, Some(only), None) => *only,
            _ => Code::Changed,
        };
        Note {
            order,
            license: license.id,
            person: self.person.map(str::to_owned),
            asked_by,
            key: self.key.clone(),
            after,
            tries: *tries,
            status: *status,
            code,
            position: body["position"].as_u64(),
            import: body["import_id"].as_str().map(|id| id.parse().unwrap()),
            outcomes,
        }
    }
}
