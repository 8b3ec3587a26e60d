use eventlog::{Database, conformance::server::Server};
use tempfile::TempDir;

use super::*;
use crate::make_key;

const NOON: i64 = 1_795_000_000 / 86_400 * 86_400 + 43_200;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(NOON + seconds, 0).expect("a time")
}

/// A notary on a database of its own, on either engine, with a file outside.
struct Desk {
    beside: Beside,
    folder: TempDir,
    notary: Notary,
}

impl Desk {
    async fn in_file() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let beside = Database::open(&folder.path().join("log.db")).expect("a file").into();
        Self::on(beside, folder).await
    }

    async fn on_server() -> Self {
        let url = Server::shared().database().await;
        let beside = eventlog::Postgres::connect(&url).await.expect("a server").into();
        Self::on(beside, tempfile::tempdir().expect("a folder")).await
    }

    async fn both() -> [Self; 2] {
        [Self::in_file().await, Self::on_server().await]
    }

    async fn on(beside: Beside, folder: TempDir) -> Self {
        let keys = Keys::beside(folder.path().join("key"));
        let outside = Some(folder.path().join("checkpoint"));
        let notary = Notary::open(beside.clone(), keys, outside).await.expect("a notary");
        Self { beside, folder, notary }
    }

    /// The same database, with keys that are given, and without a file.
    async fn with_keys(&self, keys: &[&SigningKey]) -> Notary {
        let text: Vec<&str> = keys.iter().map(|key| key.reveal()).collect();
        let keys = Keys::parse(&text.join("\n")).expect("keys");
        Notary::open(self.beside.clone(), keys, None).await.expect("a notary")
    }

    async fn signs(&self, size: u64, now: DateTime<Utc>) -> Signed {
        let last = self.notary.last().await.expect("the last");
        let signed = self.notary.sign(last.as_ref(), head(size), now).await.expect("signed");
        signed.expect("nobody else signs")
    }

    fn outside(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("checkpoint")).expect("the file")
    }
}

fn head(size: u64) -> (u64, Digest) {
    (size, Digest::of(size.to_string()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_is_kept_inside_and_outside() {
    for desk in Desk::both().await {
        assert_eq!(desk.notary.kept().await.unwrap().good, []);
        assert_eq!(desk.notary.last().await.unwrap(), None);
        let signed = desk.signs(5, at(0)).await;
        assert_eq!((signed.checkpoint.size, signed.checkpoint.root), head(5));
        assert_eq!(desk.notary.last().await.unwrap().unwrap(), signed);
        assert_eq!(desk.outside(), signed.note);
        let kept = desk.notary.kept().await.unwrap().good;
        let places: Vec<_> = kept.iter().map(|kept| kept.place.to_string()).collect();
        assert!(places[0].ends_with("checkpoint") && places[1] == "in the database", "{places:?}");
        let public = &desk.notary.public().await.unwrap()[0];
        assert_eq!(public.open(&signed.note).unwrap(), signed.checkpoint);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_sign_at_once_one_does() {
    for desk in Desk::both().await {
        let first = desk.signs(5, at(0)).await;
        let other = desk.notary.sign(None, head(6), at(1)).await.unwrap();
        assert_eq!(other, None, "it has not seen the first");
        let two = tokio::join!(
            desk.notary.sign(Some(&first), head(7), at(2)),
            desk.notary.sign(Some(&first), head(8), at(2))
        );
        let signed = [two.0.unwrap(), two.1.unwrap()];
        assert_eq!(signed.iter().flatten().count(), 1, "{signed:?}");
        let last = desk.notary.last().await.unwrap();
        assert!(signed.contains(&last), "{last:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_each_day_the_last_one_stays() {
    const DAY: i64 = 86_400;
    for desk in Desk::both().await {
        for (size, seconds) in [(1, 0), (2, 10), (3, 20), (4, DAY), (5, DAY + 10), (6, 3 * DAY)] {
            desk.signs(size, at(seconds)).await;
        }
        assert_eq!(desk.notary.book.count().await, 3);
        assert_eq!(desk.notary.last().await.unwrap().unwrap().checkpoint.size, 6);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_outside_never_goes_back() {
    let desk = Desk::in_file().await;
    let (five, six) = (desk.signs(5, at(0)).await, desk.signs(6, at(1)).await);
    desk.notary.keep_outside(&five).unwrap();
    assert_eq!(desk.outside(), six.note);
    std::fs::write(desk.folder.path().join("checkpoint"), "nothing of ours").unwrap();
    assert!(matches!(desk.notary.keep_outside(&six), Err(NotaryError::Kept { .. })));
    let found = desk.notary.kept().await.unwrap();
    assert!(matches!(found.bad[..], [NotaryError::Kept { place: Place::Outside(_), .. }]), "{found:?}");
    assert!(
        matches!(&found.good[..], [Kept { place: Place::Inside, signed }] if *signed == six),
        "{found:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_takes_the_place_of_another_one_while_both_sign() {
    let desk = Desk::in_file().await;
    let (old, new) = (make_key("log.example").unwrap(), make_key("log.example").unwrap());
    let before = desk.with_keys(&[&old]).await.sign(None, head(3), at(0)).await.unwrap().unwrap();
    let both = desk.with_keys(&[&new, &old]).await;
    assert_eq!((both.public().await.unwrap().len(), both.keys().await.unwrap()), (2, 2));
    let last = both.last().await.unwrap().unwrap();
    assert_eq!((last.note.as_str(), last.by), (before.note.as_str(), 1));
    let signed = both.sign(Some(&last), head(3), at(1)).await.unwrap().unwrap();
    assert_eq!(signed.by, 2);
    for key in [&old, &new] {
        assert_eq!(key.public().open(&signed.note).unwrap().size, 3);
    }
    // Without that, the new one would not believe what the old one signed.
    let alone = desk.with_keys(&[&new]).await;
    assert_eq!(alone.last().await.unwrap().unwrap().by, 1);
    let stranger = desk.with_keys(&[&make_key("log.example").unwrap()]).await;
    let found = stranger.kept().await.unwrap();
    assert!(matches!(found.bad[..], [NotaryError::Kept { place: Place::Inside, .. }]), "{found:?}");
    assert!(found.good.is_empty(), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_begun_anew_has_another_name_and_what_was_kept_is_put_aside() {
    for desk in Desk::both().await {
        let before = desk.signs(9, at(0)).await;
        let aside = desk.notary.begin_anew(false).await.unwrap();
        assert_eq!(aside.len(), 2, "{aside:?}");
        assert_eq!(std::fs::read_to_string(&aside[0]).unwrap(), before.note);
        // What is in the database is of another log now: nobody takes it for one of this.
        let found = desk.notary.kept().await.unwrap();
        assert!(found.good.is_empty() && found.bad.len() == 1, "{found:?}");
        let behind = desk.notary.behind().await.unwrap();
        let after = desk.notary.sign(behind.as_ref(), head(4), at(1)).await.unwrap().unwrap();
        assert_ne!(after.checkpoint.origin, before.checkpoint.origin);
        let sizes: Vec<_> =
            desk.notary.kept().await.unwrap().good.iter().map(|kept| kept.signed.checkpoint.size).collect();
        assert_eq!(sizes, [4, 4]);
        assert_eq!(desk.notary.book.count().await, 2, "the old one is history");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configured_key_has_to_be_a_new_one_before_a_history_is_begun_anew() {
    let desk = Desk::in_file().await;
    let old = make_key("one.example").unwrap();
    let notary = desk.with_keys(&[&old]).await.with(None, Some(desk.folder.path().join("kept")));
    notary.sign(None, head(3), at(0)).await.unwrap().unwrap();
    assert!(
        matches!(notary.begin_anew(false).await, Err(NotaryError::SameName { name, unread: None }) if name == "one.example")
    );
    // What nobody can read any more may have been of the same log; a restored database agrees with its own last checkpoint.
    let kept = desk.folder.path().join("kept");
    let note = std::fs::read(&kept).unwrap();
    for spoilt in [&b""[..], b"x", b"x\n", b"\xff\xfe\x00", &note[..5]] {
        std::fs::write(&kept, spoilt).unwrap();
        for begun in [false, true] {
            let refused = notary.begin_anew(begun).await;
            assert!(
                matches!(&refused, Err(NotaryError::SameName { name, unread: Some(_) }) if name == "one.example"),
                "{spoilt:?}: {refused:?}"
            );
        }
        assert_eq!(std::fs::read(&kept).unwrap(), spoilt, "it stays");
    }
    // The row is of the same log, whatever the file says.
    std::fs::write(&kept, String::from_utf8(note.clone()).unwrap().replace("one.example", "else.example"))
        .unwrap();
    assert!(matches!(notary.begin_anew(false).await, Err(NotaryError::SameName { unread: None, .. })));
    std::fs::write(&kept, note).unwrap();
    let notary = desk.with_keys(&[&make_key("two.example").unwrap()]).await;
    let notary = notary.with(None, Some(kept));
    let aside = notary.begin_anew(false).await.unwrap();
    assert!(aside[0].ends_with("kept-of-one.example"), "{aside:?}");
    // On another node, which has a file of its own, the new history was begun already.
    let behind = notary.behind().await.unwrap();
    notary.sign(behind.as_ref(), head(2), at(1)).await.unwrap().unwrap();
    std::fs::rename(&aside[0], desk.folder.path().join("kept")).unwrap();
    assert!(matches!(notary.begin_anew(false).await, Err(NotaryError::SameName { unread: None, .. })));
    assert_eq!(notary.begin_anew(true).await.unwrap(), aside);
}

/// Of another day, or outside: the last one that is good is what there is to hold the log against.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_checkpoint_that_was_changed_the_last_good_one_is_found() {
    for desk in Desk::both().await {
        desk.signs(5, at(0)).await;
        desk.signs(6, at(86_400)).await;
        let spoil = |conn: &sql::Conn<'_>| {
            conn.batch(
                "UPDATE signed_checkpoints SET note = replace(note, '\n6\n', '\n7\n') WHERE number = 2",
            )
        };
        desk.beside.write(spoil).await.unwrap();
        let found = desk.notary.kept().await.unwrap();
        let sizes: Vec<_> = found.good.iter().map(|kept| kept.signed.checkpoint.size).collect();
        assert_eq!(sizes, [6, 5], "outside, and the day before");
        assert!(matches!(found.bad[..], [NotaryError::Kept { place: Place::Inside, .. }]), "{found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_nothing_is_signed() {
    let desk = Desk::on_server().await;
    let notary = Notary::open(desk.beside.clone(), Keys::default(), None).await.unwrap();
    assert!(!notary.can_sign());
    assert!(matches!(notary.sign(None, head(1), at(0)).await, Err(NotaryError::NoKey)));
    assert_eq!(notary.kept().await.unwrap().good, []);
}

#[tokio::test]
async fn a_key_that_is_gone_is_told_and_no_other_one_is_made_in_its_place() {
    for desk in Desk::both().await {
        desk.signs(3, at(0)).await;
        let key = desk.folder.path().join("key");
        std::fs::remove_file(&key).unwrap();
        let is_lost = |error: &NotaryError| matches!(error, NotaryError::Lost { .. });
        assert!(desk.notary.public().await.is_err_and(|error| is_lost(&error)));
        assert!(desk.notary.kept().await.is_err_and(|error| is_lost(&error)));
        assert!(desk.notary.last().await.is_err_and(|error| is_lost(&error)));
        assert!(desk.notary.sign(None, head(4), at(1)).await.is_err_and(|error| is_lost(&error)));
        assert!(!key.exists());
        // Also where nothing outside of the database tells of it any more.
        std::fs::remove_file(desk.folder.path().join("checkpoint")).unwrap();
        assert!(desk.notary.public().await.is_err_and(|error| is_lost(&error)));
        assert!(desk.notary.sign(None, head(4), at(1)).await.is_err_and(|error| is_lost(&error)));
        assert!(!key.exists());
        // Whoever goes on without it begins another history.
        desk.notary.begin_anew(false).await.unwrap();
        let behind = desk.notary.behind().await.unwrap();
        assert!(desk.notary.sign(behind.as_ref(), head(4), at(2)).await.unwrap().is_some());
        assert!(key.exists());
    }
}
