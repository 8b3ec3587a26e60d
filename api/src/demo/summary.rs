//! What the demo tells: what there is, where to look, and as whom.

use std::net::SocketAddr;

use domain::number::grouped;
use serde_json::Value;

use super::story::{DANA, OLU, RAVI, Story};
use crate::cli::{
    Failure,
    call::Call,
    client::Client,
    database::Target,
    licenses,
    output::{list, number},
    users_list,
};

/// What there is.
pub(super) struct Summary {
    /// The licenses, as listed.
    pub licenses: Vec<Value>,
    tables: [String; 2],
}

/// Reads it back, as anybody would.
pub(super) async fn read(client: &Client, story: &Story) -> Result<Summary, Failure> {
    let all = client.send(Call::get(&["licenses"])).await?.value;
    let people = Call::get(&["licenses", &story.license, "users"]).query("limit", Some(100));
    let people = client.send(people).await?.value;
    Ok(Summary {
        licenses: list(&all, "items").to_vec(),
        tables: [licenses::summary(&all), users_list::words(&people)],
    })
}

impl Summary {
    /// All of it, in words.
    pub(super) fn words(&self, story: &Story, database: &Target, listening: Option<SocketAddr>) -> String {
        let [licenses, people] = &self.tables;
        let (class, key) = (class(&story.class), &story.key);
        let seatbook = std::env::args().next().unwrap_or_else(|| "seatbook".to_owned());
        let look = format!(
            "  export SEATBOOK_DATABASE={database}\n  \
             {seatbook} users list \"Hillside School\" --status invited\n  \
             {seatbook} why \"Hillside School\" tove@partner.example\n  \
             {seatbook} audit \"Hillside School\" --member quin@partner.example\n  \
             {seatbook} users add \"Hillside School\" --as {DANA} new@hillside.example guest@else.example\n  \
             {seatbook} invites list --as rosa@music.example\n  \
             {seatbook} invites accept \"Hillside School\" --as rosa@music.example\n  \
             {seatbook} join {key} --as you@home.example\n"
        );
        let (place, curl) = match listening {
            None => ("The database is kept; look at it so:".to_owned(), String::new()),
            Some(address) => (
                format!("Listening on http://{address} until Ctrl-C. In another terminal:"),
                curl(&story.license, address),
            ),
        };
        format!(
            "\nLicenses\n{licenses}\nPeople of Hillside School\n{people}\n\
             The license key of Hillside School: {key}\n{class}\n\
             Who is who\n  \
             {DANA:<24}admin; administers hillside.example: whom she adds in it joins at once\n  \
             {OLU:<24}admin without a domain: whom they add is invited\n  \
             {RAVI:<24}admin of Riverside Evening Class (full) and Summer Camp (ended)\n  \
             {:<24}closed the notification; the invite is still open\n  \
             {:<24}declined; can be added again, or enters the key\n\n{place}\n{look}{curl}",
            "rosa@music.example", "tove@partner.example",
        )
    }
}

fn class(report: &Value) -> String {
    let outcomes = report.get("outcomes").and_then(Value::as_object);
    let counts = outcomes.into_iter().flatten().map(|(code, n)| {
        let n = n.as_u64().map(grouped).unwrap_or_default();
        format!("{n} {code}")
    });
    format!(
        "A class list of {} rows came as CSV: {}.\n",
        grouped(number(report, "rows")),
        counts.collect::<Vec<_>>().join(", ")
    )
}

fn curl(license: &str, address: SocketAddr) -> String {
    format!(
        "  curl 'http://{address}/api/v1/licenses/{license}/users?status=rejected'\n  \
         curl http://{address}/api/v1/invites -H 'Seatbook-As: rosa@music.example'\n  \
         curl http://{address}/api/v1/licenses/{license}/users -H 'Seatbook-As: {DANA}' -H 'Content-Type: text/plain' \
         -d 'new@hillside.example'\n"
    )
}
