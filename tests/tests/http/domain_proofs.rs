//! A mail domain is proved by a record in DNS, which a real server answers.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use api::{dns::Dns, front::Front, mail::Mail};
use axum::{
    Router,
    body::Body,
    http::{Method, StatusCode},
};
use hickory_server::{
    Server,
    net::runtime::TokioRuntimeProvider,
    proto::rr::{
        Name, RData, Record,
        rdata::{SOA, TXT},
    },
    store::in_memory::InMemoryZoneHandler,
    zone_handler::{AxfrPolicy, Catalog, ZoneType},
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::net::{TcpListener, UdpSocket};

use crate::service::{ADMIN, Answer, Service, send_to};

const PROOFS: &str = "/api/v1/licenses/{L}/domains/proofs";

/// A server for one zone.
struct Zone {
    at: SocketAddr,
    records: Arc<InMemoryZoneHandler<TokioRuntimeProvider>>,
    _server: Server<Catalog>,
}

fn name(text: &str) -> Name {
    Name::from_ascii(format!("{text}.")).expect("a name")
}

impl Zone {
    async fn of(origin: &str) -> Self {
        let origin = name(origin);
        let mut zone = InMemoryZoneHandler::empty(origin.clone(), ZoneType::Primary, AxfrPolicy::Deny);
        let soa = SOA::new(origin.clone(), origin.clone(), 1, 60, 60, 60, 60);
        assert!(zone.upsert_mut(Record::from_rdata(origin.clone(), 60, RData::SOA(soa)), 1));
        let zone = Arc::new(zone);
        let mut catalog = Catalog::new();
        catalog.upsert(origin.into(), vec![Arc::clone(&zone) as _]);
        let mut server = Server::new(catalog);
        let (at, udp, tcp) = Self::sockets().await;
        server.register_socket(udp);
        server.register_listener(tcp, Duration::from_secs(30), 65_535);
        Self { at, records: zone, _server: server }
    }

    /// One port for both ways.
    async fn sockets() -> (SocketAddr, UdpSocket, TcpListener) {
        loop {
            let udp = UdpSocket::bind(("127.0.0.1", 0)).await.expect("a port");
            let at = udp.local_addr().expect("its address");
            if let Ok(tcp) = TcpListener::bind(at).await {
                return (at, udp, tcp);
            }
        }
    }

    /// Puts a TXT record there; its text may come in pieces.
    async fn put(&self, at: &str, pieces: &[&str]) {
        let text = TXT::new(pieces.iter().map(ToString::to_string).collect());
        assert!(self.records.upsert(Record::from_rdata(name(at), 60, RData::TXT(text)), 2).await);
    }

    /// Takes every record of a name away.
    async fn clear(&self, at: &str) {
        self.records.records_mut().await.retain(|key, _| *key.name() != name(at).into());
    }
}

/// A service that looks there, and who asks it.
struct School {
    service: Service,
    router: Router,
    _letters: TempDir,
}

impl School {
    async fn looking_at(servers: Vec<SocketAddr>) -> Self {
        let service = Service::start(10).await;
        let letters = tempfile::tempdir().expect("a folder");
        let mut front = Front::local(Mail::folder(letters.path().to_owned()));
        front.dns = Dns::at(servers);
        let router = api::app::router(service.state.clone().with_front(front));
        Self { service, router, _letters: letters }
    }

    async fn post(&self, path: &str, who: Option<&str>, body: Value) -> Answer {
        let request =
            self.service.request(Method::POST, path, who).header("Content-Type", "application/json");
        send_to(&self.router, request.body(Body::from(body.to_string())).expect("a request")).await
    }

    /// Asks for a record: its name and its text.
    async fn asked(&self, path: &str, who: &str, domain: &str) -> (String, String) {
        let asked = self.post(path, Some(who), json!({"domain": domain})).await;
        assert_eq!(
            (asked.status, asked.text("state")),
            (StatusCode::OK, "awaited".to_owned()),
            "{}",
            asked.body
        );
        (asked.text("record"), asked.text("value"))
    }

    async fn check(&self, who: &str, domain: &str) -> Answer {
        self.post(&format!("{PROOFS}/check"), Some(who), json!({"domain": domain})).await
    }

    async fn admin(&self, who: &str) {
        let done = self.service.post("/api/v1/licenses/{L}/admins", None, json!({"email": who})).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.body);
    }

    async fn listed(&self) -> Vec<String> {
        let list = self.service.get(PROOFS, Some(ADMIN)).await;
        let items = list.body["items"].as_array().expect("items").iter();
        let text = |item: &Value, field: &str| item[field].as_str().expect("text").to_owned();
        items
            .map(|it| format!("{} {} {}", text(it, "email"), text(it, "domain"), text(it, "state")))
            .collect()
    }

    /// What becomes of somebody whom an admin adds.
    async fn added(&self, who: &str, address: &str) -> String {
        let done = self.service.send_text("/api/v1/licenses/{L}/users", who, "text/plain", address).await;
        let list = self.service.users(done.position(), "").await;
        list.people().into_iter().find(|person| person.starts_with(address)).expect("they are there")
    }
}

#[tokio::test]
async fn an_admin_proves_a_domain_and_the_people_in_it_join_at_once() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    assert_eq!(school.added(ADMIN, "ada@river.example").await, "ada@river.example invited");
    let (record, value) = school.asked(PROOFS, ADMIN, "River.example").await;
    assert_eq!(record, "_seatbook-challenge.river.example");
    assert!(value.starts_with("seatbook-domain-proof=") && value.len() == 65, "{value}");
    assert_eq!(school.listed().await, [format!("{ADMIN} river.example awaited")]);

    let before = school.check(ADMIN, "river.example").await;
    before.refuses(StatusCode::CONFLICT, "proof_not_found");
    for part in [record.as_str(), &value, "there is none by that name"] {
        assert!(before.text("detail").contains(part), "{}", before.body);
    }
    zone.put(&record, &[&value]).await;
    let done = school.check(ADMIN, "river.example").await;
    assert_eq!((done.status, done.text("code")), (StatusCode::OK, "changed".to_owned()), "{}", done.body);
    assert_eq!(school.added(ADMIN, "bob@river.example").await, "bob@river.example accepted");
    assert_eq!(school.listed().await, [format!("{ADMIN} river.example proved")]);

    let audit = format!("/api/v1/licenses/{{L}}/audit?min_position={}", done.position());
    let audit = school.service.get(&audit, None).await;
    let told = format!("{ADMIN} showed by the TXT record {record} that river.example is theirs");
    let text = audit.body.to_string();
    assert!(text.contains(&told), "{text}");
}

#[tokio::test]
async fn a_proof_is_looked_at_again_and_what_was_granted_stays_until_it_is_taken_back() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    let (record, value) = school.asked(PROOFS, ADMIN, "river.example").await;
    zone.put(&record, &[&value]).await;
    school.check(ADMIN, "river.example").await;
    let asked = school.post(PROOFS, Some(ADMIN), json!({"domain": "river.example"})).await;
    let stands = (&asked.body["state"], &asked.body["value"]);
    assert_eq!(stands, (&json!("proved"), &json!(value)), "another one would be looked for by nobody");
    assert_eq!(school.listed().await.len(), 1, "and nothing more is awaited");
    let again = school.check(ADMIN, "river.example").await;
    assert_eq!(again.text("code"), "unchanged", "{}", again.body);
    assert!(again.text("detail").contains("still there"), "{}", again.body);

    school.admin("second@school.example").await;
    let of_other = json!({"domain": "river.example", "email": ADMIN});
    let by_other =
        school.post(&format!("{PROOFS}/check"), Some("second@school.example"), of_other.clone()).await;
    assert_eq!(by_other.text("code"), "unchanged", "{}", by_other.body);

    zone.clear(&record).await;
    let gone = school.post(&format!("{PROOFS}/check"), None, of_other).await;
    gone.refuses(StatusCode::CONFLICT, "proof_gone");
    assert_eq!(school.added(ADMIN, "bob@river.example").await, "bob@river.example accepted");

    let revoke = json!({"email": ADMIN, "domain": "river.example"});
    school.service.post("/api/v1/licenses/{L}/domains/revoke", None, revoke).await;
    assert_eq!(school.listed().await, Vec::<String>::new());
    school.check(ADMIN, "river.example").await.refuses(StatusCode::CONFLICT, "no_proof_awaited");
    let (_, another) = school.asked(PROOFS, ADMIN, "river.example").await;
    assert_ne!(another, value, "what stood there once proves nothing any more");
}

#[tokio::test]
async fn a_record_counts_for_the_admin_the_license_and_the_domain_that_it_was_drawn_for() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    school.admin("second@school.example").await;
    let other = json!({"name": "Lakeside", "seats": 3, "admin": ADMIN});
    let other = school.service.post("/api/v1/licenses", None, other).await.text("license_id");
    let elsewhere = PROOFS.replace("{L}", &other);
    let (record, own) = school.asked(PROOFS, ADMIN, "river.example").await;
    let (_, of_second) = school.asked(PROOFS, "second@school.example", "river.example").await;
    let (_, on_other) = school.asked(&elsewhere, ADMIN, "river.example").await;
    let (below, of_below) = school.asked(PROOFS, ADMIN, "a.river.example").await;
    assert_eq!(below, "_seatbook-challenge.a.river.example");
    for wrong in [&of_second, &on_other, &of_below, &own.to_uppercase(), &own[..60], &format!("{own} ")] {
        zone.put(&record, &[wrong]).await;
    }
    zone.put("river.example", &[&own]).await;
    zone.put(&below, &[&own]).await;
    let answer = school.check(ADMIN, "river.example").await;
    answer.refuses(StatusCode::CONFLICT, "proof_not_found");
    assert!(answer.text("detail").contains("there are 6 with other texts"), "{}", answer.body);
    assert_eq!(school.added(ADMIN, "ada@river.example").await, "ada@river.example invited");

    // In pieces, and among many: the answer is too long for one packet.
    for n in 0..40 {
        zone.put(&record, &[&format!("something else that somebody wanted to be known: {n}")]).await;
    }
    let (first, second) = own.split_at(30);
    zone.put(&record, &[first, second]).await;
    assert_eq!(school.check(ADMIN, "river.example").await.text("code"), "changed");
    // The second admin's stands there, too, and so does that of the other license: each counts for its own.
    assert_eq!(school.check("second@school.example", "river.example").await.text("code"), "changed");
    let elsewhere = format!("{elsewhere}/check");
    let on_other = school.post(&elsewhere, Some(ADMIN), json!({"domain": "river.example"})).await;
    assert_eq!(on_other.text("code"), "changed", "two licenses may administer one domain");
}

#[tokio::test]
async fn asked_again_the_record_is_the_same_and_a_repeated_order_is_answered_as_the_first_was() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    let (record, value) = school.asked(PROOFS, ADMIN, "river.example").await;
    assert_eq!(school.asked(PROOFS, ADMIN, "@RIVER.example").await, (record.clone(), value.clone()));
    zone.put(&record, &[&value]).await;
    let mut answers = Vec::new();
    for _ in 0..2 {
        let request = school.service.request(Method::POST, &format!("{PROOFS}/check"), Some(ADMIN));
        let request = request.header("Content-Type", "application/json").header("Idempotency-Key", "once");
        let body = Body::from(json!({"domain": "river.example"}).to_string());
        answers.push(send_to(&school.router, request.body(body).expect("a request")).await.body);
    }
    assert_eq!(answers[0]["code"], "changed", "{}", answers[0]);
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn what_nobody_can_prove_and_who_can_prove_nothing_is_told() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    let ask =
        async |who: Option<&str>, domain: &str| school.post(PROOFS, who, json!({"domain": domain})).await;
    for domain in ["co.uk", "github.io", "gmail.com", "GMX.de"] {
        let refused = ask(Some(ADMIN), domain).await;
        refused.refuses(StatusCode::CONFLICT, "domain_not_provable");
        assert!(refused.text("detail").contains(&domain.to_lowercase()), "{}", refused.body);
    }
    for domain in ["school", "exam_ple.org", "192.0.2.1", ""] {
        let refused = ask(Some(ADMIN), domain).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.body);
    }
    ask(Some("stranger@else.example"), "river.example").await.refuses(StatusCode::FORBIDDEN, "not_permitted");
    assert_eq!(
        ask(None, "river.example").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "it needs a person"
    );
    school.check(ADMIN, "river.example").await.refuses(StatusCode::CONFLICT, "no_proof_awaited");

    // Who is no admin any more gets nothing, although the record is there.
    school.admin("second@school.example").await;
    let (record, value) = school.asked(PROOFS, "second@school.example", "river.example").await;
    zone.put(&record, &[&value]).await;
    let for_second = json!({"domain": "river.example", "email": "second@school.example"});
    let by_another = school.post(&format!("{PROOFS}/check"), Some(ADMIN), for_second).await;
    by_another.refuses(StatusCode::CONFLICT, "no_proof_awaited");
    let revoke = json!({"email": "second@school.example"});
    school.service.post("/api/v1/licenses/{L}/admins/revoke", None, revoke).await;
    let late = school.check("second@school.example", "river.example").await;
    late.refuses(StatusCode::FORBIDDEN, "not_permitted");
    assert_eq!(school.listed().await, ["second@school.example river.example awaited"]);
}

#[tokio::test]
async fn a_record_that_is_not_wanted_is_dropped_and_counts_for_nothing_any_more() {
    let zone = Zone::of("river.example").await;
    let school = School::looking_at(vec![zone.at]).await;
    let drop = async |who: &str, of: Value| school.post(&format!("{PROOFS}/drop"), Some(who), of).await;
    let river = json!({"domain": "river.example"});
    let (record, value) = school.asked(PROOFS, ADMIN, "river.example").await;
    zone.put(&record, &[&value]).await;
    drop("stranger@else.example", river.clone()).await.refuses(StatusCode::FORBIDDEN, "not_permitted");
    assert_eq!(drop(ADMIN, river.clone()).await.status, StatusCode::NO_CONTENT);
    drop(ADMIN, river.clone()).await.refuses(StatusCode::CONFLICT, "no_proof_awaited");
    school.check(ADMIN, "river.example").await.refuses(StatusCode::CONFLICT, "no_proof_awaited");
    assert_eq!(school.listed().await, Vec::<String>::new());
    let (_, another) = school.asked(PROOFS, ADMIN, "river.example").await;
    assert_ne!(another, value);

    // That of another admin, who may have gone; each has one of their own.
    school.admin("second@school.example").await;
    school.asked(PROOFS, "second@school.example", "river.example").await;
    let of_second = json!({"domain": "river.example", "email": "second@school.example"});
    assert_eq!(drop(ADMIN, of_second).await.status, StatusCode::NO_CONTENT);
    assert_eq!(school.listed().await, [format!("{ADMIN} river.example awaited")]);

    // What was proved stays.
    zone.put(&record, &[&another]).await;
    assert_eq!(school.check(ADMIN, "river.example").await.text("code"), "changed");
    drop(ADMIN, river).await.refuses(StatusCode::CONFLICT, "no_proof_awaited");
    assert_eq!(school.listed().await, [format!("{ADMIN} river.example proved")]);
}

#[tokio::test]
async fn where_the_servers_say_nothing_nothing_changes() {
    let zone = Zone::of("river.example").await;
    // It answers for one zone; and one that nobody answers at.
    let (nobody, udp, tcp) = Zone::sockets().await;
    drop((udp, tcp));
    for (server, domain) in [(zone.at, "lake.example"), (nobody, "river.example")] {
        let school = School::looking_at(vec![server]).await;
        school.asked(PROOFS, ADMIN, domain).await;
        school.check(ADMIN, domain).await.refuses(StatusCode::BAD_GATEWAY, "dns_away");
        assert_eq!(school.listed().await, [format!("{ADMIN} {domain} awaited")]);
    }
}
