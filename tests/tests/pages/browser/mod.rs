//! A browser, as a person uses it.

mod driver;
mod emulated;
mod log;
mod pool;

use std::{future::Future, time::Duration};

use fantoccini::{Client, Locator, cookies::Cookie, elements::Element, error::CmdError, key::Key};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Browsers at a time: more would only wait for the same processors.
static SLOTS: Semaphore = Semaphore::const_new(3);

/// So long something may take to be seen, on a machine that does much else.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Browser {
    pub client: Client,
    like: Like,
    base: String,
    _slot: SemaphorePermit<'static>,
}

/// What a browser is like.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Like {
    pub scripts: bool,
    pub dark: bool,
    pub width: u32,
    pub height: u32,
}

impl Like {
    pub const WIDE: Self = Self { scripts: true, dark: false, width: 1440, height: 1000 };
    pub const WITHOUT_SCRIPTS: Self = Self { scripts: false, ..Self::WIDE };
    pub const PHONE: Self = Self { width: 390, height: 844, ..Self::WIDE };

    fn capabilities(self) -> serde_json::Map<String, Value> {
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--hide-scrollbars".to_owned(),
            "--lang=en-US".to_owned(),
            format!("--window-size={},{}", self.width, self.height),
        ];
        if self.dark {
            arguments.push("--force-dark-mode".to_owned());
        }
        let mut options = json!({ "args": arguments });
        if !self.scripts {
            options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
        }
        if self.width < 500 {
            let metrics =
                json!({ "width": self.width, "height": self.height, "pixelRatio": 2.0, "mobile": true });
            options["mobileEmulation"] = json!({ "deviceMetrics": metrics });
        }
        let wanted = json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        wanted.as_object().cloned().unwrap_or_default()
    }
}

impl Browser {
    /// Opens one on a service.
    pub async fn open(base: &str, like: Like) -> Self {
        let slot = SLOTS.acquire().await.expect("a slot");
        let client = pool::take(like).await;
        Self { client, like, base: base.to_owned(), _slot: slot }
    }

    /// Goes to an address of the service.
    pub async fn go(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.base)).await.expect("a page");
    }

    /// Keeps a cookie, `name=value`, for the site that is shown.
    pub async fn keep(&self, cookie: &str) {
        let cookie = Cookie::parse(format!("{cookie}; Domain=127.0.0.1; Path=/; SameSite=Lax"));
        self.client.add_cookie(cookie.expect("a cookie")).await.expect("it is kept");
    }

    /// The address without the service's place.
    pub async fn here(&self) -> String {
        let address = self.client.current_url().await.expect("an address");
        address.as_str().trim_start_matches(&self.base).to_owned()
    }

    /// All that stands there to be read.
    pub async fn text(&self) -> String {
        // The page may just be leaving.
        for _ in 0..100 {
            if let Ok(text) = self.text_now().await {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("there is no text at {}", self.here().await)
    }

    /// As the browser itself tells it: the driver's way of asking walks the page anew each time, and is asked often.
    async fn text_now(&self) -> Result<String, CmdError> {
        let text = self.client.execute("return document.body.innerText", Vec::new()).await?;
        let lines = text.as_str().ok_or_else(|| CmdError::NotJson(text.to_string()))?.lines();
        // Cells of a row are told apart by tabs, and blocks by empty lines.
        let lines = lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        Ok(lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n"))
    }

    /// Waits until something stands on the page.
    pub async fn sees(&self, wanted: &str) {
        self.until(wanted, || async { Ok(self.text_now().await?.contains(wanted)) }).await;
    }

    /// Waits until something stands there no more.
    pub async fn sees_no(&self, unwanted: &str) {
        self.until(unwanted, || async { Ok(!self.text_now().await?.contains(unwanted)) }).await;
    }

    /// Waits for something.
    pub async fn until<F>(&self, what: &str, holds: impl Fn() -> F)
    where
        F: Future<Output = Result<bool, CmdError>>,
    {
        let waits = async {
            while !holds().await.unwrap_or(false) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, waits).await.is_ok();
        assert!(came, "waited for {what:?} at {} in vain:\n{}", self.here().await, self.text().await);
    }

    /// What CSS finds first; waits for it.
    pub async fn find(&self, css: &str) -> Element {
        self.until(css, || async {
            self.client.find_all(Locator::Css(css)).await.map(|found| !found.is_empty())
        })
        .await;
        self.client.find(Locator::Css(css)).await.expect("it is there")
    }

    /// How many there are.
    pub async fn count(&self, css: &str) -> usize {
        self.client.find_all(Locator::Css(css)).await.expect("an answer").len()
    }

    /// Presses what is called so and can be seen: a button, or else a link.
    pub async fn press(&self, called: &str) {
        let quoted = format!("\"{called}\"");
        let ways = ["button", "summary", "a"].map(|tag| format!("//{tag}[normalize-space()={quoted}]"));
        self.until(called, || async {
            for way in &ways {
                for found in self.client.find_all(Locator::XPath(way)).await? {
                    if found.is_displayed().await? {
                        return found.click().await.map(|()| true);
                    }
                }
            }
            Ok(false)
        })
        .await;
    }

    /// Writes into a field; what stood there goes.
    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.expect("it can be emptied");
        field.send_keys(text).await.expect("it can be written into");
    }

    /// Chooses a value of a list.
    pub async fn fill_choice(&self, name: &str, value: &str) {
        let option = self.find(&format!("select[name={name}] option[value={value}]")).await;
        option.click().await.expect("it can be chosen");
    }

    /// Types on the keyboard, wherever the focus is.
    pub async fn keys(&self, text: &str) {
        let focused = self.client.active_element().await.expect("a focus");
        focused.send_keys(text).await.expect("keys");
    }

    pub async fn key(&self, key: Key) {
        self.keys(&char::from(key).to_string()).await;
    }

    /// Runs a script of the test's, and answers what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.expect("a script")
    }

    /// That one which others have used before is still what it was asked for.
    pub async fn is_as_wide_as_it_should(&self) {
        assert_eq!(self.run("return innerWidth").await, self.like.width);
    }

    /// From here on, as where the system has a few colours of its own.
    pub async fn with_forced_colours(&self) {
        emulated::forced_colours(&self.client).await;
    }

    /// Ends it. Nothing that the pages did may have been refused by their own policy, and no script failed.
    pub async fn close(self) {
        let told = log::of(&self.client).await;
        assert!(told.is_empty(), "the browser complained: {told:#?}");
        pool::give_back(self.like, self.client).await;
    }

    /// Ends it after what a browser may complain about.
    pub async fn leave(self) {
        log::of(&self.client).await;
        pool::give_back(self.like, self.client).await;
    }
}
