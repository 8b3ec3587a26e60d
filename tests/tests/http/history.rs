//! The history as it leaves the house: filtered, as files, and as it goes on.

use std::time::Duration;

use axum::{
    Router,
    body::{Body, BodyDataStream},
    http::{HeaderMap, Method, Request, StatusCode},
};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::service::{ADMIN, Service, send_to};

/// A service with a history of some length; up to where it goes.
async fn eventful() -> (Service, u64) {
    let service = Service::start(10).await;
    let file = "Email\nzoe@school.example\nbob@x.example\n";
    let csv = service.send_text("/api/v1/licenses/{L}/users", ADMIN, "text/csv", file).await;
    assert_eq!(csv.status, StatusCode::OK, "{}", csv.body);
    let joined = json!({"license_key": service.key});
    service.post("/api/v1/join", Some("kim@x.example"), joined).await;
    let accepted = service.post("/api/v1/invites/{L}/accept", Some("bob@x.example"), json!({})).await;
    let position = accepted.position();
    (service, position)
}

/// The answer as it is: its headers, and all of its text.
async fn whole(service: &Service, path: &str, header: (&str, &str)) -> (StatusCode, HeaderMap, String) {
    let request = service.request(Method::GET, path, None).header(header.0, header.1);
    let request = request.body(Body::empty()).expect("a request");
    let response = service.router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("all of it").to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).expect("text"))
}

async fn audit(service: &Service, query: &str) -> Vec<Value> {
    let path = format!("/api/v1/licenses/{{L}}/audit?order=oldest&limit=500&{query}");
    let page = service.get(&path, None).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    page.body["items"].as_array().expect("items").clone()
}

#[tokio::test]
async fn an_export_is_the_whole_history_as_cloud_events_and_goes_on_behind_any_position() {
    let (service, position) = eventful().await;
    let all = audit(&service, &format!("min_position={position}")).await;
    let path = format!("/api/v1/licenses/{{L}}/audit/export?min_position={position}");
    let (status, headers, text) = whole(&service, &path, ("Accept", "*/*")).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (StatusCode::OK, &"application/x-ndjson".parse().expect("a type"))
    );
    assert_eq!(headers["seatbook-position"], position.to_string().as_str());
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let data: Vec<&Value> = lines.iter().map(|line| &line["data"]).collect();
    assert_eq!(data, all.iter().collect::<Vec<_>>());
    for (line, entry) in lines.iter().zip(&all) {
        assert_eq!(line["specversion"], json!("1.0"));
        assert_eq!(
            (&line["id"], &line["source"]),
            (&entry["event_id"], &json!(format!("/api/v1/licenses/{}", service.license)))
        );
        assert_eq!(
            line["type"],
            json!(format!("seatbook.{}", entry["event_type"].as_str().expect("a name")))
        );
        let stream = format!(
            "{}/{}",
            entry["stream"]["type"].as_str().expect("a type"),
            entry["stream"]["id"].as_str().expect("an id")
        );
        assert_eq!(
            (&line["subject"], &line["datacontenttype"]),
            (&json!(stream), &json!("application/json"))
        );
        assert_eq!(
            line["sequence"],
            json!(format!("{:020}", entry["position"].as_u64().expect("a position")))
        );
        let time = |value: &Value| {
            value.as_str().and_then(|text| text.parse::<chrono::DateTime<chrono::Utc>>().ok())
        };
        assert_eq!(time(&line["time"]), time(&entry["recorded_at"]));
    }
    for entry in &all {
        let after = entry["position"].as_u64().expect("a position");
        let path = format!("/api/v1/licenses/{{L}}/audit/export?after={after}");
        let rest = text.lines().skip_while(|line| {
            let line: Value = serde_json::from_str(line).expect("JSON");
            line["data"]["position"].as_u64() <= Some(after)
        });
        let rest: String = rest.map(|line| format!("{line}\n")).collect();
        assert_eq!(whole(&service, &path, ("Accept", "*/*")).await.2, rest, "behind {after}");
    }
}

#[tokio::test]
async fn an_export_as_csv_has_a_row_for_each_event_and_filters_hold_for_it() {
    let (service, position) = eventful().await;
    let path =
        format!("/api/v1/licenses/{{L}}/audit/export?min_position={position}&source=csv&type=UserInvited");
    let (_, headers, text) = whole(&service, &path, ("Accept", "text/csv")).await;
    assert_eq!(headers["content-type"], "text/csv; charset=utf-8");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].ends_with(
        "position,license_sequence,recorded_at,event_type,actor,role,acted_by,person,source,import_id,line,row,text"
    ));
    assert!(
        lines[1].contains(",UserInvited,admin@school.example,admin,operator,bob@x.example,csv,"),
        "{text}"
    );
}

#[tokio::test]
async fn the_history_is_filtered_by_its_source_and_its_import() {
    let (service, position) = eventful().await;
    let all = audit(&service, &format!("min_position={position}")).await;
    for source in ["email", "csv", "list", "key", "api", "cli"] {
        let wanted: Vec<_> = all.iter().filter(|entry| entry["source"] == source).collect();
        assert_eq!(
            audit(&service, &format!("source={source}")).await.iter().collect::<Vec<_>>(),
            wanted,
            "{source}"
        );
    }
    let import = all.iter().find_map(|entry| entry["import_id"].as_str()).expect("an import");
    let wanted: Vec<_> = all.iter().filter(|entry| entry["import_id"] == import).collect();
    assert!(wanted.len() > 2);
    assert_eq!(audit(&service, &format!("import={import}")).await.iter().collect::<Vec<_>>(), wanted);
}

/// Server-sent events, one after the other.
struct Feed {
    body: BodyDataStream,
    rest: String,
}

impl Feed {
    async fn open(service: &Service, query: &str, last: Option<u64>) -> Self {
        Self::open_at(service, &format!("/api/v1/licenses/{{L}}/audit/feed?{query}"), last).await
    }

    async fn open_at(service: &Service, path: &str, last: Option<u64>) -> Self {
        let mut request = service.request(Method::GET, path, None);
        if let Some(last) = last {
            request = request.header("Last-Event-ID", last.to_string());
        }
        Self::of(&service.router, request.body(Body::empty()).expect("a request")).await
    }

    async fn of(router: &Router, request: Request<Body>) -> Self {
        let response = router.clone().oneshot(request).await.expect("an answer");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self { body: response.into_body().into_data_stream(), rest: String::new() }
    }

    /// The next event: its name, its id, its data. Nothing: the feed has ended.
    async fn next(&mut self) -> Option<(String, u64, Value)> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.rest = rest;
                let field =
                    |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
                let Some(name) = field("event:") else { continue };
                let id = field("id:").and_then(|id| id.parse().ok()).unwrap_or_default();
                let data = serde_json::from_str(field("data:").unwrap_or_default()).expect("JSON");
                return Some((name.to_owned(), id, data));
            }
            // Only what never comes takes so long.
            let more = tokio::time::timeout(Duration::from_mins(1), self.body.next()).await.expect("in time");
            self.rest.push_str(std::str::from_utf8(&more?.expect("a piece")).expect("text"));
        }
    }

    /// Events up to where all has been told.
    async fn caught_up(&mut self) -> Vec<Value> {
        let mut events = Vec::new();
        while let Some((name, id, data)) = self.next().await {
            if name == "caught_up" {
                assert_eq!(data["position"], json!(id));
                break;
            }
            assert_eq!((name.as_str(), &data["data"]["position"]), ("event", &json!(id)));
            events.push(data["data"].clone());
        }
        events
    }
}

#[tokio::test]
async fn a_feed_tells_each_event_in_order_from_any_position_and_then_what_comes() {
    let (service, position) = eventful().await;
    let all = audit(&service, &format!("min_position={position}")).await;
    let mut ended = Feed::open(&service, "follow=false", None).await;
    assert_eq!(ended.caught_up().await, all);
    assert!(ended.next().await.is_none(), "it was not to be followed");
    for after in [0, 1, position / 2, position] {
        let rest: Vec<_> =
            all.iter().filter(|entry| entry["position"].as_u64() > Some(after)).cloned().collect();
        let by_parameter =
            Feed::open(&service, &format!("follow=false&after={after}"), None).await.caught_up().await;
        let by_header = Feed::open(&service, "follow=false&after=1", Some(after)).await.caught_up().await;
        assert_eq!((&by_parameter, &by_header), (&rest, &rest), "behind {after}");
    }
    let mut live = Feed::open(&service, &format!("after={position}"), None).await;
    assert_eq!(live.caught_up().await, Vec::<Value>::new());
    for who in ["ann@school.example", "ben@x.example"] {
        let added = service.paste(who).await.position();
        let mut told = Vec::new();
        while told.last().is_none_or(|entry: &Value| entry["position"].as_u64() < Some(added)) {
            told.extend(live.caught_up().await);
        }
        assert!(told.iter().any(|entry| entry["person"]["email"] == who), "{told:?}");
        assert!(told.is_sorted_by_key(|entry| entry["position"].as_u64()));
    }
}

#[tokio::test]
async fn a_feed_of_few_says_how_far_it_is_and_one_from_elsewhere_is_refused() {
    let (service, position) = eventful().await;
    audit(&service, &format!("min_position={position}")).await;
    let mut few = Feed::open(&service, "follow=false&member=bob@x.example", None).await;
    let told = few.caught_up().await;
    let types: Vec<_> = told.iter().map(|entry| entry["event_type"].clone()).collect();
    assert_eq!(types, ["UserInvited", "InviteAccepted"]);
    let (_, _, text) = whole(&service, "/api/v1/licenses/{L}/audit/feed", ("Last-Event-ID", "soon")).await;
    assert!(text.contains("Last-Event-ID: \\\"soon\\\" is no position."), "{text}");
    let beyond = format!("/api/v1/licenses/{{L}}/audit/export?after={}", position + 1_000);
    service.get(&beyond, None).await.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
}

/// A day counts from its beginning to its end; whoever was erased is still found by the id that the history has of them.
#[tokio::test]
async fn the_history_is_asked_for_by_days_and_by_the_ids_of_people() {
    let (service, position) = eventful().await;
    let texts = async |query: &str| audit(&service, &format!("min_position={position}&{query}")).await;
    let all = texts("").await;
    let day = |item: &Value| item["recorded_at"].as_str().expect("a time")[..10].to_owned();
    let (first, last) = (day(&all[0]), day(&all[all.len() - 1]));
    assert_eq!(texts(&format!("from={first}&to={last}")).await, all);
    let before: chrono::NaiveDate = first.parse().expect("a day");
    let before = before.pred_opt().expect("a day");
    assert_eq!(texts(&format!("to={before}")).await, Vec::<Value>::new());
    for path in ["audit", "audit/export", "audit/feed"] {
        let said = service.get(&format!("/api/v1/licenses/{{L}}/{path}?from=yesterday"), None).await;
        said.refuses(StatusCode::UNPROCESSABLE_ENTITY, "invalid_request");
        let detail = said.text("detail");
        assert!(detail.contains("\"yesterday\" is not a day like 2026-09-01, or an instant"), "{detail}");
    }
    let said = service.get(&format!("/api/v1/licenses/{{L}}/audit?from={first}&to={before}"), None).await;
    let detail = said.text("detail");
    assert!(detail.contains(&format!("{first} is not before {before}")), "{detail}");
    let of_bob = texts("member=bob@x.example").await;
    let bob = of_bob[0]["person"]["subject_id"].as_str().expect("an id");
    assert!(of_bob.len() > 1);
    assert_eq!(texts(&format!("member={bob}")).await, of_bob);
    assert_eq!(texts(&format!("actor={bob}")).await, texts("actor=bob@x.example").await);
}

#[tokio::test]
async fn the_history_of_the_installation_is_filtered_exported_and_followed_as_those_of_licenses_are() {
    let (service, _) = eventful().await;
    let path = "/api/v1/installation/roles";
    for (email, role) in [("aud@x.example", "auditor"), ("sue@x.example", "support")] {
        let granted = service.post(path, None, json!({"email": email, "role": role})).await;
        assert_eq!(granted.status, StatusCode::OK, "{}", granted.body);
    }
    let revoked = json!({"email": "sue@x.example", "role": "support"});
    let position = service.post(&format!("{path}/revoke"), None, revoked).await.position();
    let path = "/api/v1/installation/audit";
    let texts = async |query: &str| -> Vec<String> {
        let page = service.get(&format!("{path}?order=oldest&min_position={position}&{query}"), None).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let items = page.body["items"].as_array().expect("items");
        items.iter().map(|item| item["event_type"].as_str().expect("a type").to_owned()).collect()
    };
    let granted = "InstallationRoleGranted";
    let revoked = "InstallationRoleRevoked";
    assert_eq!(texts("").await, [granted, granted, revoked]);
    assert_eq!(texts("member=sue@x.example").await, [granted, revoked]);
    assert_eq!(texts("type=InstallationRoleRevoked&actor=operator&source=api").await, [revoked]);
    assert_eq!(texts("actor=admin@school.example").await, Vec::<String>::new());
    let query = "member=sue@x.example";
    let all = service.get(&format!("{path}?order=oldest&{query}"), None).await.body["items"].clone();
    let (_, headers, text) = whole(&service, &format!("{path}/export?{query}"), ("Accept", "*/*")).await;
    assert_eq!(headers["seatbook-position"], position.to_string().as_str());
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.iter().map(|line| line["data"].clone()).collect::<Value>(), all);
    assert!(lines.iter().all(|line| line["source"] == "/api/v1/installation"), "{text}");
    let (_, _, text) = whole(&service, &format!("{path}/export"), ("Accept", "text/csv")).await;
    assert_eq!(text.lines().count(), 4, "{text}");
    let feed = format!("{path}/feed?follow=false&{query}");
    let told = Feed::open_at(&service, &feed, None).await.caught_up().await;
    assert_eq!(Value::from(told), all);
}

/// One function answers for the API and for pages.
#[tokio::test]
async fn why_is_told_on_the_page_of_a_person_as_it_is_by_the_api() {
    let (service, position) = eventful().await;
    let network = api::network::router(service.state.clone());
    let cookie = service.session(ADMIN).await;
    for who in ["zoe@school.example", "bob@x.example", "kim@x.example", "nobody@x.example"] {
        let why = format!("/api/v1/licenses/{{L}}/why?email={who}&min_position={position}");
        let sentence = service.get(&why, None).await.text("sentence");
        let page = format!("/licenses/{}/why?email={who}", service.license);
        let request = Request::get(page).header("Host", "localhost").header("Cookie", &cookie);
        let mut answer = send_to(&network, request.body(Body::empty()).expect("a request")).await;
        if answer.status == StatusCode::SEE_OTHER {
            let to = answer.location.expect("where they are shown");
            let request = Request::get(to).header("Host", "localhost").header("Cookie", &cookie);
            answer = send_to(&network, request.body(Body::empty()).expect("a request")).await;
        }
        let page = answer.body.as_str().expect("a page");
        assert!(page.contains(&format!("<p class=\"why\">{sentence}</p>")), "{sentence}\n{page}");
    }
}

/// Over the network, by a token.
async fn by_token(service: &Service, network: &Router, path: &str, who: &str) -> Feed {
    let request = Request::get(path.replace("{L}", &service.license)).header("Host", "localhost");
    let request = request.header("Authorization", format!("Bearer {}", service.token(who, &["read"]).await));
    Feed::of(network, request.body(Body::empty()).expect("a request")).await
}

#[tokio::test]
async fn who_may_no_longer_look_is_told_nothing_more_on_a_feed_that_stands_open() {
    let (service, position) = eventful().await;
    let network = api::network::router(service.state.clone());
    for who in ["one@x.example", "two@x.example", "three@x.example"] {
        service.post("/api/v1/licenses/{L}/admins", None, json!({"email": who})).await;
    }
    let path = format!("/api/v1/licenses/{{L}}/audit/feed?after={position}");
    let mut revoked = by_token(&service, &network, &path, "one@x.example").await;
    let mut demoted = by_token(&service, &network, &path, "two@x.example").await;
    let mut erased = by_token(&service, &network, &path, "three@x.example").await;
    for feed in [&mut revoked, &mut demoted, &mut erased] {
        feed.caught_up().await;
    }
    let mine = service.get("/api/v1/tokens", Some("one@x.example")).await;
    let revoke =
        format!("/api/v1/tokens/{}/revoke", mine.body["items"][0]["token_id"].as_str().expect("an id"));
    assert_eq!(service.post(&revoke, Some("one@x.example"), json!({})).await.status, StatusCode::NO_CONTENT);
    service.post("/api/v1/licenses/{L}/admins/revoke", None, json!({"email": "two@x.example"})).await;
    service.post("/api/v1/erasures", None, json!({"email": "three@x.example"})).await;
    // That long somebody may be told more.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    // Who follows where nothing happens is told, too: of these three, one is heard before anything comes.
    let (name, _, problem) = revoked.next().await.expect("it is told why");
    assert_eq!((name.as_str(), &problem["code"]), ("failed", &json!("sign_in_first")), "{problem}");
    service.paste("late@school.example").await;
    let why = ["unknown_license", "sign_in_first"];
    for (mut feed, why) in [demoted, erased].into_iter().zip(why) {
        let mut last = None;
        while let Some((name, _, data)) = feed.next().await {
            assert!(!data.to_string().contains("late@school.example"), "{data}");
            last = Some((name, data));
        }
        let (name, problem) = last.expect("it is told why");
        assert_eq!((name.as_str(), &problem["code"]), ("failed", &json!(why)), "{problem}");
    }
}

/// Every answer that is made as it is taken: of the history, of the lists, of the signed log.
#[tokio::test]
async fn a_file_breaks_off_once_its_reader_may_no_longer_have_it() {
    let service = Service::start(3_000).await;
    let people: String = (0..2_500).map(|n| format!("p{n}@school.example\n")).collect();
    let position = service.paste(&people).await.position();
    service.users(position, "&limit=1").await;
    let network = api::network::router(service.state.clone());
    service.post("/api/v1/licenses/{L}/admins", None, json!({"email": "one@x.example"})).await;
    let mut begun = Vec::new();
    for path in ["audit/export", "log/export?people=true"] {
        let token = format!("Bearer {}", service.token("one@x.example", &["read"]).await);
        let path = format!("/api/v1/licenses/{}/{path}", service.license);
        for keeps in [true, false] {
            let who = if keeps { service.token(ADMIN, &["read"]).await } else { String::new() };
            let by = if keeps { format!("Bearer {who}") } else { token.clone() };
            let request = Request::get(&path).header("Host", "localhost").header("Authorization", by);
            let answer = network.clone().oneshot(request.body(Body::empty()).expect("a request")).await;
            let answer = answer.expect("an answer");
            if answer.status() == StatusCode::NOT_FOUND {
                // Where no key is kept beside the database, nothing is signed here.
                continue;
            }
            assert_eq!(answer.status(), StatusCode::OK, "{path}");
            let mut parts = answer.into_body().into_data_stream();
            parts.next().await.expect("it begins").expect("a part");
            begun.push((path.clone(), keeps, parts));
        }
    }
    service.post("/api/v1/licenses/{L}/admins/revoke", None, json!({"email": "one@x.example"})).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert!(begun.len() >= 2, "none has begun");
    for (path, keeps, mut parts) in begun {
        let mut ended_well = true;
        while let Some(part) = parts.next().await {
            ended_well = part.is_ok();
        }
        assert_eq!(ended_well, keeps, "{path}");
    }
}

#[tokio::test]
async fn a_feed_ends_when_the_service_does() {
    let (service, position) = eventful().await;
    let mut live = Feed::open(&service, &format!("after={position}"), None).await;
    assert_eq!(live.caught_up().await, Vec::<Value>::new());
    let next = tokio::spawn(async move { live.next().await });
    let Service { router, state, place, .. } = service;
    drop(router);
    state.close().await;
    assert!(next.await.expect("no panic").is_none());
    drop(place);
}
