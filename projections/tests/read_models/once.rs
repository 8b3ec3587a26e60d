//! Every event counts once, however often and by whomever it is brought.

use std::sync::Arc;

use domain::ImportMode;
use projections::{MODELS, Projector, rebuild::Then};

use crate::house::{ADA, House, by, lines};

async fn rebuilt_is_equal(projector: &Projector) {
    for model in MODELS {
        let compared = projector.rebuild(model.name(), Then::Discard).await.expect("a rebuild");
        assert!(compared.equal, "{}", model.name());
    }
}

#[tokio::test]
async fn what_was_committed_while_nobody_listened_is_there_after_the_start() {
    let house = House::open().await;
    let (license, _) = house.license("Riverside", 10).await;
    house.add(license, "a@school.example b@x.example").await;
    house.settled().await;
    let mut house = House::at(house.close().await).await;
    house.accept("b@x.example", license).await;
    house.add(license, "c@school.example").await;
    house.start().await;
    let expected = [
        "a@school.example accepted domain_admin",
        "b@x.example accepted invite",
        "c@school.example accepted domain_admin",
    ];
    assert_eq!(lines(&house.everybody(license).await), expected);
    rebuilt_is_equal(house.projector()).await;
}

#[tokio::test]
async fn a_crash_at_any_moment_loses_nothing_and_repeats_nothing() {
    let mut house = House::open().await;
    let (license, _) = house.license("Riverside", 100).await;
    for n in 0..15 {
        house.add(license, &format!("p{n}@x.example q{n}@school.example")).await;
        house.accept(&format!("p{n}@x.example"), license).await;
        // The projector is somewhere between two pages.
        house = House::at(house.close().await).await;
        house.start().await;
    }
    assert_eq!(house.everybody(license).await.len(), 30);
    rebuilt_is_equal(house.projector()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_projectors_on_one_database_apply_each_page_once() {
    let house = Arc::new(House::open().await);
    let other = Projector::start(house.projector().store().clone()).await.unwrap();
    let (license, _) = house.license("Riverside", 10_000).await;
    let writers: Vec<_> = (0..4)
        .map(|writer| {
            let house = Arc::clone(&house);
            tokio::spawn(async move {
                for n in 0..40 {
                    let person = format!("w{writer}-{n}@x.example");
                    house.import(&by(ADA), license, ImportMode::Add, &person).await.unwrap();
                    house.commands.accept_invite(&by(&person), license).await.unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    other.caught_up(house.head()).await;
    assert_eq!(house.everybody(license).await.len(), 160);
    for model in MODELS {
        assert_eq!(house.state_of(model.name()), (house.head(), None));
    }
    rebuilt_is_equal(house.projector()).await;
    other.stop().await;
}
