//! What a system asks of its browsers.

use axum::http::Method;
use fantoccini::{Client, wd::WebDriverCompatibleCommand};
use serde_json::json;
use url::{ParseError, Url};

#[derive(Debug)]
struct ForceColours;

impl WebDriverCompatibleCommand for ForceColours {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let features = json!([{ "name": "forced-colors", "value": "active" }]);
        let asked = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
        (Method::POST, Some(asked.to_string()))
    }
}

/// A few colours of the system's own, and no others.
pub async fn forced_colours(client: &Client) {
    client.issue_cmd(ForceColours).await.expect("its colours");
}
