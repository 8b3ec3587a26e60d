//! The same by tokens: of every scope, for every person, and for one license.

use serde_json::json;

use super::*;

/// What tokens are good for.
const SCOPES: [&[&str]; 4] = [&["read"], &["write"], &["operator"], &["read", "write", "operator"]];

/// Whether somebody's token with these scopes may do it: what the person may, as far as the token goes.
fn may_by_token(operation: &Operation, who: &str, held: &[Role], scopes: &[&str]) -> bool {
    let has = |scope| scopes.contains(&scope);
    let good = match operation.kind {
        Kind::Read => has("read"),
        Kind::Write => has("write") || has("operator"),
        // Who one is and how one signs in is a matter of sessions.
        Kind::Account => operation.roles.contains(&Role::Anybody),
    };
    let as_operator_alone = operation.kind == Kind::Write && !has("write");
    let counts = |role: &&Role| match role {
        Role::Operator => has("operator"),
        Role::Anybody => true,
        _ => !as_operator_alone,
    };
    let roles: Vec<Role> = operation.roles.iter().filter(counts).copied().collect();
    good && allows(&roles, &operation.path, Some(who), held)
}

fn of_the_api() -> Vec<Operation> {
    operations().into_iter().filter(|operation| operation.path.starts_with("/api/")).collect()
}

#[tokio::test]
async fn a_token_may_what_its_person_may_as_far_as_its_scopes_go() {
    let world = World::begin().await;
    for (who, held) in PEOPLE {
        for scopes in SCOPES {
            let token = format!("Bearer {}", world.service.token(who, scopes).await);
            for operation in &of_the_api() {
                let answer = world.ask_by(Some(("Authorization", &token)), operation, &world.home).await;
                let told =
                    format!("{} as {who} by {scopes:?}: {} {}", operation.id, answer.status, answer.body);
                let may = may_by_token(operation, who, held, scopes);
                assert_eq!(was_turned_away(&answer), !may, "{told}");
                assert!(answer.status.as_u16() < 500, "{told}");
                let text = format!("{} {}", answer.headers, answer.body);
                assert!(sees_everything(who) || who == FOREIGN_ADMIN || !text.contains(FOREIGN), "{told}");
                assert!(!held.is_empty() || !text.contains(HOME), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn a_token_for_one_license_shows_nothing_of_another_whoever_its_person_is() {
    let world = World::begin().await;
    for (who, held) in PEOPLE {
        let only = json!({"name": who.split_once('@').expect("an address").0, "scopes": ["read", "write"],
                          "license_id": world.home.license});
        let made = world.service.post("/api/v1/tokens", Some(who), only).await;
        let token = format!("Bearer {}", made.text("token"));
        for operation in &of_the_api() {
            for (place, is_home) in [(&world.home, true), (&world.foreign, false)] {
                let answer = world.ask_by(Some(("Authorization", &token)), operation, place).await;
                let told = format!("{} as {who}: {} {}", operation.id, answer.status, answer.body);
                assert!(answer.status.as_u16() < 500, "{told}");
                let of_foreign = operation.path.contains("{license_id}") && !is_home;
                let may = may_by_token(operation, who, held, &["read", "write"]) && !of_foreign;
                assert!(was_turned_away(&answer) || may, "{told}");
                // Their own address they may be told.
                let shown = format!("{} {}", answer.headers, answer.body).replace(FOREIGN_ADMIN, "");
                assert!(!shown.contains(FOREIGN), "{told}");
            }
        }
    }
}
