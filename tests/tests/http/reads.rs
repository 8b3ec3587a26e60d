//! Whatever auditors and support staff read of people stands in the history.

use api::rights::{Role, TABLE};
use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::service::{ADMIN, Answer, Place, Service, send_to};

/// In everybody's address.
const MARKER: &str = "school.example";

const SUPPORT: &str = "sue@school.example";
const AUDITOR: &str = "audra@school.example";

/// A license with people, an import with a refused row, and staff: of the license, and of all of them.
struct World {
    service: Service,
    network: Router,
    import: String,
    member: String,
    key: String,
}

impl World {
    async fn begin() -> Self {
        let service = Service::start(100).await;
        let added =
            service.paste("bea@school.example\ncem@school.example\nschool.example is no address").await;
        let list = service.users(added.position(), "").await;
        let shown = service.get("/api/v1/licenses/{L}", None).await;
        let joined = json!({"license_key": service.key});
        assert_eq!(
            service.post("/api/v1/join", Some("kim@school.example"), joined).await.status,
            StatusCode::OK
        );
        for (who, role) in [(SUPPORT, "support"), (AUDITOR, "auditor")] {
            let grant = json!({"email": who, "role": role});
            assert_eq!(
                service.post("/api/v1/licenses/{L}/staff", Some(ADMIN), grant).await.status,
                StatusCode::OK
            );
            let grant = json!({"email": format!("all-{who}"), "role": role});
            assert_eq!(service.post("/api/v1/installation/roles", None, grant).await.status, StatusCode::OK);
        }
        service.state.caught_up().await;
        let id = |value: &Value| value.as_str().expect("an id").to_owned();
        let (import, member) = (added.text("import_id"), id(&list.body["items"][0]["member_id"]));
        let key = id(&shown.body["keys"][0]["key_id"]);
        let network = api::network::router(service.state.clone());
        Self { service, network, import, member, key }
    }

    fn address(&self, path: &str) -> String {
        let ids = [("{license_id}", &self.service.license), ("{import_id}", &self.import)];
        let ids = ids.into_iter().chain([("{member_id}", &self.member), ("{key_id}", &self.key)]);
        let path = ids.fold(path.to_owned(), |path, (name, id)| path.replace(name, id));
        match path {
            path if path.ends_with("/why") => format!("{path}?member_id={}", self.member),
            // It would go on for longer than anybody waits here.
            path if path.ends_with("/audit/feed") => format!("{path}?follow=false"),
            path => path,
        }
    }

    async fn ask(&self, who: &str, path: &str) -> Answer {
        self.ask_as(who, path, "application/json").await
    }

    async fn ask_as(&self, who: &str, path: &str, accept: &str) -> Answer {
        let request = Request::builder().uri(self.address(path)).header("Host", "localhost");
        let request = request.header("Accept", accept).header("Cookie", self.service.session(who).await);
        send_to(&self.network, request.body(Body::empty()).expect("a request")).await
    }

    /// What stands in the history of reads: of the license, or of the installation.
    async fn recorded(&self, audit: &str) -> Vec<Value> {
        self.service.state.caught_up().await;
        let path = if audit == "license" {
            "/api/v1/licenses/{L}/audit?order=oldest&limit=500"
        } else {
            "/api/v1/installation/audit?order=oldest&limit=500"
        };
        let history = self.service.get(path, None).await;
        let items = history.body["items"].as_array().expect("items").clone();
        items.into_iter().filter(|item| item["stream"]["type"] == "reading").collect()
    }
}

/// They are recorded as one thing, so that the first of them stands for all within the hour.
const SAME: [&str; 7] = [
    "list_imports",
    "show_import",
    "watch_import",
    "follow_audit",
    "export_log_of_license",
    "follow_installation_audit",
    "export_log",
];

/// How much they show is known when they have been sent: their first record says that they were read.
const COUNTED_LATER: [&str; 5] =
    ["export_log", "export_log_of_license", "follow_audit", "follow_installation_audit", "watch_import"];

/// The operations that somebody of this role may read with.
fn readable(role: Role) -> Vec<(String, String)> {
    let described = serde_json::to_value(api::app::openapi()).expect("the description");
    let mut readable = Vec::new();
    for (path, item) in described["paths"].as_object().expect("paths") {
        let Some(id) = item["get"]["operationId"].as_str() else { continue };
        if TABLE.iter().any(|right| right.operation == id && right.roles.contains(&role)) {
            readable.push((id.to_owned(), path.clone()));
        }
    }
    readable
}

#[tokio::test]
async fn no_answer_with_people_in_it_goes_to_staff_unrecorded() {
    for (role, people) in [
        (Role::Support, [SUPPORT.to_owned(), format!("all-{SUPPORT}")]),
        (Role::Auditor, [AUDITOR.to_owned(), format!("all-{AUDITOR}")]),
    ] {
        let world = World::begin().await;
        for who in &people {
            let mut shown = 0;
            for (id, path) in readable(role) {
                let audit = if path.contains("{license_id}") { "license" } else { "installation" };
                let before = world.recorded(audit).await.len();
                let answer = world.ask(who, &path).await;
                // Of all licenses at once, only who has a role on all of them reads.
                if !answer.status.is_success() || !answer.body.to_string().contains(MARKER) {
                    continue;
                }
                let records = world.recorded(audit).await;
                let told = format!("{id} as {who}: {}", answer.body);
                let new: Vec<_> = records.iter().skip(before).collect();
                // One that shows the same as another one counts with it.
                let same = records.iter().any(|it| it["actor"]["email"] == **who);
                assert!(new.len() == 1 || (SAME.contains(&id.as_str())) && same, "{told}");
                for record in new {
                    assert_eq!(record["actor"]["email"], **who, "{told}");
                    assert_eq!(record["actor"]["role"], json!(role_name(role)), "{told}");
                    let rows = record["payload"]["PeopleRead"]["rows"].as_u64();
                    assert!(rows > Some(0) || COUNTED_LATER.contains(&id.as_str()), "{told}");
                }
                shown += 1;
            }
            assert!(shown >= 4, "{who} was shown {shown}");
        }
    }
}

const fn role_name(role: Role) -> &'static str {
    if matches!(role, Role::Auditor) { "auditor" } else { "support" }
}

#[tokio::test]
async fn the_record_says_who_read_what_about_whom_and_not_by_which_letters() {
    let world = World::begin().await;
    let below = "/api/v1/licenses/{license_id}";
    for path in ["users?search=bea@school", "users/{member_id}", "why"] {
        assert_eq!(world.ask(SUPPORT, &format!("{below}/{path}")).await.status, StatusCode::OK, "{path}");
    }
    let records = world.recorded("license").await;
    let texts: Vec<&str> = records.iter().map(|it| it["text"].as_str().expect("a text")).collect();
    let expected = [
        "sue@school.example read what a search in the user list found (1 row) as support staff.",
        "sue@school.example read the entry of bea@school.example as support staff.",
        "sue@school.example read why bea@school.example is on the license or not as support staff.",
    ];
    assert_eq!(texts, expected);
    for record in &records {
        let stored = format!("{} {}", record["payload"], record["metadata"]);
        // Ids are of letters, too: by chance, three of them.
        assert!(!stored.contains("bea@") && !stored.contains(MARKER), "{stored}");
    }
    // Who read about somebody is found by that person, for an admin, too.
    let about = world.ask(ADMIN, &format!("{below}/audit?member=bea@school.example&type=PeopleRead")).await;
    assert_eq!(about.body["items"].as_array().map(Vec::len), Some(2), "{}", about.body);
}

#[tokio::test]
async fn the_same_within_the_hour_is_counted_and_written_when_the_service_ends() {
    let world = World::begin().await;
    let users = "/api/v1/licenses/{license_id}/users";
    for _ in 0..4 {
        assert_eq!(world.ask(SUPPORT, users).await.status, StatusCode::OK);
    }
    // Somebody else's, and of another kind, are others.
    assert_eq!(world.ask(AUDITOR, users).await.status, StatusCode::OK);
    let file = "/api/v1/licenses/{license_id}/imports/{import_id}/refused";
    assert_eq!(world.ask_as(AUDITOR, file, "text/csv").await.status, StatusCode::OK);
    assert_eq!(world.recorded("license").await.len(), 3, "the first of each");
    let World { service, network, .. } = world;
    drop(network);
    let service = service.restarted().await;
    service.state.caught_up().await;
    let again = service.get("/api/v1/licenses/{L}/audit?type=PeopleReadAgain&order=oldest", None).await;
    let mut texts: Vec<&str> =
        again.body["items"].as_array().expect("items").iter().filter_map(|it| it["text"].as_str()).collect();
    texts.sort_unstable();
    let expected = [
        "audra@school.example read a file of all refused rows of an import to the end within the hour (1 row) as an \
         auditor.",
        "sue@school.example read the user list 3 times more within the hour (9 rows) as support staff.",
    ];
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn what_people_read_of_their_own_license_and_what_is_refused_is_not_recorded() {
    let world = World::begin().await;
    let users = "/api/v1/licenses/{license_id}/users";
    assert_eq!(world.ask(ADMIN, users).await.status, StatusCode::OK);
    world
        .ask(SUPPORT, "/api/v1/licenses/{license_id}/audit")
        .await
        .refuses(StatusCode::FORBIDDEN, "not_permitted");
    let unread = world.ask(SUPPORT, "/api/v1/licenses/{license_id}/users?limit=0").await;
    unread.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
    // An admin who helps elsewhere, too, reads their own as its admin.
    let grant = json!({"email": ADMIN, "role": "support"});
    assert_eq!(world.service.post("/api/v1/installation/roles", None, grant).await.status, StatusCode::OK);
    assert_eq!(world.ask(ADMIN, users).await.status, StatusCode::OK);
    assert_eq!(world.recorded("license").await, Vec::<Value>::new());
}

/// Where somebody is led says that the person is there; and what somebody administers is about them, too.
#[tokio::test]
async fn what_is_told_by_a_redirection_or_by_a_filter_is_recorded_as_well() {
    let world = World::begin().await;
    let page = format!("/licenses/{}/why?email=bea@school.example", world.service.license);
    let led = world.ask_as(SUPPORT, &page, "text/html").await;
    assert_eq!(led.status, StatusCode::SEE_OTHER);
    let recorded = world.recorded("license").await;
    assert_eq!(recorded.len(), 1, "{recorded:?}");
    assert_eq!(recorded[0]["person"]["email"], "bea@school.example");
    let all = format!("all-{SUPPORT}");
    let by = |who: &str| format!("/api/v1/licenses?admin={who}");
    assert_eq!(world.ask(&all, "/api/v1/licenses").await.status, StatusCode::OK);
    assert!(world.recorded("installation").await.is_empty(), "names of licenses are about nobody");
    let admin = world.ask(&all, &by(ADMIN)).await;
    assert_eq!(admin.body["items"].as_array().map(Vec::len), Some(1), "{}", admin.body);
    let recorded = world.recorded("installation").await;
    assert_eq!(recorded.len(), 1);
    assert_eq!(recorded[0]["person"]["email"], json!(ADMIN));
    let said = recorded[0]["text"].as_str().unwrap_or_default();
    assert!(said.contains(&format!("read which licenses {ADMIN} administers (1 row)")), "{said}");
    // Staff of one license learn that on its page, where it is recorded.
    for staff in [SUPPORT, AUDITOR] {
        let found = world.ask(staff, &by(ADMIN)).await;
        assert_eq!((found.status, &found.body["items"]), (StatusCode::OK, &json!([])), "{staff}");
    }
    let own = world.ask(ADMIN, &by(ADMIN)).await;
    assert_eq!(own.body["items"].as_array().map(Vec::len), Some(1), "{}", own.body);
    // Somebody who is known and somebody who is not are told apart by nothing.
    let [known, unknown] = ["bea@school.example", "nobody@nowhere.example"].map(by);
    let (known, unknown) = (world.ask(&all, &known).await, world.ask(&all, &unknown).await);
    assert_eq!((known.status, &known.body["items"]), (unknown.status, &unknown.body["items"]));
}

/// A page may show more than the operation that opens it.
#[tokio::test]
async fn no_page_shows_an_operator_people_or_support_staff_refused_rows() {
    let world = World::begin().await;
    let operator = "ops@provider.example";
    let grant = json!({"email": operator, "role": "operator"});
    assert_eq!(world.service.post("/api/v1/installation/roles", None, grant).await.status, StatusCode::OK);
    let refused = "is no address";
    let pages = api::pages::DOORS.iter().filter(|(method, ..)| *method == "GET").map(|(_, path, _)| *path);
    for (who, markers) in [(operator, &["bea@", "cem@", "kim@", refused][..]), (SUPPORT, &[refused])] {
        let mut seen = 0;
        for page in pages.clone().filter(|path| !path.ends_with("/changes")) {
            let shown = world.ask_as(who, page, "text/html").await;
            seen += usize::from(shown.status.is_success());
            for marker in markers {
                assert!(
                    !shown.body.to_string().contains(marker),
                    "{who} reads {marker} at {page}: {}",
                    shown.body
                );
            }
        }
        assert!(seen > 10, "{who} is let in to {seen} pages");
    }
    let import = world.ask_as(AUDITOR, "/licenses/{license_id}/imports/{import_id}", "text/html").await;
    assert!(import.body.to_string().contains(refused), "who may read them does: {}", import.body);
    let recorded = world.recorded("license").await;
    let said = recorded.last().and_then(|read| read["text"].as_str()).unwrap_or_default();
    assert_eq!(said, "audra@school.example read refused rows of an import (1 row) as an auditor.");
}

#[tokio::test]
async fn a_read_that_cannot_be_recorded_is_not_answered() {
    let world = World::begin().await;
    let request = Request::builder().uri(world.address("/api/v1/licenses/{license_id}/users"));
    let request = request.header("Host", "localhost").header("Cookie", world.service.session(SUPPORT).await);
    refuse_records(&world.service.place).await;
    let answer =
        world.network.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("it");
    assert!(answer.status().is_server_error(), "{}", answer.status());
    let body = answer.into_body().collect().await.expect("a body").to_bytes();
    assert!(!String::from_utf8_lossy(&body).contains(MARKER));
}

/// Lets the database take every event but those of reads.
async fn refuse_records(place: &Place) {
    let in_file = "CREATE TRIGGER no_reads BEFORE INSERT ON events WHEN NEW.aggregate_type = 'reading'
                   BEGIN SELECT RAISE(FAIL, 'no reads'); END";
    let on_server = "CREATE FUNCTION no_reads() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN RAISE EXCEPTION 'no reads'; END $$;
                     CREATE TRIGGER no_reads BEFORE INSERT ON events FOR EACH ROW
                     WHEN (NEW.aggregate_type = 'reading') EXECUTE FUNCTION no_reads()";
    place.change(in_file, on_server).await;
}

#[tokio::test]
async fn why_says_of_each_next_step_whether_whoever_asks_may_take_it() {
    let world = World::begin().await;
    let why = "/api/v1/licenses/{license_id}/why?email=";
    let may = |answer: &Answer| -> Vec<String> {
        let steps = answer.body["next_steps"].as_array().expect("steps").iter();
        let yours = steps.filter(|step| step["you_may"] == true);
        yours.map(|step| step["action"].as_str().expect("an action").to_owned()).collect()
    };
    let about = async |who: &str, whom: &str| may(&world.ask(who, &format!("{why}{whom}")).await);
    assert_eq!(about(ADMIN, "bea@school.example").await, ["remove"]);
    assert_eq!(about(ADMIN, "new@school.example").await, ["add", "invite"]);
    assert_eq!(about(SUPPORT, "bea@school.example").await, Vec::<String>::new());
    // The admin administers school.example, and not else.example.
    let guests = "guest@else.example\nown@school.example";
    world.service.send_text("/api/v1/licenses/{L}/users/invite", ADMIN, "text/plain", guests).await;
    assert_eq!(about(ADMIN, "guest@else.example").await, ["withdraw", "remove"]);
    assert_eq!(about(ADMIN, "own@school.example").await, ["add_at_once", "withdraw", "remove"]);
    let plan = json!({"plan": "free"});
    assert_eq!(world.service.put("/api/v1/licenses/{L}/plan", None, plan).await.status, StatusCode::OK);
    let owner =
        world.service.get(&format!("{}new@school.example", why.replace("{license_id}", "{L}")), None).await;
    assert_eq!(may(&owner), ["move_to_paid_plan"]);
}
