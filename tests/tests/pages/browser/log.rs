//! What the browser complained about.

use axum::http::Method;
use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use url::{ParseError, Url};

#[derive(Debug)]
struct ReadLog;

impl WebDriverCompatibleCommand for ReadLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// Errors since it was asked last: refused by the policy of the page, or thrown by a script. An answer with a status of 400
/// or more is none: tests ask for those.
pub async fn of(client: &Client) -> Vec<String> {
    let told = client.issue_cmd(ReadLog).await.expect("the log");
    let lines = told.as_array().cloned().unwrap_or_default();
    let text = |line: &Value| line["message"].as_str().unwrap_or_default().to_owned();
    let severe = lines.iter().filter(|line| line["level"] == "SEVERE").map(text);
    severe.filter(|line| !line.contains("the server responded with a status of")).collect()
}
