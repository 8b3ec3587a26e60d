//! The list of all tests.

/// Makes a test of each clause for an engine. The caller's crate needs `tokio` and `proptest`.
#[macro_export]
macro_rules! conformance_suite {
    ($harness:ident) => {
        $crate::conformance_suite! { $harness ordering:
            sixteen_writers_and_a_tailer_that_skips_nothing_and_sees_nothing_twice
            positions_start_at_one_and_have_no_gap
            the_sequence_within_each_license_has_no_gap_under_concurrency
            the_head_only_grows_and_never_runs_ahead_of_what_can_be_read
            a_clock_that_jumps_back_changes_no_order_and_no_time_goes_backwards
            events_of_one_instant_keep_the_order_in_which_they_were_written
            events_of_one_commit_have_one_time
        }
        $crate::conformance_suite! { $harness commit:
            of_two_commits_that_rest_on_the_same_revision_exactly_one_wins
            an_expected_revision_that_is_too_low_or_too_high_is_a_conflict
            a_revision_that_no_stream_can_reach_leaves_the_log_working
            several_streams_commit_together_or_not_at_all
            one_stream_may_be_written_twice_in_a_commit
            a_stream_that_was_asserted_and_has_moved_is_a_conflict
            a_stream_that_must_not_exist_can_be_asserted_without_being_written
            of_a_commit_and_one_that_asserts_its_stream_only_the_first_can_rest_on_the_old_state
            an_append_without_events_still_holds_its_stream_to_the_revision
            a_commit_without_events_answers_with_the_head
            ten_thousand_events_appear_at_one_moment
            ten_thousand_events_before_a_conflict_leave_nothing
            the_first_of_many_to_create_a_stream_creates_it
        }
        $crate::conformance_suite! { $harness traces:
            a_commit_writes_everything_that_it_names
            a_commit_that_fails_at_its_last_part_leaves_no_trace
            one_that_fails_among_others_leaves_no_gap_and_no_trace
            a_commit_whose_writer_went_away_is_whole_or_not_there
            what_the_log_can_not_store_is_an_error_and_leaves_no_trace
            a_conflict_is_told_for_what_stood_in_the_way
        }
        $crate::conformance_suite! { $harness claims:
            an_address_has_one_person
            a_person_has_one_membership_of_a_license
            a_key_is_there_once_by_its_hash
            a_key_is_there_once_by_its_id
            a_sealed_key_is_kept_until_it_is_forgotten
            a_key_that_is_forgotten_right_after_it_came_is_not_kept
            a_pool_is_opened_once
            the_same_claim_twice_in_one_commit_is_a_conflict
            a_pool_that_nobody_opened_can_not_be_changed
            a_person_may_be_a_member_of_many_licenses_and_a_license_have_many_members
            people_are_found_in_the_order_asked_with_their_salts
            addresses_are_found_in_the_order_asked_as_they_were_spelled
        }
        $crate::conformance_suite! { $harness place:
            a_place_holds_what_the_lookups_answer_one_by_one
            a_place_is_of_one_moment
        }
        $crate::conformance_suite! { $harness erasure:
            whoever_is_erased_is_found_by_nobody_and_their_history_stays
            what_files_were_called_goes_with_whoever_of_their_license_is_erased
            the_same_address_is_somebody_new_afterwards
            an_erasure_that_fails_at_another_part_leaves_the_person
            whoever_was_named_since_is_not_erased
            of_an_erasure_and_those_who_rest_on_the_person_whoever_comes_later_is_told
            everything_that_stands_for_a_person_is_found
            erasing_somebody_twice_needs_no_row
        }
        $crate::conformance_suite! { $harness seats:
            of_sixty_four_takers_exactly_as_many_as_there_are_seats_get_one
            takers_and_givers_at_once_never_pass_the_limit
            a_seat_given_back_can_be_taken_again
            seats_are_taken_together_or_not_at_all
            changes_of_one_commit_happen_in_their_order
            a_limit_below_what_is_taken_is_refused
            lowering_the_limit_and_taking_a_seat_at_once_never_break_it
            a_pool_without_a_limit_never_refuses_and_can_get_one
            nobody_can_give_back_more_than_is_taken
            a_license_without_seats_gives_none
            a_number_of_seats_beyond_counting_changes_nothing
        }
        $crate::conformance_suite! { $harness once:
            a_command_given_again_gives_the_first_result_and_writes_nothing
            of_sixty_four_repeats_at_once_exactly_one_is_committed
            the_same_id_for_something_else_is_a_mistake_and_writes_nothing
            a_repeat_is_known_before_anything_else_is_looked_at
            a_command_that_was_refused_or_in_conflict_can_be_given_again
            a_repeat_beside_a_conflict_of_the_same_command_is_judged_by_itself
            the_first_result_can_be_asked_for
            a_command_without_events_happens_once_too
            a_repeat_after_a_restart_gives_the_first_result
        }
        $crate::conformance_suite! { $harness reading:
            pages_of_any_size_put_together_are_the_whole_log
            events_can_be_read_with_their_texts_as_they_were_written
            a_page_may_begin_anywhere
            a_page_of_nothing_only_tells_whether_there_is_more
            reading_on_from_beyond_the_head_is_an_error
            streams_come_in_the_order_asked_and_unknown_ones_empty
            a_stream_can_be_read_on_from_any_revision
            streams_read_together_are_of_one_moment
            an_event_comes_back_as_it_was_written
            what_was_acknowledged_can_be_read_at_once_by_everybody
        }
        $crate::conformance_suite! { $harness fairness:
            somebody_who_comes_while_many_chunks_wait_goes_before_most_of_them
            a_chunk_waits_for_a_few_batches_of_people_only
            chunks_keep_the_order_in_which_they_were_handed_in
            an_import_ends_while_people_never_stop_coming
            a_writer_is_told_whether_others_waited
        }
        $crate::conformance_suite! { $harness restart:
            what_was_acknowledged_is_there_after_a_restart
            positions_revisions_and_license_sequences_go_on_without_a_gap
            claims_and_pools_stay_taken
            time_does_not_go_backwards_when_the_clock_was_turned_back_between_runs
            an_empty_log_is_empty_after_a_restart
        }

        #[test]
        fn random_commits_come_to_what_the_model_says() {
            let config = proptest::test_runner::Config {
                cases: 64,
                failure_persistence: None,
                ..proptest::test_runner::Config::default()
            };
            let runtime = tokio::runtime::Runtime::new().expect("a runtime");
            let script = proptest::collection::vec(proptest::arbitrary::any::<[u8; 9]>(), 1..40);
            let outcome = proptest::test_runner::TestRunner::new(config).run(&script, |script| {
                runtime.block_on($crate::conformance::script::the_model_agrees::<$harness>(script));
                Ok(())
            });
            outcome.unwrap_or_else(|failure| panic!("{failure}"));
        }
    };
    ($harness:ident $theme:ident: $($clause:ident)*) => {
        mod $theme {
            use super::$harness;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $clause() {
                    $crate::conformance::$theme::$clause::<$harness>().await;
                }
            )*
        }
    };
}
