//! Replaying the log beside the read models.

use domain::{DeclineReason, LicenseId};
use projections::{MODELS, replay::replay};

use crate::house::{House, by, on_postgres};

async fn two_licenses() -> (House, LicenseId, LicenseId) {
    let house = House::open().await;
    let (first, key) = house.license("Riverside", 100).await;
    let (second, _) = house.license("Hillside", 2).await;
    house.add(first, "a@school.example b@x.example c@x.example d@school.example").await;
    house.add(second, "a@school.example b@x.example c@x.example").await;
    house.accept("b@x.example", first).await;
    house
        .commands
        .decline_invite(&by("c@x.example"), first, DeclineReason::NotNeeded)
        .await
        .expect("declined");
    house.commands.join_with_key(&by("e@x.example"), &key.reveal()).await.expect("joined");
    house.remove(first, "d@school.example").await;
    (house, first, second)
}

#[tokio::test]
async fn everything_and_each_license_replayed_is_what_the_read_models_hold() {
    let (house, first, second) = two_licenses().await;
    let all = house.read(|conn| replay(conn, &MODELS, None)).await;
    let told = |of: &projections::replay::Replayed| {
        let different = of.models.iter().filter(|model| !model.equal);
        different.flat_map(|model| model.differences.iter().map(|it| it.text.clone())).collect::<Vec<_>>()
    };
    assert!(all.equal && all.models.iter().all(|model| model.live == model.replayed), "{:?}", told(&all));
    assert_eq!((all.position, all.events, all.models.len()), (house.head(), house.head(), MODELS.len() + 1));
    let (mut events, mut members) = (0, 0);
    for license in [first, second] {
        let one = house.read(|conn| replay(conn, &MODELS, Some(license))).await;
        assert!(one.equal, "{:?}", told(&one));
        assert_eq!(
            one.models.len(),
            MODELS.len() - 1,
            "also the claims, but neither the tree nor the erasures"
        );
        events += one.events;
        members += one.models.iter().find(|model| model.name == "members").expect("members").rows;
    }
    assert_eq!(events, house.head(), "each event belongs to one of them");
    assert_eq!(members, all.models.iter().find(|model| model.name == "members").expect("members").rows);
}

#[tokio::test]
async fn each_row_that_differs_is_told_with_what_the_log_says() {
    let (house, first, second) = two_licenses().await;
    house.settled().await;
    house.tamper("UPDATE members SET status = 1 WHERE normalised = 'c@x.example' AND status = 3").await;
    house.tamper("DELETE FROM invites").await;
    house.tamper("INSERT INTO member_counts VALUES (999999, 1, 7)").await;
    house.tamper("UPDATE tree SET hashes = substr(hashes, 33)").await;
    let all = house.read(|conn| replay(conn, &MODELS, None)).await;
    let told: Vec<(String, String)> = all
        .models
        .iter()
        .filter(|model| !model.equal)
        .flat_map(|model| model.differences.iter().map(|it| (it.table.clone(), it.text.clone())))
        .collect();
    let text_of = |table: &str| {
        let found = told.iter().find(|(of, _)| of == table);
        found.map_or_else(|| panic!("{told:?}"), |(_, text)| text.clone())
    };
    assert!(text_of("members").ends_with(": status is 1 and should be 3."), "{told:?}");
    assert!(text_of("invites").ends_with("the row is missing, though the log calls for it."));
    let extra = "member_counts, license 999999, status 1: nothing in the log calls for this row.";
    assert_eq!(text_of("member_counts"), extra);
    let tile = text_of("tree");
    let bytes = tile.matches(" bytes of SHA-256 ").count();
    assert!(bytes == 2 && tile.len() < 300, "nobody reads a whole tile: {tile}");
    assert!(!all.equal);
    let members = all.models.iter().find(|model| model.name == "members").expect("members");
    assert_eq!((members.different, members.rows), (2, members.replayed_rows + 1));
    // What is wrong on one license is not on the other.
    let first = house.read(|conn| replay(conn, &MODELS, Some(first))).await;
    let second = house.read(|conn| replay(conn, &MODELS, Some(second))).await;
    let wrong = |of: &projections::replay::Replayed, name: &str| {
        of.models.iter().find(|model| model.name == name).expect("it").different
    };
    assert_eq!((wrong(&first, "members"), wrong(&second, "members")), (1, 0));
    assert_eq!(wrong(&second, "invites"), 1);
}

#[tokio::test]
async fn a_table_that_is_gone_is_told_as_that() {
    let (house, first, _) = two_licenses().await;
    house.settled().await;
    house.tamper("DROP TABLE spans").await;
    for license in [None, Some(first)] {
        let replayed = house.read(move |conn| replay(conn, &MODELS, license)).await;
        let spans = replayed.models.iter().find(|model| model.name == "spans").expect("spans");
        let told: Vec<_> = spans.differences.iter().map(|it| it.text.as_str()).collect();
        assert_eq!(told, ["spans: the table is missing. Make the list anew."]);
        let others = replayed.models.iter().filter(|model| model.name != "spans");
        assert!(!replayed.equal && others.into_iter().all(|model| model.equal));
    }
}

#[tokio::test]
async fn what_commands_are_decided_by_is_replayed_as_well() {
    let (house, first, second) = two_licenses().await;
    let head = house.head();
    for change in [
        "UPDATE seat_pools SET taken = taken - 1 WHERE taken = 3",
        "DELETE FROM memberships WHERE member_id = (SELECT member_id FROM memberships ORDER BY member_id DESC LIMIT 1)",
        "DELETE FROM license_heads",
        "INSERT INTO license_heads SELECT license_id, 7, max(position) FROM events WHERE license_id IS NOT NULL GROUP BY license_id",
    ] {
        house.tamper_with_log(change).await;
    }
    let all = house.read(|conn| replay(conn, &MODELS, None)).await;
    let claims = |of: &projections::replay::Replayed| {
        let found = of.models.iter().find(|model| model.name == "claims").expect("it");
        found.differences.iter().map(|it| (it.table.clone(), it.text.clone())).collect::<Vec<_>>()
    };
    let told = claims(&all);
    let of = |table: &str| told.iter().filter(|(of, _)| of == table).count();
    assert_eq!((of("seat_pools"), of("memberships"), of("license_heads")), (1, 1, 2), "{told:?}");
    assert!(told.iter().any(|(_, text)| text.contains("the row is missing")), "{told:?}");
    assert!(!all.equal && all.models.iter().filter(|model| !model.equal).count() == 1);
    assert_eq!(house.head(), head);
    let parts = [first, second].map(async |license| {
        claims(&house.read(move |conn| replay(conn, &MODELS, Some(license))).await).len()
    });
    let [first, second] = parts;
    assert_eq!(first.await + second.await, told.len(), "each belongs to one license");
}

#[tokio::test]
async fn numbers_of_licenses_that_are_written_down_together_are_those_of_the_log() {
    let (house, first, second) = two_licenses().await;
    // As a file has it: all of them at one position, which is an event of one of them.
    for change in [
        "DELETE FROM license_heads",
        "INSERT INTO license_heads SELECT license_id, max(license_sequence), (SELECT max(position) FROM events)
         FROM events WHERE license_id IS NOT NULL GROUP BY license_id",
    ] {
        house.tamper_with_log(change).await;
    }
    for license in [None, Some(first), Some(second)] {
        let replayed = house.read(move |conn| replay(conn, &MODELS, license)).await;
        let wrong =
            replayed.models.iter().flat_map(|model| model.differences.iter().map(|it| it.text.as_str()));
        assert!(replayed.equal, "{:?}", wrong.collect::<Vec<_>>());
    }
}

/// What lies beside the database.
fn files(house: &House) -> Vec<std::ffi::OsString> {
    let folder = house.path().parent().expect("a folder").to_owned();
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file").file_name()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_replay_stands_while_others_write_and_a_model_that_stopped_is_replayed_to_where_it_did() {
    let (house, first, _) = two_licenses().await;
    house.settled().await;
    house
        .tamper("UPDATE members SET status = 0, added_position = NULL WHERE normalised = 'b@x.example'")
        .await;
    // Leaving can't follow: the list stops right before it, and the others go on.
    house.commands.leave_license(&by("b@x.example"), first).await.expect("left");
    house.add(first, "f@school.example").await;
    house.settled().await;
    let stopped = house.state_of("members").0;
    let before = if on_postgres() { Vec::new() } else { files(&house) };
    let all = house.read(|conn| replay(conn, &MODELS, None)).await;
    let at = |name: &str| all.models.iter().find(|model| model.name == name).expect("it");
    assert!(
        stopped < house.head() && at("members").position == stopped && at("spans").position == house.head()
    );
    assert!(!at("members").equal && at("spans").equal);
    if on_postgres() {
        return;
    }
    // Nothing is left of it: its tables were in a file without a name.
    assert_eq!(files(&house), before);
}
