//! What a system asks of its browsers.

use axum::http::Method;
use fantoccini::{Client, error::CmdError, wd::WebDriverCompatibleCommand};
use serde_json::{Value, json};
use url::{ParseError, Url};

/// What the browser itself is asked, past the driver.
#[derive(Debug)]
struct Devtools(Value);

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.0.to_string()))
    }
}

/// A few colours of the system's own, and no others.
pub async fn forced_colours(client: &Client) {
    let features = json!([{ "name": "forced-colors", "value": "active" }]);
    let asked = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "features": features } });
    client.issue_cmd(Devtools(asked)).await.expect("its colours");
}

/// No cookie of any site.
pub async fn without_cookies(client: &Client) -> Result<(), CmdError> {
    let asked = json!({ "cmd": "Network.clearBrowserCookies", "params": {} });
    client.issue_cmd(Devtools(asked)).await.map(drop)
}
