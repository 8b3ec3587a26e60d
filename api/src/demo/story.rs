//! What happened at the sample school: everything that can happen to people, once.

use axum::body::Body;
use chrono::{Days, Utc};
use serde_json::{Value, json};

use crate::cli::{
    Failure,
    call::Call,
    client::Client,
    database::Target,
    output::{list, text},
};

/// Administers the license and the school's mail domain.
pub(super) const DANA: &str = "dana@hillside.example";

/// Administers the license, and no domain.
pub(super) const OLU: &str = "olu@partner.example";

/// Runs the installation, and checks and helps on all licenses.
pub(super) const OPS: &str = "ops@provider.example";

/// Administers the two other licenses.
pub(super) const RAVI: &str = "ravi@riverside.example";

/// A class list as people have it: fifteen rows below the header, five of them to be refused.
const CLASS: &str = "\
Name,Email
Greta,greta@hillside.example
Hugo,hugo@hillside.example
Ines,ines@hillside.example
Jon,jon@hillside.example
Kaya,kaya@hillside.example
Liam,liam@hillside.example
Ada (again),Ada@Hillside.Example
Nora,nora@hillside
Otis,otis(at)hillside.example
Paula,
Greta,greta@hillside.example
Hugo,HUGO@hillside.example
Zoë,zoe@music.example
Rosa,rosa@music.example
Yusuf,yusuf@hillside.example
";

/// The school, as it was told.
pub(super) struct Story {
    /// The school's license.
    pub license: String,
    /// Its key.
    pub key: String,
    /// What became of the class list.
    pub class: Value,
}

impl Story {
    /// Makes it happen, in a database that has no license yet.
    pub(super) async fn tell(client: &Client, database: &Target) -> Result<Self, Failure> {
        let licenses = client.send(Call::get(&["licenses"]).query("limit", Some(1))).await?.value;
        if !list(&licenses, "items").is_empty() {
            let what = format!("{database} holds licenses already; the demo wants a database of its own.");
            return Err(Failure::broken(
                "database_not_empty",
                what,
                "Leave --database out, or name a new file.",
            ));
        }
        let teller = Teller(client);
        let (license, key) = teller.license("Hillside School", 24, DANA, Some("hillside.example")).await?;
        teller.school(&license, &key).await?;
        let class = Call::post(&["licenses", &license, "users"]).by(DANA).body("text/csv", Body::from(CLASS));
        let class = client.send(class).await?.value;
        teller.full_license().await?;
        teller.provider(&license).await?;
        teller.ended_license().await?;
        Ok(Self { license, key, class })
    }
}

struct Teller<'a>(&'a Client);

impl Teller<'_> {
    async fn license(
        &self,
        name: &str,
        seats: u64,
        admin: &str,
        domain: Option<&str>,
    ) -> Result<(String, String), Failure> {
        let domains: Vec<&str> = domain.into_iter().collect();
        let new = json!({ "name": name, "seats": seats, "admin": admin, "domains": domains });
        let made = self.0.send(Call::post(&["licenses"]).json(&new)).await?.value;
        Ok((text(&made, "license_id").to_owned(), text(&made, "license_key").to_owned()))
    }

    async fn school(&self, license: &str, key: &str) -> Result<(), Failure> {
        self.order(Call::post(&["licenses", license, "admins"]).json(&json!({ "email": OLU }))).await?;
        // In Dana's domain people join at once; the two others are invited.
        let pupils = "ada@hillside.example, ben@hillside.example, chen@hillside.example, dita@hillside.example\n\
                      emil@hillside.example\nMika <mika@music.example>; rosa@music.example";
        self.people(license, DANA, &[], pupils).await?;
        // Olu administers no domain: everybody is invited.
        let guests = "fatou@hillside.example nils@partner.example pia@partner.example quin@partner.example \
                      sol@partner.example tove@partner.example wim@partner.example yara@partner.example";
        self.people(license, OLU, &[], guests).await?;
        self.answers(license).await?;
        // Who declined is added again, or enters the key.
        self.people(license, DANA, &[], "quin@partner.example").await?;
        for person in ["sol@partner.example", "uma@home.example"] {
            self.order(Call::post(&["join"]).by(person).json(&json!({ "license_key": key }))).await?;
        }
        // In her own domain Dana may still ask first.
        self.people(license, DANA, &["invite"], "vera@hillside.example").await?;
        self.people(license, DANA, &["remove"], "ben@hillside.example").await?;
        let wim = json!({ "email": "wim@partner.example" });
        self.order(Call::post(&["licenses", license, "users", "withdraw"]).by(OLU).json(&wim)).await?;
        self.order(Call::post(&["licenses", license, "leave"]).by("emil@hillside.example")).await
    }

    /// Who sold it; and somebody who only checks.
    async fn provider(&self, license: &str) -> Result<(), Failure> {
        for role in ["operator", "auditor", "support"] {
            let role = json!({ "email": OPS, "role": role });
            self.order(Call::post(&["installation", "roles"]).json(&role)).await?;
        }
        let auditor = json!({ "email": "aud@hillside.example", "role": "auditor" });
        self.order(Call::post(&["licenses", license, "staff"]).by(DANA).json(&auditor)).await
    }

    async fn answers(&self, license: &str) -> Result<(), Failure> {
        let answer = |person: &'static str, what| Call::post(&["invites", license, what]).by(person);
        for person in ["mika@music.example", "nils@partner.example"] {
            self.order(answer(person, "accept")).await?;
        }
        self.order(answer("rosa@music.example", "close")).await?;
        self.order(answer("pia@partner.example", "close")).await?;
        self.order(answer("pia@partner.example", "reopen")).await?;
        for (person, reason) in [
            ("quin@partner.example", "unknown_sender"),
            ("sol@partner.example", "not_needed"),
            ("tove@partner.example", "wrong_person"),
            ("yara@partner.example", "privacy_concern"),
        ] {
            self.order(answer(person, "decline").json(&json!({ "reason": reason }))).await?;
        }
        Ok(())
    }

    /// Five people for three seats, and one more who has the key.
    async fn full_license(&self) -> Result<(), Failure> {
        let (license, key) =
            self.license("Riverside Evening Class", 3, RAVI, Some("riverside.example")).await?;
        let class = "al@riverside.example\nbo@riverside.example\ncy@riverside.example\ndi@riverside.example\n\
                     ed@riverside.example";
        self.people(&license, RAVI, &[], class).await?;
        self.refused(Call::post(&["join"]).by("mika@music.example").json(&json!({ "license_key": key })))
            .await
    }

    /// Whoever was in is in still; nobody else comes in.
    async fn ended_license(&self) -> Result<(), Failure> {
        let (license, _) = self.license("Summer Camp", 10, RAVI, None).await?;
        self.people(&license, RAVI, &[], "mika@music.example\nkim@home.example").await?;
        self.order(Call::post(&["invites", &license, "accept"]).by("mika@music.example")).await?;
        let ended = Utc::now().date_naive() - Days::new(30);
        self.order(Call::put(&["licenses", &license, "term"]).json(&json!({ "ends": ended }))).await?;
        self.people(&license, RAVI, &[], "lou@home.example").await?;
        self.refused(Call::post(&["invites", &license, "accept"]).by("kim@home.example")).await
    }

    async fn people(&self, license: &str, admin: &str, what: &[&str], text: &str) -> Result<(), Failure> {
        let path = [&["licenses", license, "users"], what].concat();
        let body = Body::from(text.to_owned());
        self.order(Call::post(&path).by(admin).body("text/plain; charset=utf-8", body)).await
    }

    async fn order(&self, call: Call) -> Result<(), Failure> {
        self.0.send(call).await.map(drop)
    }

    /// A refusal belongs to the story.
    async fn refused(&self, call: Call) -> Result<(), Failure> {
        match self.0.send(call).await {
            Ok(_) | Err(Failure::Problem(_)) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
