//! A service that listens, with people on it, and browsers of people.

use std::net::SocketAddr;

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::{Service, listening},
};

pub struct Stage {
    pub service: Service,
    at: SocketAddr,
}

impl Stage {
    /// A license with so many seats: ADMIN administers it, and the domain school.example.
    pub async fn with_seats(seats: u64) -> Self {
        let service = Service::start(seats).await;
        let at = listening(service.state.clone()).await;
        Self { service, at }
    }

    /// The same service, as an operator has set it up who helps.
    pub async fn with_help(help: &str, contact: &str) -> Self {
        let service = Service::start(1).await;
        let mut front = api::front::Front::local(api::mail::Mail::folder(std::env::temp_dir()));
        (front.help, front.contact) = (Some(help.to_owned()), Some(contact.to_owned()));
        let at = listening(service.state.clone().with_front(front)).await;
        Self { service, at }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.at)
    }

    /// An address of a page: `{L}` is the license.
    pub fn path(&self, path: &str) -> String {
        path.replace("{L}", &self.service.license)
    }

    /// Somebody who has not signed in.
    pub async fn stranger(&self, like: Like) -> Browser {
        Browser::open(&self.base(), like).await
    }

    /// Somebody who has signed in, elsewhere: most tests are about what comes then.
    pub async fn person(&self, who: &str, like: Like) -> Browser {
        let browser = self.stranger(like).await;
        // A cookie is kept for the site of a page.
        browser.go("/livez").await;
        browser.keep(&self.service.session(who).await).await;
        browser.go("/licenses").await;
        browser.is_as_wide_as_it_should().await;
        browser
    }

    /// Somebody who signs in with this browser.
    pub async fn signs_in(&self, who: &str, like: Like) -> Browser {
        let browser = self.stranger(like).await;
        browser.go("/sign-in").await;
        browser.fill("#code", &self.code(who).await).await;
        browser.press("Sign in").await;
        browser.sees("Licenses").await;
        browser
    }

    /// The code in a letter to somebody.
    pub async fn code(&self, who: &str) -> String {
        let made = self.service.post("/api/v1/sign-in/links/make", None, json!({ "email": who })).await;
        made.text("link").split_once('#').expect("a code").1.to_owned()
    }
}
