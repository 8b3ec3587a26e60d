//! Every operation of the API's description as everybody: who may, and what those see who may not.

mod by_token;

use std::collections::BTreeMap;

use api::rights::{Kind, Role, TABLE};
use axum::{
    Router,
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::{Value, json};

use crate::service::{ADMIN, Answer, Service, send_to};

/// In everything about people of one license, and nowhere else.
const HOME: &str = "zyxhome";

/// The same of another one.
const FOREIGN: &str = "zyxforeign";

const FOREIGN_ADMIN: &str = "boss@zyxforeign.example";

/// Who asks: their address, and as what they ask about the license at home.
const PEOPLE: [(&str, &[Role]); 9] = [
    ("operator@provider.example", &[Role::Operator]),
    ("auditor@provider.example", &[Role::Auditor]),
    ("support@provider.example", &[Role::Support]),
    (ADMIN, &[Role::Admin]),
    ("auditor@school.example", &[Role::Auditor]),
    ("support@school.example", &[Role::Support]),
    ("invited@zyxhome.example", &[Role::Member]),
    (FOREIGN_ADMIN, &[]),
    ("stranger@else.example", &[]),
];

/// Who has a role across all licenses sees all of them.
fn sees_everything(who: &str) -> bool {
    who.ends_with("@provider.example")
}

/// Two licenses with people, imports and refused rows; everybody has their role.
struct World {
    service: Service,
    network: Router,
    home: Place,
    foreign: Place,
}

/// A license, and what it holds.
struct Place {
    license: String,
    import: String,
    member: String,
    key: String,
}

struct Operation {
    id: String,
    method: Method,
    path: String,
    roles: &'static [Role],
    kind: Kind,
}

impl World {
    async fn begin() -> Self {
        let service = Service::start(100).await;
        let other = json!({"name": FOREIGN, "seats": 9, "admin": FOREIGN_ADMIN});
        let other = service.post("/api/v1/licenses", None, other).await.text("license_id");
        let here = service.license.clone();
        let home = Place::fill(&service, &here, ADMIN, HOME).await;
        let foreign = Place::fill(&service, &other, FOREIGN_ADMIN, FOREIGN).await;
        for role in ["operator", "auditor", "support"] {
            let grant = json!({"email": format!("{role}@provider.example"), "role": role});
            let granted = service.post("/api/v1/installation/roles", None, grant).await;
            assert_eq!(granted.status, StatusCode::OK, "{}", granted.body);
        }
        let mut position = 0;
        for role in ["auditor", "support"] {
            let grant = json!({"email": format!("{role}@school.example"), "role": role});
            position = service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), grant).await.position();
        }
        let seen = format!("/api/v1/licenses?min_position={position}");
        assert_eq!(service.get(&seen, None).await.status, StatusCode::OK);
        let network = api::network::router(service.state.clone());
        Self { service, network, home, foreign }
    }

    async fn ask(&self, who: Option<&str>, operation: &Operation, place: &Place) -> Answer {
        match who {
            Some(who) => {
                let cookie = self.service.session(who).await;
                self.ask_by(Some(("Cookie", &cookie)), operation, place).await
            }
            None => self.ask_by(None, operation, place).await,
        }
    }

    /// By a cookie or a token.
    async fn ask_by(&self, by: Option<(&str, &str)>, operation: &Operation, place: &Place) -> Answer {
        let mut request = Request::builder()
            .method(operation.method.clone())
            .uri(place.address(&operation.path))
            .header("Host", "localhost")
            .header("Sec-Fetch-Site", "same-origin")
            // No order can be read: whoever may give it is told so, and nothing changes.
            .header("Content-Type", "image/png");
        if let Some((header, value)) = by {
            request = request.header(header, value);
        }
        let body = if operation.method == Method::GET { Body::empty() } else { Body::from("{") };
        send_to(&self.network, request.body(body).expect("a request")).await
    }
}

impl Place {
    async fn fill(service: &Service, license: &str, admin: &str, marker: &str) -> Self {
        let people = format!("invited@{marker}.example\n{marker} is no address\nsecond@{marker}.example");
        let users = format!("/api/v1/licenses/{license}/users");
        let added = service.send_text(&users, admin, "text/plain", &people).await;
        assert_eq!(added.status, StatusCode::OK, "{}", added.body);
        let list = service.get(&format!("{users}?min_position={}", added.position()), None).await;
        let shown = service.get(&format!("/api/v1/licenses/{license}"), None).await;
        let id = |value: &Value| value.as_str().expect("an id").to_owned();
        Self {
            license: license.to_owned(),
            import: added.text("import_id"),
            member: id(&list.body["items"][0]["member_id"]),
            key: id(&shown.body["keys"][0]["key_id"]),
        }
    }

    fn address(&self, path: &str) -> String {
        let own = [("license_id", &self.license), ("import_id", &self.import)];
        let own = own.into_iter().chain([("member_id", &self.member), ("key_id", &self.key)]);
        let path = own.fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        let path = if path.ends_with("/why") { format!("{path}?member_id={}", self.member) } else { path };
        let path = path.replace("{position}", "1").replace("{level}", "0").replace("{path}", "000.p/1");
        // It would go on for longer than anybody waits here.
        let path = if path.ends_with("/audit/feed") { format!("{path}?follow=false") } else { path };
        path.replace("{name}", "nothing")
            .replace("{session_id}", NOWHERE)
            .replace("{token_id}", NOWHERE)
            .replace("{identity_id}", NOWHERE)
    }
}

const NOWHERE: &str = "01920000-0000-7000-8000-000000000000";

fn operations() -> Vec<Operation> {
    let described = serde_json::to_value(api::app::openapi()).expect("the description");
    let rights: BTreeMap<&str, _> = TABLE.iter().map(|right| (right.operation, right)).collect();
    let mut operations = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            let right = rights.get(id.as_str()).unwrap_or_else(|| panic!("{id} stands in no table"));
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let (roles, kind) = (right.roles, right.kind);
            operations.push(Operation { id, method, path: path.clone(), roles, kind });
        }
    }
    // Each page stands for an operation. But for one that goes on for as long as somebody looks.
    for (method, path, operation) in
        api::pages::DOORS.iter().filter(|(_, path, _)| !path.ends_with("/changes"))
    {
        let right = rights.get(operation).unwrap_or_else(|| panic!("{operation} stands in no table"));
        let id = format!("{method} {path}");
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let (roles, kind) = (right.roles, right.kind);
        operations.push(Operation { id, method, path: (*path).to_owned(), roles, kind });
    }
    operations
}

/// Whether somebody with these roles on the license may do it; for all licenses, only roles on all of them count.
fn may(operation: &Operation, who: Option<&str>, held: &[Role]) -> bool {
    allows(operation.roles, &operation.path, who, held)
}

/// The same of some of its roles.
fn allows(roles: &[Role], path: &str, who: Option<&str>, held: &[Role]) -> bool {
    let on_license = path.contains("{license_id}");
    let counts = |role: &Role| match role {
        Role::Anybody => true,
        Role::Person => who.is_some(),
        Role::Operator | Role::Auditor | Role::Support => {
            held.contains(role) && (on_license || who.is_some_and(sees_everything))
        }
        Role::Member | Role::Admin => held.contains(role) && on_license,
    };
    roles.iter().any(counts)
}

fn was_turned_away(answer: &Answer) -> bool {
    let code = answer.body["code"].as_str().unwrap_or_default();
    match answer.status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => ["not_permitted", "token_scope"].contains(&code),
        StatusCode::NOT_FOUND => code == "unknown_license",
        _ => false,
    }
}

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_sees_nothing_of_others() {
    let world = World::begin().await;
    let everybody = PEOPLE.into_iter().map(|(who, held)| (Some(who), held)).chain([(None, &[][..])]);
    for (who, held) in everybody {
        for operation in &operations() {
            let answer = world.ask(who, operation, &world.home).await;
            let told = format!("{} as {who:?}: {} {}", operation.id, answer.status, answer.body);
            assert_eq!(was_turned_away(&answer), !may(operation, who, held), "{told}");
            assert!(answer.status.as_u16() < 500, "{told}");
            let text = format!("{} {}", answer.headers, answer.body);
            let everything = who.is_some_and(sees_everything);
            assert!(everything || who == Some(FOREIGN_ADMIN) || !text.contains(FOREIGN), "{told}");
            if held.is_empty() {
                assert!(!text.contains(HOME), "{told}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_anothers_is_answered_like_what_is_not_there() {
    let world = World::begin().await;
    let nowhere = Place {
        license: NOWHERE.to_owned(),
        import: world.home.import.clone(),
        member: world.home.member.clone(),
        key: world.home.key.clone(),
    };
    for operation in operations().iter().filter(|operation| operation.path.contains("{license_id}")) {
        for who in [FOREIGN_ADMIN, "stranger@else.example"] {
            let theirs = world.ask(Some(who), operation, &world.home).await;
            let missing = world.ask(Some(who), operation, &nowhere).await;
            let told = format!("{} as {who}: {} and {}", operation.id, theirs.body, missing.body);
            assert_eq!(
                (theirs.status, missing.status),
                (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND),
                "{told}"
            );
            let of = |answer: &Answer| format!("{} {}", answer.headers, answer.body);
            assert_eq!(of(&theirs).replace(&world.home.license, NOWHERE), of(&missing), "{told}");
        }
    }
}

#[tokio::test]
async fn ids_of_another_license_open_nothing_below_ones_own() {
    let world = World::begin().await;
    let mixed = Place {
        license: world.foreign.license.clone(),
        import: world.home.import.clone(),
        member: world.home.member.clone(),
        key: world.home.key.clone(),
    };
    for operation in operations().iter().filter(|operation| operation.path.contains("{license_id}")) {
        let answer = world.ask(Some(FOREIGN_ADMIN), operation, &mixed).await;
        let text = format!("{} {}", answer.headers, answer.body);
        assert!(!text.contains(HOME), "{}: {text}", operation.id);
        let of_home = ["{import_id}", "{member_id}", "{key_id}"].iter().any(|id| operation.path.contains(id));
        if of_home || operation.id == "why" {
            // Or it was not even read: of some orders the body comes first. A page tells it on the next one.
            let refused = operation.id.starts_with("POST ") && answer.status == StatusCode::SEE_OTHER
                || [StatusCode::NOT_FOUND, StatusCode::CONFLICT, StatusCode::UNSUPPORTED_MEDIA_TYPE]
                    .contains(&answer.status);
            assert!(refused, "{}: {} {}", operation.id, answer.status, answer.body);
        }
    }
}

#[tokio::test]
async fn whether_somebody_is_known_elsewhere_is_not_told() {
    let world = World::begin().await;
    let ask = async |path: &str| {
        let request = Request::builder().uri(path.replace("{L}", &world.home.license));
        let request =
            request.header("Host", "localhost").header("Cookie", world.service.session(ADMIN).await);
        send_to(&world.network, request.body(Body::empty()).expect("a request")).await
    };
    for path in [
        "/api/v1/licenses/{L}/users?added_by=",
        "/api/v1/licenses/{L}/audit?member=",
        "/api/v1/licenses/{L}/audit?actor=",
        "/api/v1/licenses?admin=",
    ] {
        let known = ask(&format!("{path}{FOREIGN_ADMIN}")).await;
        let unknown = ask(&format!("{path}nobody@nowhere.example")).await;
        assert_eq!(known.status, StatusCode::OK, "{}", known.body);
        assert_eq!((known.status, &known.body), (unknown.status, &unknown.body), "{path}");
    }
}

#[tokio::test]
async fn everybody_is_shown_the_licenses_that_are_theirs() {
    let world = World::begin().await;
    for (who, held) in PEOPLE {
        let cookie = world.service.session(who).await;
        let request =
            Request::builder().uri("/api/v1/licenses").header("Host", "localhost").header("Cookie", cookie);
        let answer = send_to(&world.network, request.body(Body::empty()).expect("a request")).await;
        let names: Vec<_> =
            answer.body["items"].as_array().expect("items").iter().map(|it| it["name"].clone()).collect();
        let expected = match who {
            _ if sees_everything(who) => json!([FOREIGN, "Riverside"]),
            FOREIGN_ADMIN => json!([FOREIGN]),
            _ if held.is_empty() || held == [Role::Member] => json!([]),
            _ => json!(["Riverside"]),
        };
        assert_eq!(json!(names), expected, "{who}");
    }
}

/// What is searched for is looked for among what is theirs.
#[tokio::test]
async fn a_search_shows_nobody_a_license_that_is_not_theirs() {
    let world = World::begin().await;
    let found = async |who: &str, search: &str| {
        let cookie = world.service.session(who).await;
        let request = Request::builder().uri(format!("/api/v1/licenses?search={search}"));
        let request = request.header("Host", "localhost").header("Cookie", cookie);
        send_to(&world.network, request.body(Body::empty()).expect("a request")).await.body["items"].clone()
    };
    let river = found(ADMIN, "RIVER").await;
    assert_eq!(river[0]["name"], "Riverside");
    assert_eq!(found(FOREIGN_ADMIN, "river").await, json!([]));
    assert_eq!(found(FOREIGN_ADMIN, river[0]["license_id"].as_str().expect("its id")).await, json!([]));
    assert_eq!(found(ADMIN, "college").await, json!([]));
}

#[tokio::test]
async fn support_sees_neither_keys_nor_who_else_may_read() {
    let world = World::begin().await;
    for (who, sees) in [("support@school.example", false), ("auditor@school.example", true), (ADMIN, true)] {
        let show = operations().into_iter().find(|operation| operation.id == "show_license").expect("it");
        let shown = world.ask(Some(who), &show, &world.home).await;
        let keys = shown.body["keys"].as_array().expect("keys").is_empty();
        let staff = shown.body["staff"].as_array().expect("staff").is_empty();
        assert_eq!((keys, staff), (!sees, !sees), "{who}: {}", shown.body);
    }
}

/// What somebody wrote beside an address is for those who may read refused rows: nobody else finds it out word by word.
#[tokio::test]
async fn support_finds_a_mistyped_address_in_refused_rows_and_no_note_beside_it() {
    let world = World::begin().await;
    let file = "Email,Note\nmaria.example.org,diabetic child\n";
    let users = format!("/api/v1/licenses/{}/users", world.home.license);
    let report = world.service.send_text(&users, ADMIN, "text/csv", file).await;
    assert_eq!(report.body["outcomes"], json!({"invalid_email": 1}));
    for (who, sees_notes) in [("support@school.example", 0), ("auditor@school.example", 1), (ADMIN, 1)] {
        for (text, found) in [("maria.example.org", 1), ("diabetic", sees_notes)] {
            let path = format!("/api/v1/licenses/{}/why?email={text}", world.home.license);
            let request = Request::builder().uri(path).header("Host", "localhost");
            let request = request.header("Cookie", world.service.session(who).await);
            let told = send_to(&world.network, request.body(Body::empty()).expect("a request")).await;
            assert_eq!(told.body["refused_rows"]["found"], found, "{text} as {who}: {}", told.body);
        }
    }
}
