//! Whatever the API's description allows, and much that it does not, is asked by Schemathesis, which checks every answer
//! against it: as the database's owner, and over the network as people with one role, with several, and with none.
//!
//! `./check` installs it; what it asks is the same every time. `SEATBOOK_SCHEMATHESIS_SECONDS` lets each caller ask for so
//! long, and something else each time.

mod world;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::{Value, json};
use world::{ADMIN, ALL, World};

/// Where `./check` puts it, unless this variable names the program itself.
const VARIABLE: &str = "SEATBOOK_SCHEMATHESIS";

/// As whom it asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// Whoever can open the database.
    Owner,
    /// Somebody with a token.
    Token(&'static str),
    /// Somebody in a browser.
    Session(&'static str),
    /// Somebody who has not signed in.
    Nobody,
}

impl Caller {
    /// What it sends to be known.
    async fn credential(self, world: &World) -> String {
        match self {
            Self::Owner | Self::Nobody => String::new(),
            Self::Token(who) => {
                let token = json!(world.token(who).await);
                format!("[auth.openapi.token]\nbearer = {token}\n")
            }
            Self::Session(who) => {
                let (_, cookie) = world.session(who).await;
                let origin = "[headers]\nSec-Fetch-Site = \"same-origin\"\n";
                format!("{origin}[auth.openapi.session]\napi_key = {}\n", json!(cookie))
            }
        }
    }

    /// For whom the owner asks: what only people do is refused otherwise.
    fn parameters(self) -> String {
        match self {
            Self::Owner => format!("\"header.Seatbook-As\" = {}\n", json!(ADMIN)),
            Self::Token(_) | Self::Session(_) | Self::Nobody => String::new(),
        }
    }

    /// What it can't be tried with, and how far it looks: who may do little is asked the same of every operation.
    fn arguments(self) -> &'static [&'static str] {
        match self {
            // Its way in is its credential, and it has no other one to be without.
            Self::Owner => &["--exclude-checks", "ignored_auth"],
            // It would end its own session.
            Self::Session(_) => &["--exclude-operation-id-regex", "^(sign_out|end_session)$"],
            Self::Token(ALL) => &[],
            Self::Token(_) | Self::Nobody => &["--phases", "coverage"],
        }
    }
}

fn program() -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/schemathesis/bin/st");
    let program = env::var_os(VARIABLE).map_or(ours, PathBuf::from);
    assert!(
        program.exists(),
        "no Schemathesis at {}: ./check installs it, or {VARIABLE} names it",
        program.display()
    );
    program
}

/// The description as it is for a caller: the owner shows nothing to be known; over the network nobody asks in another's
/// name, and without TLS the cookie has another name. All of that it says in words.
fn described_for(caller: Caller) -> Value {
    let mut described = serde_json::to_value(api::app::openapi()).expect("the description");
    described["components"]["securitySchemes"]["session"]["name"] = json!("seatbook-session");
    for item in described["paths"].as_object_mut().expect("paths").values_mut() {
        for operation in item.as_object_mut().expect("operations").values_mut() {
            // The same key in two requests is refused: only where it can be, one is given.
            let keyed = operation["operationId"] == "rename_license";
            if let Some(parameters) = operation["parameters"].as_array_mut() {
                parameters.retain(|parameter| match parameter["name"].as_str() {
                    Some("Idempotency-Key") => keyed,
                    Some("Seatbook-As" | "Seatbook-Via") => caller == Caller::Owner,
                    _ => true,
                });
            }
            if caller == Caller::Owner {
                operation.as_object_mut().expect("an operation").remove("security");
            }
        }
    }
    described
}

/// Everything that it asks is answered as described.
async fn look(engine: &str, caller: Caller) {
    let program = program();
    let world = World::begin(engine).await;
    let address = world.serve(caller == Caller::Owner).await;
    let folder = tempfile::tempdir().expect("a folder");
    let description = folder.path().join("openapi.json");
    fs::write(&description, described_for(caller).to_string()).expect("the description");
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemathesis/settings.toml");
    let mut settings = fs::read_to_string(usual).expect("the settings");
    let longer = env::var_os("SEATBOOK_SCHEMATHESIS_SECONDS");
    if longer.is_some() {
        settings = settings.replace("deterministic = true", "deterministic = false");
    }
    settings.push_str(&world.ids());
    settings.push_str(&caller.parameters());
    settings.push_str(&caller.credential(&world).await);
    let file = folder.path().join("schemathesis.toml");
    fs::write(&file, settings).expect("the settings");
    let mut command = Command::new(program);
    command.arg("--config-file").arg(file).arg("run").arg(description).arg(format!("--url=http://{address}"));
    command.args(caller.arguments());
    if let Some(seconds) = &longer {
        command.arg("--max-time").arg(seconds).args(["--phases", "coverage,fuzzing,stateful"]);
    }
    command.current_dir(folder.path());
    let ran = tokio::task::spawn_blocking(move || command.output()).await.expect("it ran").expect("it ran");
    world.state.close().await;
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    // Whoever is known is not asked over and over who they are: it lists whom it was never let in to.
    assert!(caller == Caller::Nobody || !said.contains("- GET /api/v1/me\n"), "{said}");
    println!("{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_is_answered_as_described_whatever_is_asked() {
    look("sqlite", Caller::Owner).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_program_with_every_role_that_there_is() {
    look("postgres", Caller::Token(ALL)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_browser_of_an_admin() {
    look("sqlite", Caller::Session(ADMIN)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_are_support_staff() {
    look("sqlite", Caller::Token("sue@school.example")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_a_stranger() {
    look("sqlite", Caller::Token("eve@else.example")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn so_is_somebody_who_has_not_signed_in() {
    look("sqlite", Caller::Nobody).await;
}
