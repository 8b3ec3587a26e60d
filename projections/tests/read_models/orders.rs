//! Whatever happened: a rebuild, pages of any size, and a fold without our code all say the same.

use std::collections::BTreeMap;

use commands::{CommandError, Reply, erase_subject::EraseOrder};
use domain::{
    DeclineReason, Digest, ErasureBasis, ImportMode, KeyId, LicenseId, LicenseKey, LicenseName, MailDomain,
    Plan,
};
use eventlog::Recorded;
use projections::{
    Known, MODELS, News,
    members::{Member, MembersQuery, Sort, StatusCounts, Total},
    model::Tables,
    rebuild::Then,
    sql::Conn,
    values,
};
use proptest::{collection::vec, prelude::*, sample::select};
use rusqlite::{Connection, types::Value};
use tokio::runtime::Runtime;

use crate::{
    house::{ADA, House, by, email, on_postgres, operator, today},
    naive::{self, Person},
    search, spans,
};

/// One of twelve people, half of them in the admin's domain.
type Somebody = usize;

#[derive(Debug, Clone)]
enum Order {
    Import(ImportMode, Vec<Somebody>),
    Accept(Somebody),
    Decline(Somebody, DeclineReason),
    Close(Somebody),
    Reopen(Somebody),
    Join(Somebody),
    Leave(Somebody),
    Withdraw(Somebody),
    Seats(u64),
    Plan(Plan),
    Expire(bool),
    Rename(u8),
    Admin(Somebody, bool),
    Domain(Somebody, bool),
    Key(Option<u64>),
    ShowKey,
    RevokeKey,
    Erase(Somebody),
}

fn order() -> impl Strategy<Value = Order> {
    // Some turn up often, so that one order follows another's.
    let who = || prop_oneof![4 => 0..4_usize, 1 => 4..12_usize];
    let admin = || 0..2_usize;
    prop_oneof![
        10 => (select(vec![ImportMode::Add, ImportMode::Invite, ImportMode::Remove]), vec(who(), 1..6))
            .prop_map(|(mode, people)| Order::Import(mode, people)),
        5 => who().prop_map(Order::Accept),
        3 => (who(), select(DeclineReason::ALL.to_vec())).prop_map(|(who, why)| Order::Decline(who, why)),
        3 => who().prop_map(Order::Close),
        3 => who().prop_map(Order::Reopen),
        2 => who().prop_map(Order::Join),
        2 => who().prop_map(Order::Leave),
        2 => who().prop_map(Order::Withdraw),
        1 => (0..12_u64).prop_map(Order::Seats),
        1 => select(vec![Plan::Paid, Plan::Paid, Plan::Paid, Plan::Free]).prop_map(Order::Plan),
        1 => select(vec![false, false, false, true]).prop_map(Order::Expire),
        1 => any::<u8>().prop_map(Order::Rename),
        2 => (admin(), any::<bool>()).prop_map(|(who, is)| Order::Admin(who, is)),
        4 => (admin(), any::<bool>()).prop_map(|(who, is)| Order::Domain(who, is)),
        1 => proptest::option::of(0..3_u64).prop_map(Order::Key),
        1 => Just(Order::ShowKey),
        1 => Just(Order::RevokeKey),
        2 => who().prop_map(Order::Erase),
    ]
}

fn address(who: Somebody) -> String {
    format!("Person{who}@{}.example", if who.is_multiple_of(2) { "school" } else { "x" })
}

/// A license, with its newest key.
struct Bought {
    id: LicenseId,
    key: LicenseKey,
}

async fn newest_key(house: &House, id: LicenseId) -> KeyId {
    let shown = house.read(move |conn| projections::licenses::license(conn, id, today())).await;
    shown.expect("the license").keys[0].key_id
}

async fn run(house: &House, bought: &mut Bought, order: Order) -> Result<(), CommandError> {
    let (commands, id) = (&house.commands, bought.id);
    let person = |who: Somebody| by(&address(who));
    let named = |who: Somebody| email(&address(who));
    let domain = MailDomain::parse("x.example").expect("a domain");
    let _: Reply = match order {
        Order::Import(mode, people) => {
            let people: Vec<String> = people.into_iter().map(address).collect();
            return house.import(&by(ADA), id, mode, &people.join(", ")).await.map(|_| ());
        }
        Order::Accept(who) => commands.accept_invite(&person(who), id).await?,
        Order::Decline(who, why) => commands.decline_invite(&person(who), id, why).await?,
        Order::Close(who) => commands.close_notification(&person(who), id).await?,
        Order::Reopen(who) => commands.reopen_notification(&person(who), id).await?,
        Order::Join(who) => commands.join_with_key(&person(who), &bought.key.reveal()).await?.1,
        Order::Leave(who) => commands.leave_license(&person(who), id).await?,
        Order::Withdraw(who) => commands.withdraw_invite(&by(ADA), id, &named(who)).await?,
        Order::Seats(seats) => commands.change_seat_limit(&operator(), id, seats).await?,
        Order::Plan(plan) => commands.change_plan(&operator(), id, plan).await?,
        Order::Expire(over) => {
            let ends = if over { today().pred_opt() } else { None };
            commands.change_term(&operator(), id, ends).await?
        }
        Order::Rename(n) => {
            let name = LicenseName::parse(&format!("License {n}")).expect("a name");
            commands.rename_license(&by(ADA), id, name).await?
        }
        Order::Admin(who, true) => commands.grant_admin(&operator(), id, &named(who)).await?,
        Order::Admin(who, false) => commands.revoke_admin(&operator(), id, &named(who)).await?,
        Order::Domain(who, true) => commands.grant_domain(&operator(), id, &named(who), domain).await?,
        Order::Domain(who, false) => commands.revoke_domain(&operator(), id, &named(who), domain).await?,
        Order::Key(limit) => {
            let (reply, key) = commands.issue_key(&operator(), id, limit, None).await?;
            bought.key = key.expect("a new key");
            reply
        }
        Order::Erase(who) => {
            let order = EraseOrder { email: named(who), basis: ErasureBasis::Request };
            return commands.erase_subject(&operator(), &order).await.map(|_| ());
        }
        Order::ShowKey => {
            return commands.show_key(&by(ADA), id, newest_key(house, id).await).await.map(|_| ());
        }
        Order::RevokeKey => commands.revoke_key(&operator(), id, newest_key(house, id).await).await?,
    };
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if on_postgres() { 5 } else { 30 }, failure_persistence: None, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happened_every_way_to_read_it_says_the_same(
        orders in vec((0..3_usize, order()), 120),
        pages in vec(1..40_usize, 1..20),
    ) {
        Runtime::new().expect("a runtime").block_on(async {
            let house = House::open().await;
            let mut licenses = Vec::new();
            for seats in [3, 6, 40] {
                let (id, key) = house.license(&format!("For {seats}"), seats).await;
                licenses.push(Bought { id, key });
            }
            for (license, order) in orders {
                match run(&house, &mut licenses[license], order).await {
                    Ok(()) | Err(CommandError::Refused { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            house.settled().await;
            let live = searches(&house, &licenses).await;
            for model in MODELS {
                assert_eq!(house.state_of(model.name()), (house.head(), None), "{}", model.name());
                let rebuilt = house.projector().rebuild(model.name(), Then::Swap).await.expect("a rebuild");
                assert!(rebuilt.equal, "{}", model.name());
            }
            assert_eq!(searches(&house, &licenses).await, live, "searches, rebuilt");
            if !on_postgres() {
                pages_of_any_size_are_all_at_once(&house, &pages).await;
            }
            for license in licenses {
                the_list_is_what_a_naive_fold_says(&house, license.id).await;
                spans::any_moment_is_what_a_fold_says(&house, license.id).await;
            }
        });
    }
}

async fn searches(house: &House, licenses: &[Bought]) -> Vec<(Vec<String>, Total)> {
    let mut answers = Vec::new();
    for license in licenses {
        answers.extend(search::answers(house, license.id).await);
    }
    answers
}

async fn pages_of_any_size_are_all_at_once(house: &House, sizes: &[usize]) {
    let stored = house.log.read_stored(0, 1_000_000).await.expect("the log").events;
    let events: Vec<(Recorded, Digest)> =
        stored.iter().map(|event| (event.read().expect("an event"), event.entry().leaf())).collect();
    let (whole, paged) = (beside(house), beside(house));
    apply(&whole, &events);
    let (mut rest, mut sizes) = (&events[..], sizes.iter().cycle());
    while !rest.is_empty() {
        let size = *sizes.next().expect("a size");
        let (page, after) = rest.split_at(size.min(rest.len()));
        apply(&paged, page);
        rest = after;
    }
    for table in MODELS.iter().flat_map(|model| model.tables()) {
        let live = dump(&house.files().await, table);
        assert_eq!(dump(&whole, table), live, "{table}, all at once");
        assert_eq!(dump(&paged, table), live, "{table}, in pages");
    }
}

/// Empty read models in memory; the directory is that of the house.
fn beside(house: &House) -> Connection {
    let conn = Connection::open_in_memory().expect("memory");
    conn.execute("ATTACH ? AS house", [house.path().to_str()]).expect("the house");
    for (generation, model) in (1..).zip(MODELS) {
        model.create(&Conn::from(&conn), Tables { suffix: "", generation }).expect("tables");
    }
    conn
}

fn apply(conn: &Connection, page: &[(Recorded, Digest)]) {
    let (events, leaves): (Vec<Recorded>, Vec<Option<Digest>>) =
        page.iter().map(|(event, leaf)| (event.clone(), Some(*leaf))).unzip();
    let tables = Tables { suffix: "", generation: 0 };
    conn.execute_batch("BEGIN").expect("a transaction");
    let here = Conn::from(conn);
    let known = Known::of(&here, &events).expect("a log");
    for model in MODELS {
        let news = News { events: &events, leaves: &leaves, known: &known };
        model.apply(&here, tables, news).expect("events that fit");
    }
    conn.execute_batch("COMMIT").expect("a commit");
}

fn dump(conn: &Connection, table: &str) -> Vec<String> {
    let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).expect("a table");
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect());
    let rows =
        rows.expect("rows").map(|row: rusqlite::Result<Vec<Value>>| format!("{:?}", row.expect("a row")));
    let mut rows: Vec<String> = rows.collect();
    rows.sort();
    rows
}

async fn the_list_is_what_a_naive_fold_says(house: &House, license: LicenseId) {
    let query = MembersQuery { sort: Sort::Added, limit: 500, ..MembersQuery::default() };
    let list = house.list(license, query).await.items;
    let folded = house.read(|conn| Ok(naive::everybody(conn)?)).await;
    let mut expected: BTreeMap<_, _> = folded.into_iter().filter(|(_, p)| p.license == license.0).collect();
    expected.retain(|_, person| person.status.is_some());
    let shown: BTreeMap<_, _> = list.iter().map(|m| (m.member_id.0, person(license, m))).collect();
    assert_eq!(shown, expected);

    let detail =
        house.read(|conn| projections::licenses::license(conn, license, today())).await.expect("the license");
    let n = |status: &str| expected.values().filter(|p| p.status == Some(status)).count() as u64;
    let counts = StatusCounts { accepted: n("accepted"), invited: n("invited"), rejected: n("rejected") };
    assert_eq!(detail.summary.counts, counts);
    let held: u64 = house
        .read(|conn| {
            let sql = "SELECT taken FROM seat_pools WHERE id = ?";
            Ok(conn.value(sql, values![license.0])?.expect("a row"))
        })
        .await;
    assert_eq!(detail.summary.seats.held, held, "the log counts seats, too");
    let open: u64 = house
        .read(|conn| {
            let sql =
                "SELECT count(*) FROM invites WHERE license = (SELECT id FROM licenses WHERE license_id = ?)";
            Ok(conn.value(sql, values![license.0])?.expect("a row"))
        })
        .await;
    assert_eq!(open, counts.invited);
}

fn person(license: LicenseId, member: &Member) -> Person {
    let admission = ["domain_admin", "invite", "license_key"];
    Person {
        license: license.0,
        email: member.email.clone().unwrap_or_default(),
        status: member.status.map(domain::Status::as_str),
        admission: admission.into_iter().find(|word| member.admission.as_deref() == Some(word)),
        reason: member.decline_reason.clone(),
        closed: member.notification_closed,
        attempts: member.attempts.into(),
        refused: member.refused.clone(),
    }
}
