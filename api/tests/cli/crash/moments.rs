//! Moments and places that nobody chose.
//!
//! `SEATBOOK_CRASH_CYCLES=1000 SEATBOOK_CRASH_ROWS=100000 cargo test --release -p api --test cli crash::moments --
//! --nocapture` looks longer. It says its seed: `SEATBOOK_CRASH_SEED` draws the same again.

use std::time::Duration;

use super::{Death, School, outcome::CameTo};
use crate::support::dice::{Dice, asked};

/// Deaths within one import: after these it may end.
const DEATHS: u64 = 8;

/// Where it may die, too, and the how manieth time at most.
const PLACES: [(&str, u64); 13] = [
    ("upload.before_its_note", 1),
    ("upload.forgotten", 4),
    ("job.before_its_start", 1),
    ("job.before_its_first_chunk", 1),
    ("job.before_its_upload_goes", 1),
    ("import.before_a_chunk", 8),
    ("import.after_a_commit", 8),
    ("import.before_its_end", 1),
    ("log.before_a_commit", 10),
    ("log.after_a_commit", 10),
    ("log.before_a_flush", 4),
    ("projector.within_a_page", 8),
    ("projector.between_pages", 8),
];

fn death(dice: &mut Dice, longest: u64) -> Death {
    if dice.below(2) == 0 {
        return Death::After(Duration::from_millis(dice.below(longest)));
    }
    let (name, most) = PLACES[dice.index(PLACES.len())];
    Death::Perhaps(name, 1 + dice.below(most))
}

/// An import with deaths, and then its undoing with as many.
fn came_to(rows: u32, deaths: &[Death], of_the_undoing: &[Death]) -> (CameTo, CameTo, usize) {
    let school = School::new(rows);
    let (server, import, died) = school.carried_out(deaths, |server| school.adds(server));
    let imported = CameTo::seen(&school, server, &import);
    let undo = |server: &_| school.undoes(server, &import);
    let (server, undoing, more) = school.carried_out(of_the_undoing, undo);
    (imported, CameTo::seen(&school, server, &undoing), died + more)
}

#[test]
fn killed_again_and_again_an_import_and_its_undoing_come_to_the_same() {
    let cycles: u64 = asked("SEATBOOK_CRASH_CYCLES").unwrap_or(4);
    let rows: u32 = asked("SEATBOOK_CRASH_ROWS").unwrap_or(4_000);
    let seed = asked("SEATBOOK_CRASH_SEED").unwrap_or_else(|| u64::from(std::process::id()));
    println!("SEATBOOK_CRASH_SEED={seed} SEATBOOK_CRASH_ROWS={rows} SEATBOOK_CRASH_CYCLES={cycles}");
    let (expected, expected_undone, _) = came_to(rows, &[], &[]);
    let (mut dice, mut left, mut died) = (Dice(seed), cycles, 0);
    // About as long as one of them takes, so that no part of it is spared.
    let longest = 200 + u64::from(rows) / 30;
    while left > 0 {
        let mut deaths =
            || (0..DEATHS.min(left).div_ceil(2)).map(|_| death(&mut dice, longest)).collect::<Vec<_>>();
        let (first, second) = (deaths(), deaths());
        let how = format!("seed {seed}, {left} cycles before the end: {first:?}, {second:?}");
        let (imported, undone, killed) = came_to(rows, &first, &second);
        imported.must_be(&expected, &how);
        undone.must_be(&expected_undone, &how);
        died += killed;
        left = left.saturating_sub(DEATHS);
        println!("{left} cycles left; {died} deaths on the way");
    }
    // A few may all come too late.
    assert!(died > 0 || cycles < 50, "it was never killed on the way");
}
