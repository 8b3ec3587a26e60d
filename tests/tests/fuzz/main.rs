//! Each fuzz target over its corpus, and over changes of it: a short look that needs nothing but `cargo test`.
//!
//! `SEATBOOK_FUZZ_RUNS` asks for more changes, `SEATBOOK_FUZZ_SEED` for other ones. Guided by coverage, and for as
//! long as one likes: `tests/fuzz/run`.

mod mutations;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use mutations::Mutations;
use seatbook_tests::fuzz::{TARGETS, Target};

/// Changes of the corpus that are tried in the usual run: a second or two for each.
const RUNS: u64 = 3_000;

fn number(name: &str, otherwise: u64) -> u64 {
    env::var(name).map_or(otherwise, |n| n.parse().unwrap_or_else(|_| panic!("{name}: {n} is no number")))
}

/// Where a target's corpus is. Real files are the best seeds for the reader of files.
fn folders(target: &Target) -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders = vec![here.join("fuzz/corpus").join(target.name)];
    if target.name == "csv" {
        folders.push(here.join("../commands/tests/files"));
    }
    folders
}

fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let files =
        |folder: PathBuf| fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<PathBuf> =
        folders(target).into_iter().flat_map(files).map(|entry| entry.expect("a file").path()).collect();
    // The same order everywhere, so that a seed draws the same.
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("a file of the corpus")).collect()
}

/// Says which bytes broke it, so that they can be kept.
#[track_caller]
fn try_on(target: &Target, bytes: &[u8]) {
    if catch_unwind(AssertUnwindSafe(|| (target.check)(bytes))).is_err() {
        let name = target.name;
        panic!("b\"{}\" breaks {name}: keep it as a file in tests/fuzz/corpus/{name}/", bytes.escape_ascii());
    }
}

#[track_caller]
fn look(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target");
    let corpus = corpus(target);
    assert!(corpus.len() >= 5, "{name} has a corpus");
    for bytes in &corpus {
        try_on(target, bytes);
    }
    let mut mutations = Mutations::of(corpus, number("SEATBOOK_FUZZ_SEED", 1));
    for _ in 0..number("SEATBOOK_FUZZ_RUNS", RUNS) {
        try_on(target, &mutations.draw());
    }
}

#[test]
fn any_file_is_read_or_refused_and_the_same_in_any_pieces() {
    look("csv");
}

#[test]
fn any_cursor_is_that_of_its_list_or_refused() {
    look("cursor");
}

#[test]
fn any_address_is_judged_and_settled() {
    look("email");
}

#[test]
fn any_key_reads_back_and_no_mistake_passes() {
    look("license_key");
}

#[test]
fn any_paste_is_taken_apart_into_pieces_of_it() {
    look("paste");
}

#[test]
fn any_token_is_known_by_its_form_and_no_mistake_passes() {
    look("token");
}

#[test]
fn no_target_is_left_out() {
    let mut folders: Vec<_> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus"))
        .expect("the corpus")
        .map(|entry| entry.expect("a folder").file_name().into_string().expect("a name"))
        .collect();
    folders.sort();
    assert_eq!(folders, TARGETS.map(|target| target.name));
}
