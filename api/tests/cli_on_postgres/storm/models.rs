//! Every read model is what a rebuild makes, and the lists are the fold of the log.

use std::time::Duration;

use serde_json::Value;
use uuid::Uuid;

use super::{
    check::Checked,
    client::{Ask, Client},
    fleet::NODES,
};

/// A read model of ten million events takes minutes to rebuild and to compare.
const COMPARED_WITHIN: Duration = Duration::from_hours(1);

/// What is wrong with the read models. All nodes have the same ones: each compares some of them.
pub async fn faults(client: &mut Client) -> Vec<String> {
    let mut faults = Vec::new();
    client.patience = COMPARED_WITHIN;
    let models = client.get(0, "/api/v1/projections").await.body;
    for (n, model) in models["items"].as_array().unwrap().iter().enumerate() {
        let name = model["name"].as_str().unwrap();
        let compared = verified(client, n % NODES, name).await;
        if compared["equal"] != Value::Bool(true) {
            faults.push(format!("{name} is not what a rebuild makes: {compared}"));
        }
    }
    faults
}

/// What a node shows otherwise than the log says.
pub async fn shown_wrong(client: &mut Client, node: usize, checked: &Checked) -> Vec<String> {
    let mut faults = Vec::new();
    for license in checked.people.licenses() {
        let (listed, expected) =
            (listed(client, node, license, checked.events).await, checked.people.on(license));
        if listed
            .iter()
            .map(|(address, status)| (address, status.as_str()))
            .ne(expected.iter().map(|(address, status)| (address, *status)))
        {
            faults.push(format!("on {license} are {listed:?} and not {expected:?}"));
        }
        let path = format!("/api/v1/licenses/{license}?min_position={}", checked.events);
        let shown = client.get(node, &path).await.body;
        let expected = checked.prefix.seats()[&domain::LicenseId(license)];
        let seats = (shown["seats"]["held"].as_u64(), shown["seats"]["limit"].as_u64());
        if seats != (Some(expected.taken), expected.limit) {
            faults.push(format!("{license} shows {shown} and not {expected:?}"));
        }
    }
    faults
}

async fn verified(client: &mut Client, node: usize, name: &str) -> Value {
    let path = format!("/api/v1/projections/{name}/verify");
    let ask = Ask { method: "POST", path, ..Ask::default() };
    loop {
        let compared = client.ask(node, &ask).await.body;
        // The node that was asked before may still be tidying up.
        if compared["code"] != "not_offered" {
            return compared;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn listed(client: &mut Client, node: usize, license: Uuid, position: u64) -> Vec<(String, String)> {
    let first = format!("/api/v1/licenses/{license}/users?limit=500&min_position={position}");
    let (mut path, mut listed) = (first.clone(), Vec::new());
    loop {
        let page = client.get(node, &path).await.body;
        let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = page["items"].as_array().unwrap().iter();
        listed.extend(items.map(|item| (text(item, "email"), text(item, "status"))));
        match page["next_cursor"].as_str() {
            Some(next) => path = format!("{first}&cursor={next}"),
            None => break,
        }
    }
    listed.sort();
    listed
}
