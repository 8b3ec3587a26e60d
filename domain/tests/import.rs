//! What an import allows.

use cqrs_es::test::TestFramework;
use domain::{
    Code, Counts, Import, ImportCommand, ImportEvent, ImportMode, LicenseId, Refusal, import::Phase,
};
use uuid::Uuid;

const LICENSE: LicenseId = LicenseId(Uuid::from_u128(1));

fn start() -> ImportCommand {
    ImportCommand::Start { license_id: LICENSE, mode: ImportMode::Add, undoes: None }
}

fn chunk(first_row: u64, last_row: u64, counts: &[(Code, u64)]) -> ImportCommand {
    ImportCommand::ApplyChunk { first_row, last_row, counts: Counts(counts.iter().copied().collect()) }
}

fn started() -> ImportEvent {
    ImportEvent::ImportStarted { license_id: LICENSE, mode: ImportMode::Add, undoes: None }
}

fn applied(first_row: u64, last_row: u64, counts: &[(Code, u64)]) -> ImportEvent {
    ImportEvent::ImportChunkApplied { counts: Counts(counts.iter().copied().collect()), first_row, last_row }
}

/// Five items in two chunks.
fn running() -> Vec<ImportEvent> {
    let first = applied(1, 3, &[(Code::Accepted, 2), (Code::InvalidEmail, 1)]);
    vec![started(), first, applied(4, 5, &[(Code::Accepted, 1), (Code::Invited, 1)])]
}

fn counts() -> Counts {
    Counts([(Code::Accepted, 3), (Code::InvalidEmail, 1), (Code::Invited, 1)].into())
}

fn ended_by(end: ImportEvent) -> Vec<ImportEvent> {
    let mut history = running();
    history.push(end);
    history
}

fn completed() -> ImportEvent {
    ImportEvent::ImportCompleted { counts: counts(), rows: 5 }
}

fn cancelled() -> ImportEvent {
    ImportEvent::ImportCancelled { counts: counts(), rows: 5 }
}

fn failed() -> ImportEvent {
    ImportEvent::ImportFailed { code: Code::UnknownLicense, counts: counts(), rows: 5 }
}

fn fold(history: &[ImportEvent]) -> Import {
    let mut import = Import::default();
    for event in history {
        import.evolve(event);
    }
    import
}

fn answer(given: Vec<ImportEvent>, when: ImportCommand) -> Result<Vec<ImportEvent>, Refusal> {
    TestFramework::<Import>::with(()).given(given).when(when).inspect_result()
}

#[test]
fn an_import_starts_for_a_license_and_a_purpose() {
    for mode in [ImportMode::Add, ImportMode::Invite, ImportMode::Remove] {
        let started = ImportEvent::ImportStarted { license_id: LICENSE, mode, undoes: None };
        assert_eq!(
            answer(vec![], ImportCommand::Start { license_id: LICENSE, mode, undoes: None }),
            Ok(vec![started.clone()])
        );
        assert_eq!(fold(&[started]).what, Some((LICENSE, mode)));
    }
}

#[test]
fn starting_it_again_while_it_runs_changes_nothing() {
    assert_eq!(answer(running(), start()), Ok(vec![]));
}

#[test]
fn an_import_that_was_never_started_takes_no_order() {
    let fail = ImportCommand::Fail { code: Code::NotPermitted };
    for order in [chunk(1, 1, &[]), ImportCommand::Complete, ImportCommand::Cancel, fail] {
        assert_eq!(answer(vec![], order), Err(Refusal::UnknownImport));
    }
}

#[test]
fn chunks_are_applied_in_order() {
    let one = [(Code::Accepted, 2), (Code::InvalidEmail, 1)];
    assert_eq!(answer(vec![started()], chunk(1, 3, &one)), Ok(vec![applied(1, 3, &one)]));
    let next = [(Code::SeatLimit, 1)];
    assert_eq!(answer(running(), chunk(6, 6, &next)), Ok(vec![applied(6, 6, &next)]));
}

#[test]
fn a_chunk_again_is_refused() {
    for (first, last) in [(1, 3), (4, 5), (5, 8)] {
        assert_eq!(answer(running(), chunk(first, last, &[])), Err(Refusal::RowsApplied { applied: 5 }));
    }
}

#[test]
fn a_chunk_that_leaves_rows_out_or_counts_from_0_is_refused() {
    assert_eq!(answer(running(), chunk(7, 8, &[])), Err(Refusal::RowsApplied { applied: 5 }));
    assert_eq!(answer(vec![started()], chunk(2, 8, &[])), Err(Refusal::RowsApplied { applied: 0 }));
    assert_eq!(answer(vec![started()], chunk(0, 8, &[])), Err(Refusal::RowsApplied { applied: 0 }));
}

#[test]
fn a_chunk_without_items_changes_nothing() {
    assert_eq!(answer(running(), chunk(6, 5, &[])), Ok(vec![]));
}

#[test]
fn counts_add_up() {
    let import = fold(&running());
    assert_eq!((import.phase, import.applied), (Phase::Running, 5));
    assert_eq!(import.counts, counts());
    assert_eq!((import.counts.total(), import.counts.refused()), (import.applied, 1));
    assert_eq!((import.counts.of(Code::Accepted), import.counts.of(Code::Declined)), (3, 0));
}

#[test]
fn an_import_ends_with_the_sum_of_its_chunks() {
    assert_eq!(answer(running(), ImportCommand::Complete), Ok(vec![completed()]));
    assert_eq!(answer(running(), ImportCommand::Cancel), Ok(vec![cancelled()]));
    assert_eq!(answer(running(), ImportCommand::Fail { code: Code::UnknownLicense }), Ok(vec![failed()]));
}

#[test]
fn an_empty_import_completes_too() {
    let nothing = ImportEvent::ImportCompleted { counts: Counts::default(), rows: 0 };
    assert_eq!(answer(vec![started()], ImportCommand::Complete), Ok(vec![nothing]));
}

#[test]
fn ending_it_the_same_way_again_changes_nothing() {
    assert_eq!(answer(ended_by(completed()), ImportCommand::Complete), Ok(vec![]));
    assert_eq!(answer(ended_by(cancelled()), ImportCommand::Cancel), Ok(vec![]));
    assert_eq!(answer(ended_by(failed()), ImportCommand::Fail { code: Code::UnknownLicense }), Ok(vec![]));
}

#[test]
fn after_its_end_nothing_is_applied_and_no_other_end_comes() {
    for end in [completed(), cancelled(), failed()] {
        for order in [start(), chunk(6, 7, &[])] {
            assert_eq!(answer(ended_by(end.clone()), order), Err(Refusal::ImportEnded));
        }
    }
    assert_eq!(answer(ended_by(completed()), ImportCommand::Cancel), Err(Refusal::ImportEnded));
    assert_eq!(answer(ended_by(cancelled()), ImportCommand::Complete), Err(Refusal::ImportEnded));
    let fail = ImportCommand::Fail { code: Code::UnknownLicense };
    assert_eq!(answer(ended_by(cancelled()), fail), Err(Refusal::ImportEnded));
    assert_eq!(answer(ended_by(failed()), ImportCommand::Complete), Err(Refusal::ImportEnded));
}

#[test]
fn what_cannot_follow_leaves_the_import_as_it_is() {
    let other = ImportEvent::ImportStarted {
        license_id: LicenseId(Uuid::nil()),
        mode: ImportMode::Remove,
        undoes: None,
    };
    let one = [(Code::Accepted, 1)];
    let strays = [other, applied(4, 5, &one), applied(7, 7, &one), applied(6, 5, &one), applied(0, 9, &one)];
    for stray in strays {
        let mut import = fold(&running());
        import.evolve(&stray);
        assert_eq!(import, fold(&running()), "after {stray:?}");
    }
    for end in [completed(), cancelled(), failed()] {
        assert_eq!(fold(&[end.clone(), applied(1, 1, &one)]), Import::default());
        let ended = fold(&ended_by(end));
        for late in [started(), applied(6, 6, &one), completed(), cancelled(), failed()] {
            let mut import = ended.clone();
            import.evolve(&late);
            assert_eq!(import, ended, "after {late:?}");
        }
    }
}

/// A file of so many rows does not exist; a damaged log can say so, and is still read to its end.
#[test]
fn numbers_beyond_all_measure_do_not_stop_the_reading() {
    let endless = [(Code::Accepted, u64::MAX), (Code::Invited, 1), (Code::SeatLimit, u64::MAX)];
    let mut import = fold(&[started(), applied(1, 1, &endless), applied(2, u64::MAX, &endless)]);
    assert_eq!(import.counts.of(Code::Accepted), u64::MAX);
    assert_eq!((import.counts.total(), import.counts.refused()), (u64::MAX, u64::MAX));

    import.evolve(&applied(0, 3, &endless));
    assert_eq!(import.applied, u64::MAX);
    let next = chunk(0, 3, &[]);
    assert_eq!(domain::import::decide(&import, next), Err(Refusal::RowsApplied { applied: u64::MAX }));
}
