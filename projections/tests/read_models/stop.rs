//! What can't be applied stops its read model, for everybody to see, and nobody else.

use domain::{LicenseId, LicenseName};
use eventlog::Position;
use projections::{MODELS, QueryError, members::MembersQuery, rebuild::Then, status};
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::house::{ADA, House, both_files, by, lines};

/// Ends everything, changes the files from outside, and opens them again, with a projector.
async fn reopen(house: House, change: impl FnOnce(&Connection)) -> House {
    let place = house.close().await;
    change(&both_files(&place));
    let mut house = House::at(place).await;
    house.start().await;
    house
}

/// Appends an event of a new membership, as a broken or a newer program might.
fn append(conn: &Connection, license: LicenseId, event_type: &str, version: &str) {
    let metadata = format!(
        r#"{{"actor":"{0}","request_id":"{0}","role":"member","source":"api"}}"#,
        Uuid::nil().hyphenated()
    );
    let sql = "INSERT INTO events SELECT max(position) + 1, 'membership', ?1, 1, ?2, ?3, ?4, ?5, ?6, ?7,
               (SELECT max(license_sequence) + 1 FROM events WHERE license_id = ?7), max(recorded_at) FROM events";
    let payload = format!(r#"{{"{event_type}":{{}}}}"#);
    let ids = (Uuid::now_v7(), Uuid::now_v7());
    conn.execute(sql, params![ids.0, event_type, version, payload, metadata, ids.1, license.0])
        .expect("the event");
}

async fn rename(house: &House, license: LicenseId) -> Position {
    let name = LicenseName::parse(&format!("Named at {}", house.head())).expect("a name");
    house.commands.rename_license(&by(ADA), license, name).await.expect("renamed").position
}

#[tokio::test]
async fn an_event_that_fits_nothing_stops_who_needs_it_right_before_and_nobody_else() {
    let house = House::without_projector().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@x.example").await;
    let before = house.head();
    let house = reopen(house, |conn| append(conn, license, "InviteAccepted", "1")).await;
    let later = rename(&house, license).await;
    house.settled().await;
    for name in ["members", "invites"] {
        let (position, stopped) = house.state_of(name);
        assert_eq!(position, before, "{name}: what stands before the event is in it");
        let why = stopped.unwrap();
        assert!(why.starts_with(&format!("event {}: ", before + 1)), "{why}");
        let waits = house.projector().reached(name, later).await;
        assert!(matches!(waits, Err(QueryError::Stopped { .. })), "{waits:?}");
        house.projector().reached(name, before).await.unwrap();
    }
    for name in ["licenses", "imports", "audit"] {
        assert_eq!(house.state_of(name), (later, None), "{name}");
        house.projector().reached(name, later).await.unwrap();
    }
    let page =
        house.query(|conn| MembersQuery { limit: 9, ..MembersQuery::default() }.run(conn, license)).unwrap();
    assert_eq!(page.position, before);
    assert_eq!(lines(&page.items), ["a@school.example accepted domain_admin", "b@x.example invited"]);
}

#[tokio::test]
async fn a_rebuild_that_stops_leaves_nothing_behind_and_the_live_tables_as_they_are() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example").await;
    let house = reopen(house, |conn| append(conn, license, "InviteAccepted", "1")).await;
    house.settled().await;
    let rebuilt = house.projector().rebuild("members", Then::SwapAnyway).await;
    assert!(matches!(rebuilt, Err(QueryError::Stopped { name: "members", .. })), "{rebuilt:?}");
    let all = house.query(|conn| Ok(status::all(conn)?)).unwrap();
    assert!(all.iter().all(|model| model.rebuild.is_none()));
    assert_eq!(house.everybody(license).await.len(), 1);
}

#[tokio::test]
async fn a_damaged_row_stops_its_read_model_until_it_is_rebuilt() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@x.example").await;
    house.settled().await;
    house.tamper("DELETE FROM members WHERE normalised LIKE 'b@%'").await;
    let before = house.head();
    house.accept("b@x.example", license).await;
    house.settled().await;
    let stopped: Vec<_> =
        MODELS.iter().map(|m| m.name()).filter(|name| house.state_of(name).1.is_some()).collect();
    assert_eq!(stopped, ["members"]);
    assert_eq!(house.state_of("members").0, before);

    let rebuilt = house.projector().rebuild("members", Then::Swap).await.unwrap();
    assert!(rebuilt.swapped && !rebuilt.equal);
    house.add(license, "c@school.example").await;
    house.projector().reached("members", house.head()).await.unwrap();
    let expected = [
        "a@school.example accepted domain_admin",
        "b@x.example accepted invite",
        "c@school.example accepted domain_admin",
    ];
    assert_eq!(lines(&house.everybody(license).await), expected);
    let again = house.projector().rebuild("members", Then::Discard).await.unwrap();
    assert!(again.equal && !again.swapped);
}

#[tokio::test]
async fn a_stopped_read_model_is_tried_again_by_the_next_program() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example").await;
    house.settled().await;
    house.tamper("ALTER TABLE members RENAME TO hidden").await;
    house.add(license, "b@school.example").await;
    house.settled().await;
    assert!(house.state_of("members").1.is_some());
    let house =
        reopen(house, |conn| conn.execute_batch("ALTER TABLE hidden RENAME TO members").unwrap()).await;
    assert_eq!(house.everybody(license).await.len(), 2);
    assert_eq!(house.state_of("members"), (house.head(), None));
}

#[tokio::test]
async fn an_event_that_nobody_can_read_stops_everybody_right_before_it() {
    let house = House::without_projector().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example").await;
    let before = house.head();
    let house = reopen(house, |conn| append(conn, license, "UserPromoted", "7")).await;
    rename(&house, license).await;
    house.settled().await;
    for model in MODELS {
        let (position, stopped) = house.state_of(model.name());
        assert_eq!(position, before, "{}", model.name());
        assert!(stopped.unwrap().contains("UserPromoted"));
    }
    assert_eq!(house.everybody(license).await.len(), 1);
}

#[tokio::test]
async fn a_checkpoint_of_another_log_stops_its_read_model_until_it_is_rebuilt() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example").await;
    house.settled().await;
    let foreign = "UPDATE read_models SET event_id = randomblob(16) WHERE name = 'members'";
    let house = reopen(house, |conn| conn.execute_batch(foreign).unwrap()).await;
    let later = rename(&house, license).await;
    house.settled().await;
    let why = house.state_of("members").1.unwrap();
    assert!(why.starts_with("history_diverged"), "{why}");
    assert_eq!(house.state_of("licenses"), (later, None));
    // It would show what never happened here, whatever position is asked for.
    let read = house.projector().reached("members", 0).await;
    assert!(matches!(read, Err(QueryError::Diverged { name: "members" })), "{read:?}");
    assert!(house.projector().rebuild("members", Then::Swap).await.unwrap().swapped);
    house.projector().reached("members", later).await.unwrap();
    assert_eq!(house.state_of("members"), (later, None));
}

#[tokio::test]
async fn a_checkpoint_beyond_the_log_stops_its_read_model() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.settled().await;
    let beyond = "UPDATE read_models SET position = position + 50 WHERE name = 'invites'";
    let house = reopen(house, |conn| conn.execute_batch(beyond).unwrap()).await;
    assert!(house.state_of("invites").1.unwrap().starts_with("history_diverged"));
    let later = rename(&house, license).await;
    house.projector().reached("members", later).await.unwrap();
}
