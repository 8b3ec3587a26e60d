//! The tree over the log: its root is that of every event, and what it shows can be verified without it.

use domain::Digest;
use eventlog::Position;
use projections::{rebuild::Then, tree};
use sha2::{Digest as _, Sha256};
use transparency::{TileId, verify_consistency, verify_inclusion};

use crate::house::House;

/// The leaves of every event in the log, read past the tree.
async fn leaves(house: &House) -> Vec<Digest> {
    let stored = house.log.read_stored(0, 1_000_000).await.expect("the log").events;
    stored.iter().map(|event| event.entry().leaf()).collect()
}

/// As RFC 6962 (2.1) words it, of nothing but leaves.
fn root_over(leaves: &[Digest]) -> Digest {
    match leaves {
        [] => Digest::of(""),
        [leaf] => *leaf,
        leaves => {
            let left = leaves.len().next_power_of_two() / 2;
            let (left, right) = (root_over(&leaves[..left]), root_over(&leaves[left..]));
            Digest(
                Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into(),
            )
        }
    }
}

/// A license with so many people, added a few at a time and then many at once.
async fn grown() -> House {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 1_000).await;
    for n in 0..7 {
        house.add(license, &format!("a{n}@school.example b{n}@x.example")).await;
        house.settled().await;
    }
    let people: Vec<String> = (0..700).map(|n| format!("p{n}@school.example")).collect();
    house.add(license, &people.join(" ")).await;
    house.settled().await;
    house
}

#[tokio::test]
async fn the_root_is_that_over_every_event() {
    let house = grown().await;
    let leaves = leaves(&house).await;
    let head = house.read(tree::head).await;
    assert_eq!(head, tree::Head { size: leaves.len() as Position, root: root_over(&leaves) });
    assert!(head.size > 700, "several tiles");
    // And every root that it had on the way.
    for size in [0, 1, 2, 20, 255, 256, 257, 511, 700] {
        let root = house.read(|conn| tree::root(conn, size as Position)).await;
        assert_eq!(root, root_over(&leaves[..size]), "{size}");
    }
}

#[tokio::test]
async fn proofs_are_verified_without_the_tree() {
    let house = grown().await;
    let leaves = leaves(&house).await;
    let head = house.read(tree::head).await;
    for position in [1, 2, 255, 256, 257, 500, head.size] {
        let proof = house.read(|conn| tree::inclusion(conn, position, head.size)).await;
        let leaf = leaves[usize::try_from(position - 1).unwrap()];
        verify_inclusion(&proof, (head.size, head.root), position - 1, leaf).expect("it is in");
        let other = leaves[usize::try_from(position % head.size).unwrap()];
        verify_inclusion(&proof, (head.size, head.root), position - 1, other).expect_err("it is not");
    }
    for earlier in [0, 1, 256, 300, head.size] {
        let proof = house.read(|conn| tree::consistency(conn, earlier, head.size)).await;
        let before = (earlier, house.read(|conn| tree::root(conn, earlier)).await);
        verify_consistency(&proof, before, (head.size, head.root)).expect("it is its beginning");
    }
    for (event, size) in [(0, head.size), (head.size + 1, head.size), (1, head.size + 300)] {
        assert!(house.query(|conn| tree::inclusion(conn, event, size)).is_err(), "{event} of {size}");
    }
}

#[tokio::test]
async fn a_tile_is_handed_out_as_it_was_at_any_size() {
    let house = grown().await;
    let leaves = leaves(&house).await;
    let id = TileId { level: 0, index: 1 };
    for width in [1, 17, 255, 256] {
        let tile = house.read(|conn| tree::tile(conn, id, width)).await.expect("a tile");
        let expected: Vec<u8> =
            leaves[256..256 + usize::from(width)].iter().flat_map(|leaf| leaf.0).collect();
        assert_eq!(tile, expected);
    }
    let beyond = TileId { level: 0, index: 9 };
    assert_eq!(house.read(|conn| tree::tile(conn, beyond, 1)).await, None);
    assert_eq!(house.read(|conn| tree::tile(conn, TileId { level: 1, index: 0 }, 3)).await, None);
}

#[tokio::test]
async fn an_event_that_was_changed_shows_in_the_root() {
    let house = grown().await;
    let before = house.read(tree::head).await;
    house
        .tamper_with_log(if crate::house::on_postgres() {
            "ALTER TABLE events DISABLE TRIGGER events_never_change;
             UPDATE events SET metadata = replace(metadata::text, 'admin', 'member')::json WHERE position = 300;
             ALTER TABLE events ENABLE ALWAYS TRIGGER events_never_change;"
        } else {
            "DROP TRIGGER events_never_change;
             UPDATE events SET metadata = replace(metadata, 'admin', 'member') WHERE position = 300;"
        })
        .await;
    let compared = house.projector().rebuild("tree", Then::Discard).await.expect("a rebuild");
    assert!(!compared.equal, "the change was not found");
    assert_eq!(house.read(tree::head).await, before, "what was shown before still stands");
    assert_ne!(root_over(&leaves(&house).await), before.root);
}
