//! What the demo tells: what there is, where to look, and as whom.

use std::net::SocketAddr;

use domain::number::grouped;
use serde_json::{Value, json};

use super::story::{DANA, OLU, OPS, RAVI, Story};
use crate::cli::{
    Failure,
    call::Call,
    client::Client,
    database::Target,
    licenses,
    output::{list, number, text},
    users_list,
};

/// What there is.
pub(super) struct Summary {
    /// The licenses, as listed.
    pub licenses: Vec<Value>,
    tables: [String; 2],
    /// Who can sign in, with what stands in the link for it.
    codes: Vec<(&'static str, String)>,
    /// By which a program asks for Dana.
    token: String,
}

/// Reads it back, as anybody would.
pub(super) async fn read(client: &Client, story: &Story) -> Result<Summary, Failure> {
    let all = client.send(Call::get(&["licenses"])).await?.value;
    let people = Call::get(&["licenses", &story.license, "users"]).query("limit", Some(100));
    let people = client.send(people).await?.value;
    let token = json!({ "name": "demo", "scopes": ["read", "write"], "days": 1 });
    let token = client.send(Call::post(&["tokens"]).by(DANA).json(&token)).await?.value;
    Ok(Summary {
        codes: codes(client).await?,
        token: text(&token, "token").to_owned(),
        licenses: list(&all, "items").to_vec(),
        tables: [licenses::summary(&all), users_list::words(&people)],
    })
}

/// A link for each of those who see different things.
async fn codes(client: &Client) -> Result<Vec<(&'static str, String)>, Failure> {
    let mut codes = Vec::new();
    for person in [DANA, OPS, "rosa@music.example"] {
        let call = Call::post(&["sign-in", "links", "make"]).json(&json!({ "email": person }));
        let made = client.send(call).await?.value;
        let code = text(&made, "link").split_once('#').map_or("", |(_, code)| code);
        codes.push((person, code.to_owned()));
    }
    Ok(codes)
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
                format!("{}{}", self.curl(&story.license, address), self.links(address)),
            ),
        };
        format!(
            "\nLicenses\n{licenses}\nPeople of Hillside School\n{people}\n\
             The license key of Hillside School: {key}\n{class}\n\
             Who is who\n  \
             {DANA:<24}admin; administers hillside.example: whom she adds in it joins at once\n  \
             {OLU:<24}admin without a domain: whom they add is invited\n  \
             {RAVI:<24}admin of Riverside Evening Class (full) and Summer Camp (ended)\n  \
             {OPS:<24}operator, auditor and support of all licenses\n  \
             {:<24}closed the notification; the invite is still open\n  \
             {:<24}declined; can be added again, or enters the key\n\n{place}\n{look}{curl}",
            "rosa@music.example", "tove@partner.example",
        )
    }
}

impl Summary {
    fn curl(&self, license: &str, address: SocketAddr) -> String {
        let (place, token) = (format!("http://{address}/api/v1/licenses/{license}/users"), &self.token);
        format!(
            "  curl '{place}?status=rejected' -H 'Authorization: Bearer {token}'\n  \
             curl {place} -H 'Authorization: Bearer {token}' -H 'Content-Type: text/plain' -d 'new@hillside.example'\n"
        )
    }

    fn links(&self, address: SocketAddr) -> String {
        let link =
            |(person, code): &(&str, String)| format!("  {person:<24}http://{address}/sign-in#{code}\n");
        let links: String = self.codes.iter().map(link).collect();
        format!("Sign in, each link once, within 10 minutes (later: seatbook sign-in-link EMAIL):\n{links}")
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
