//! Every page with people on it; and pictures of them, wide and on a phone, light and dark, to be looked at:
//! `SEATBOOK_SCREENSHOTS=FOLDER cargo test -p seatbook-tests --test pages screenshots -- --ignored`.

use std::{env, fs, path::Path};

use serde_json::json;

use crate::{
    browser::{Browser, Like},
    service::ADMIN,
    stage::Stage,
};

/// A license with people in all states.
pub struct Scene {
    stage: Stage,
    import: String,
    member: String,
    key: String,
}

/// Who looks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    Admin,
    Guest,
    Operator,
}

const GUEST: &str = "rosa@music.example";
const OPERATOR: &str = "ops@provider.example";

impl Who {
    pub const ALL: [Self; 4] = [Self::Nobody, Self::Admin, Self::Guest, Self::Operator];
}

impl Scene {
    pub async fn set() -> Self {
        let stage = Stage::with_seats(24).await;
        let service = &stage.service;
        let pupils = "ada@school.example, chen@school.example, dita@school.example\nemil@school.example\n\
                      Mika <mika@music.example>; rosa@music.example\ntove@partner.example, quin@partner.example";
        service.paste(pupils).await;
        let file = "Name,Email\nGreta,greta@school.example\nHugo,hugo@school.example\nNora,nora@school\nOtis,\n\
                    Greta,greta@school.example\n";
        let path = "/api/v1/licenses/{L}/users";
        let import = service.send_text(path, ADMIN, "text/csv", file).await.text("import_id");
        for (person, what) in [("mika@music.example", "accept"), ("tove@partner.example", "decline")] {
            service.post(&format!("/api/v1/invites/{{L}}/{what}"), Some(person), json!({})).await;
        }
        let key = json!({"license_key": service.key});
        let position = service.post("/api/v1/join", Some("uma@home.example"), key).await.position();
        let list = service.users(position, "&status=rejected").await;
        let member = list.body["items"][0]["member_id"].as_str().expect("an id").to_owned();
        let license = service.get("/api/v1/licenses/{L}", None).await;
        let key = license.body["keys"][0]["key_id"].as_str().expect("a key").to_owned();
        let mine = json!({"domain": "riverside.example"});
        service.post("/api/v1/licenses/{L}/domains/proofs", Some(ADMIN), mine).await;
        let operator = json!({"email": OPERATOR, "role": "operator"});
        service.post("/api/v1/installation/roles", None, operator).await;
        Self { stage, import, member, key }
    }

    pub async fn browser_of(&self, who: Who, like: Like) -> Browser {
        match who {
            Who::Nobody => self.stage.stranger(like).await,
            Who::Admin => self.stage.signs_in(ADMIN, like).await,
            Who::Guest => self.stage.signs_in(GUEST, like).await,
            Who::Operator => self.stage.signs_in(OPERATOR, like).await,
        }
    }

    /// What a browser sends of somebody who has signed in.
    pub async fn cookie_of(&self, who: Who) -> Option<String> {
        match who {
            Who::Nobody => None,
            Who::Admin => Some(self.stage.service.session(ADMIN).await),
            Who::Guest => Some(self.stage.service.session(GUEST).await),
            Who::Operator => Some(self.stage.service.session(OPERATOR).await),
        }
    }

    /// A page, for programs.
    pub fn address(&self, path: &str) -> String {
        format!("{}{path}", self.stage.base())
    }

    /// Every page that there is for them, and where.
    pub fn pages_of(&self, who: Who) -> Vec<(&'static str, String)> {
        let pages: &[(&str, &str)] = match who {
            Who::Nobody => {
                &[("sign-in", "/sign-in"), ("link-sent", "/sign-in?sent=1"), ("missing", "/nowhere")]
            }
            Who::Admin => &[
                ("licenses", "/licenses"),
                ("users", "/licenses/{L}/users"),
                ("nobody", "/licenses/{L}/users?q=zoe@school.example"),
                ("person", "/licenses/{L}/users/{M}"),
                ("add", "/licenses/{L}/add"),
                ("add-csv", "/licenses/{L}/add/csv"),
                ("add-key", "/licenses/{L}/add/key"),
                ("remove", "/licenses/{L}/remove"),
                ("imports", "/licenses/{L}/imports"),
                ("import", "/licenses/{L}/imports/{I}"),
                ("joined", "/licenses/{L}/keys/{K}/joined"),
                ("audit", "/licenses/{L}/audit"),
                ("then", "/licenses/{L}/audit/then"),
                ("difference", "/licenses/{L}/audit/difference"),
                ("settings", "/licenses/{L}/settings"),
                ("sessions", "/account/sessions"),
                ("accounts", "/account/identities"),
                ("tokens", "/account/tokens"),
            ],
            Who::Guest => &[("notification", "/licenses"), ("account", "/account")],
            Who::Operator => &[
                ("all-licenses", "/licenses"),
                ("terms", "/licenses/{L}/settings"),
                ("installation", "/installation"),
            ],
        };
        let ids = [("{M}", &self.member), ("{I}", &self.import), ("{K}", &self.key)];
        let whole =
            |path: &str| ids.iter().fold(self.stage.path(path), |path, (name, id)| path.replace(name, id));
        pages.iter().map(|(name, path)| (*name, whole(path))).collect()
    }
}

async fn shoot(browser: &Browser, folder: &Path, name: &str) {
    let width = browser.run("return innerWidth").await.as_u64().unwrap_or(1440);
    if width > 500 {
        let height =
            browser.run("return document.documentElement.scrollHeight").await.as_u64().unwrap_or(900);
        let height = u32::try_from(height.clamp(900, 2400)).unwrap_or(900);
        browser.client.set_window_size(1440, height).await.expect("a size");
    }
    let picture = browser.client.screenshot().await.expect("a picture");
    fs::write(folder.join(format!("{name}.png")), picture).expect("a file");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "makes pictures for people"]
async fn of_every_page() {
    let folder = env::var("SEATBOOK_SCREENSHOTS").expect("SEATBOOK_SCREENSHOTS names a folder");
    let folder = Path::new(&folder);
    fs::create_dir_all(folder).expect("the folder");
    let scene = Scene::set().await;
    for (kind, like) in [("wide", Like::WIDE), ("phone", Like::PHONE)] {
        for (theme, dark) in [("light", false), ("dark", true)] {
            for who in Who::ALL {
                let browser = scene.browser_of(who, Like { dark, ..like }).await;
                for (name, path) in scene.pages_of(who) {
                    browser.go(&path).await;
                    shoot(&browser, folder, &format!("{name}-{kind}-{theme}")).await;
                }
                browser.close().await;
            }
        }
    }
}
