//! The conformance suite: the same tests for every engine, one or more for each sentence of the contract.
//!
//! An engine brings a [`Harness`] and calls [`conformance_suite!`](crate::conformance_suite).
//!
//! # Faults that other stores shipped
//!
//! Numbers as in the project's reference notes; each has a test here, or a reason why it can't happen.
//!
//! | fault | what went wrong | held by |
//! |---|---|---|
//! | F1 | a reader passes a number drawn but not yet committed | `sixteen_writers_and_a_tailer_that_skips_nothing_and_sees_nothing_twice`; `a_reader_behind_an_open_transaction_skips_nothing_and_sees_nothing_twice`, on PostgreSQL |
//! | F2 | the detector of such gaps skips events itself | there is no detector: density is `positions_start_at_one_and_have_no_gap`, `one_that_fails_among_others_leaves_no_gap_and_no_trace`; `a_transaction_that_comes_to_nothing_leaves_no_gap`, on PostgreSQL |
//! | F3 | a reader waits for ever at a gap, or for somebody's old transaction | no gap is ever waited for; `positions_revisions_and_license_sequences_go_on_without_a_gap`; `a_server_that_is_restarted_in_between_is_waited_for`, `somebody_idle_in_an_old_transaction_stops_nobody`, on PostgreSQL |
//! | F4 | gaps are judged by the time of an event | `a_clock_that_jumps_back_changes_no_order_and_no_time_goes_backwards` |
//! | F5 | the position is a time: slow commits fall behind the reader | the same, and `events_of_one_instant_keep_the_order_in_which_they_were_written` |
//! | F6 | the order of the log contradicts the order of a stream | `sixteen_writers_and_a_tailer_that_skips_nothing_and_sees_nothing_twice` (by the history checker), `streams_read_together_are_of_one_moment`; `a_framework_and_our_own_commits_race_for_a_stream`, on PostgreSQL |
//! | F7 | a reader counts events instead of keeping the position | positions are dense, so both are the same; checkpoints are the tests of `projections` |
//! | F8 | a crash between commit and dispatch loses the view's update | nothing is dispatched: readers read the log; `what_was_acknowledged_can_be_read_at_once_by_everybody`, and the tests of `projections` |
//! | F9 | a failed read ends like a complete one | `pages_of_any_size_put_together_are_the_whole_log`; per engine: `an_event_missing_in_the_middle_is_an_error_that_names_the_position`; `connections_that_are_ended_again_and_again_lose_and_double_nothing`, `an_event_missing_at_the_end_is_no_silent_end`, on PostgreSQL |
//! | F10 | a position wraps | `a_revision_that_no_stream_can_reach_leaves_the_log_working`; clippy denies casts that truncate |
//! | F11 | an error for something that was written | `a_commit_that_fails_at_its_last_part_leaves_no_trace`, `what_the_log_can_not_store_is_an_error_and_leaves_no_trace`; `a_connection_lost_during_the_commit_leaves_no_doubt_about_events_and_commands`, on PostgreSQL |
//! | F12 | no order across streams | `pages_of_any_size_put_together_are_the_whole_log` |
//! | F13 | a round trip for each event | no matter of what is right: measured by the benchmarks |
//! | F14 | the server's own projections go wrong | none are used; nothing is ever truncated: `what_was_acknowledged_is_there_after_a_restart`; `a_server_that_is_killed_under_load_loses_nothing_that_it_acknowledged`, on PostgreSQL |
//! | F15 | SQLite corrupts a WAL that two connections write or checkpoint | SQLite only: `the_writer_is_set_up_so_that_it_alone_checkpoints_and_loses_nothing`, `readers_can_neither_write_nor_checkpoint`, `a_second_opening_is_refused_and_told_who_has_it`, `killed_again_and_again_it_loses_nothing_that_it_acknowledged`, `a_power_cut_that_takes_all_that_steps_brought_in_loses_nothing` |
//! | F16 | a standby shows another order | decisions and projections read where commits go; on PostgreSQL: `a_standby_is_refused_until_it_is_the_primary` |
//! | F17 | after a failover, positions stand for other events | `reading_on_from_beyond_the_head_is_an_error`; on PostgreSQL: `a_node_stops_when_the_log_went_back_to_another_history`, `a_standby_that_is_waited_for_has_everything_that_was_acknowledged`; for readers that come later, the checkpoint's fingerprint, in `projections` |
#![expect(clippy::missing_panics_doc, reason = "tests fail by panicking")]
#![cfg_attr(
    not(test),
    expect(clippy::wildcard_imports, reason = "the builders' words are this suite's language")
)]

pub mod build;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod claims;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod commit;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod erasure;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod fairness;
pub mod harness;
pub mod history;
pub mod model;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod once;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod ordering;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod place;
pub mod prefix;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod reading;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod restart;
pub mod script;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod seats;
#[cfg(unix)]
pub mod server;
mod suite;
pub mod told;
#[expect(missing_docs, reason = "the names are sentences")]
pub mod traces;

pub use harness::{Harness, TestClock};
