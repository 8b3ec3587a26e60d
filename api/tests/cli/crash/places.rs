//! Each place where a step ends and the next has not begun, one after the other.
//!
//! `SEATBOOK_CRASH_ROWS=100000 cargo test --release -p api --test cli crash::places` does it with longer imports.

use super::{
    Death::{self, At, Perhaps},
    School,
    outcome::CameTo,
};
use crate::support::{Server, dice::asked};

/// A few chunks; fewer would not come to every place.
const FEWEST: u32 = 1_600;

fn rows() -> u32 {
    asked("SEATBOOK_CRASH_ROWS").unwrap_or(FEWEST).max(FEWEST)
}

/// Where an import may die, and the how manieth time that it comes there.
const OF_AN_IMPORT: [(&str, u64); 15] = [
    ("upload.before_its_note", 1),
    ("job.before_its_start", 1),
    ("job.before_its_first_chunk", 1),
    ("import.before_a_chunk", 1),
    ("import.before_a_chunk", 2),
    ("import.after_a_commit", 1),
    ("import.after_a_commit", 2),
    // The first one is that of its start.
    ("log.before_a_commit", 1),
    ("log.after_a_commit", 1),
    ("log.before_a_commit", 3),
    ("log.after_a_commit", 3),
    ("import.before_its_end", 1),
    ("job.before_its_upload_goes", 1),
    ("projector.within_a_page", 2),
    ("projector.between_pages", 2),
];

/// Where undoing one may.
const OF_AN_UNDOING: [(&str, u64); 8] = [
    ("job.before_its_first_chunk", 1),
    ("import.before_a_chunk", 2),
    ("import.after_a_commit", 1),
    ("log.before_a_commit", 2),
    ("log.after_a_commit", 2),
    ("import.before_its_end", 1),
    ("projector.within_a_page", 1),
    ("projector.between_pages", 1),
];

/// An upload is forgotten once before it is kept, in case that something of an attempt was left, and once at its end; of
/// a file, in two steps each time.
fn forgettings() -> [(&'static str, u64); 2] {
    let times = if crate::ENGINE == "postgres" { [1, 2] } else { [3, 4] };
    times.map(|times| ("upload.forgotten", times))
}

/// Lets a server die at a place, and looks that it came there.
fn dying_at<R>(
    school: &School,
    place: Option<(&'static str, u64)>,
    carry_out: impl FnOnce(&[Death]) -> (Server, R, usize),
) -> (Server, R) {
    // Pages are done by whichever node comes first: where there is another one, that may be it.
    let may_be_spared = place.is_some_and(|(name, _)| school.accompanied && name.starts_with("projector."));
    let death = |(name, times)| if may_be_spared { Perhaps(name, times) } else { At(name, times) };
    let deaths: Vec<_> = place.into_iter().map(death).collect();
    let (server, at, died) = carry_out(&deaths);
    assert!(died == deaths.len() || may_be_spared, "it never came to {place:?}");
    (server, at)
}

fn imported(place: Option<(&'static str, u64)>) -> (School, String, CameTo) {
    let school = School::new(rows());
    let (server, at) =
        dying_at(&school, place, |deaths| school.carried_out(deaths, |server| school.adds(server)));
    let came_to = CameTo::seen(&school, server, &at);
    (school, at, came_to)
}

fn undone(school: &School, import: &str, place: Option<(&'static str, u64)>) -> CameTo {
    let (server, at) =
        dying_at(school, place, |deaths| school.carried_out(deaths, |server| school.undoes(server, import)));
    CameTo::seen(school, server, &at)
}

#[test]
fn an_import_that_died_anywhere_comes_to_the_same() {
    let (_, _, expected) = imported(None);
    for code in ["accepted", "invited", "seat_limit", "invalid_email", "duplicate_in_file"] {
        assert!(expected.count(code) > 0, "no row is {code}");
    }
    for place in OF_AN_IMPORT.into_iter().chain(forgettings()) {
        imported(Some(place)).2.must_be(&expected, &format!("{place:?}"));
    }
}

#[test]
fn an_undoing_that_died_anywhere_comes_to_the_same() {
    let (school, import, _) = imported(None);
    let expected = undone(&school.copied(), &import, None);
    assert_eq!(expected.count("removed"), u64::from(rows()) * 9 / 10);
    for place in OF_AN_UNDOING {
        undone(&school.copied(), &import, Some(place)).must_be(&expected, &format!("{place:?}"));
    }
}

#[test]
fn refused_rows_whose_forgetting_died_half_way_are_forgotten() {
    let (mut school, import, before) = imported(None);
    // Another node would do it.
    school.accompanied = false;
    assert!(before.refused_lines() > 100);
    // More than are forgotten in one go.
    let nobody = format!("Email\n{}", "nobody\n".repeat(6_000));
    let (server, other, _) = school.carried_out(&[], |server| school.uploads(server, "nobody", &nobody));
    drop(server);
    school.options = vec!["--keep-refused-rows-days", "0"];
    // Asked for nothing, it forgets, and dies of it.
    let (server, _, died) = school.carried_out(&[At("refused.some_forgotten", 1)], |_| Some(import.clone()));
    assert_eq!(died, 1);
    for at in [&import, &other] {
        let refused = format!("{at}/refused");
        let start = std::time::Instant::now();
        while server.way().ask("GET", &refused, &["Accept: text/csv"], b"").unwrap().body.lines().count() > 1
        {
            assert!(start.elapsed() < super::PATIENCE, "they are never forgotten");
        }
    }
    school.options.clear();
    drop(server);
    let after = CameTo::seen(&school, school.serve(), &import);
    assert_eq!(after.refused_lines(), 1, "only the header is left");
    assert_eq!(
        (after.count("accepted"), after.count("seat_limit")),
        (before.count("accepted"), before.count("seat_limit"))
    );
}
