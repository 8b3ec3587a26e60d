//! Who was refused, who is no member, who is nobody.

use domain::{DeclineReason, ImportMode, Plan, Refusal, StaffRole};

use super::{BOB, EVE, actions, refused, says};
use crate::{
    audit::desk::{ADA, Desk, address},
    values,
    why::{WhyStatus, why_member},
};

#[tokio::test]
async fn somebody_who_was_only_ever_refused_was_never_on_the_license() {
    let desk = Desk::open().await;
    desk.add(ADA, "one@school.example, two@school.example").await;
    desk.on("2026-03-02").upload(ADA, ImportMode::Add, BOB).await;
    let why = desk.why(BOB).await;
    says(
        &why,
        WhyStatus::NeverAdded,
        "bob@school.example was never on this license: ada@school.example could not add them (CSV file, \
         line 2) on 2026-03-02: no seat of the license is free (seat_limit).",
    );
    assert_eq!(actions(&why), ["free_seat", "more_seats"]);
    assert_eq!(why.since, None);

    desk.on("2026-03-03").ends(Some("2026-03-02")).await;
    desk.add(ADA, BOB).await;
    let why = desk.why(BOB).await;
    says(
        &why,
        WhyStatus::NeverAdded,
        "bob@school.example was never on this license: ada@school.example could not add them (pasted, \
         item 1) on 2026-03-03: the license has ended (license_expired).",
    );
    assert_eq!(actions(&why), ["free_seat", "more_seats", "renew_license"]);
}

#[tokio::test]
async fn a_refusal_since_the_last_change_is_said_too_and_one_before_it_is_not() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.ends(Some("2026-03-05")).await;
    assert!(matches!(refused(desk.on("2026-03-06").accept(EVE).await), Refusal::LicenseExpired { .. }));
    desk.on("2026-03-07").close(EVE).await;
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Invited,
        "eve@else.example is Invited and has not answered yet: ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they could not accept the invite on 2026-03-06: the license has ended \
         (license_expired); they closed the notification on 2026-03-07, and find the invite under \
         License Invites.",
    );
    assert_eq!(actions(&why), ["reopen_notification", "decline", "withdraw", "remove", "renew_license"]);

    desk.on("2026-03-08").decline(EVE, DeclineReason::PrivacyConcern).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Rejected,
        "eve@else.example is not on this license (Rejected): ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they declined it on 2026-03-08 because they object to the use of \
         their data.",
    );

    desk.ends(None).await;
    desk.office.change_plan(&desk.operator(), desk.license, Plan::Free).await.map(drop).expect("a plan");
    assert_eq!(refused(desk.on("2026-03-09").join(EVE).await), Refusal::PlanRequired);
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Rejected,
        "eve@else.example is not on this license (Rejected): ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they declined it on 2026-03-08 because they object to the use of \
         their data; they could not join with the license key on 2026-03-09: the license is on the free \
         plan, where nobody can be added (plan_required).",
    );
    assert_eq!(actions(&why), ["remove", "move_to_paid_plan"]);
}

#[tokio::test]
async fn a_key_that_opens_nothing_is_no_next_step() {
    let desk = Desk::open().await;
    let ada = desk.person(ADA);
    let (reply, used_up) =
        desk.office.issue_key(&ada, desk.license, Some(1), None).await.map_err(drop).expect("a key");
    assert!(actions(&desk.why(EVE).await).contains(&"enter_license_key"));
    let first = desk.ask(|conn| {
        let sql = "SELECT key_id FROM license_keys WHERE key_id <> ?";
        Ok(conn.value(sql, values![reply.id.expect("an id")])?.map(domain::KeyId).expect("a key"))
    });
    desk.office.revoke_key(&ada, desk.license, first.await).await.map(drop).expect("revoked");
    assert!(actions(&desk.why(EVE).await).contains(&"enter_license_key"));
    let key = used_up.expect("a key").reveal();
    desk.office.join_with_key(&desk.person(BOB), &key).await.map(drop).expect("joined");
    assert!(!actions(&desk.why(EVE).await).contains(&"enter_license_key"));

    assert_eq!(refused(desk.join(EVE).await), Refusal::KeyRevoked);
    says(
        &desk.why(EVE).await,
        WhyStatus::NeverAdded,
        "eve@else.example was never on this license: they could not join with the license key on \
         2026-03-01: the key was revoked (key_revoked).",
    );
}

#[tokio::test]
async fn an_admin_who_was_never_added_is_told_from_a_stranger() {
    let desk = Desk::open().await;
    let why = desk.why(ADA).await;
    says(
        &why,
        WhyStatus::NeverAdded,
        "ada@school.example has been an admin of this license since 2026-03-01, but was never added to \
         it: an admin holds a seat only once they are added.",
    );
    assert_eq!(why.chain.len(), 2, "the role and the mail domain");
    assert_eq!(actions(&why), ["enter_license_key", "add", "invite"]);

    desk.grant_admin(EVE).await;
    let (ada, eve) = (desk.on("2026-03-02").person(ADA), address(EVE));
    desk.office.revoke_admin(&ada, desk.license, &eve).await.map(drop).expect("revoked");
    says(
        &desk.why(EVE).await,
        WhyStatus::NeverAdded,
        "eve@else.example was an admin of this license until 2026-03-02, but was never added to it: an \
         admin holds a seat only once they are added.",
    );
    let bob = address(BOB);
    desk.office.grant_staff(&ada, desk.license, &bob, StaffRole::Auditor).await.map(drop).expect("granted");
    says(
        &desk.why(BOB).await,
        WhyStatus::NeverAdded,
        "bob@school.example has been an auditor of this license since 2026-03-02, but was never added to it: an \
         auditor holds a seat only once they are added.",
    );
}

#[tokio::test]
async fn of_a_stranger_to_this_license_nothing_is_known_and_nothing_is_told() {
    let mut desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.license = desk.second_license().await;
    for stranger in [EVE, "nobody@else.example"] {
        let why = desk.why(stranger).await;
        let wanted = format!(
            "Nobody by the address {stranger} is known on this license: they were never added to it, or have been erased since."
        );
        assert_eq!(why.sentence, wanted);
        assert_eq!((why.status, why.known, why.chain.len()), (WhyStatus::NotOnLicense, false, 0));
        assert_eq!(why.email.as_deref(), Some(stranger));
        assert_eq!(actions(&why), ["enter_license_key", "add", "invite"]);
    }
}

#[tokio::test]
async fn of_a_stranger_the_refused_rows_that_are_kept_are_searched_and_it_is_said_how_far_they_reach() {
    let desk = Desk::open().await;
    let none = desk.why("lost@else.example").await.refused_rows.expect("searched");
    assert_eq!((none.searched, none.all, none.since), (0, true, None));
    assert_eq!(none.text, "No refused row of this license is kept: they are forgotten after some days.");
    desk.upload(ADA, ImportMode::Add, "one@else.example\n\"lost@else.example, two@else.example\"").await;
    desk.on("2026-03-04").upload(ADA, ImportMode::Add, "bad@\nthree@else.example").await;
    let found = desk.why("lost@else.example").await;
    assert!(!found.known && found.sentence.starts_with("Nobody by the address lost@else.example"));
    let kept = found.refused_rows.expect("searched");
    assert_eq!((kept.searched, kept.all, kept.rows.len()), (2, true, 1));
    assert_eq!((kept.rows[0].line, kept.rows[0].row), (3, 2));
    let told = "It stands in 1 refused row, in line 3 of a CSV file by ada@school.example, on 2026-03-01 \
                (not an e-mail address); those that were searched reach back to 2026-03-01.";
    assert_eq!(kept.text, told);
    let nobody = desk.why("nobody@else.example").await.refused_rows.expect("searched");
    let told = "None of the 2 refused rows that were searched holds it; they reach back to 2026-03-01.";
    assert_eq!((nobody.rows.len(), nobody.text.as_str()), (0, told));
    assert!(
        desk.why("one@else.example").await.refused_rows.is_none(),
        "of whom the history knows, it tells itself"
    );
}

#[tokio::test]
async fn rows_that_hold_an_address_are_counted_beyond_those_that_are_told() {
    let desk = Desk::open().await;
    let rows = vec!["\"lost@else.example, two@else.example\""; 50].join("\n");
    desk.upload(ADA, ImportMode::Add, &rows).await;
    let kept = desk.why("lost@else.example").await.refused_rows.expect("searched");
    assert_eq!((kept.found, kept.rows.len()), (50, 20));
    let told = "It stands in 50 refused rows; the newest import's first one stands in line 2 of a CSV file by ada@school.example";
    assert!(kept.text.starts_with(told), "{}", kept.text);
}

#[tokio::test]
async fn what_the_operator_does_for_somebody_is_told_as_such() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    let operator = desk.on("2026-03-02").operator_as(EVE);
    let reason = DeclineReason::AlreadyLicensed;
    desk.office.decline_invite(&operator, desk.license, reason).await.map(drop).expect("declined");
    says(
        &desk.why(EVE).await,
        WhyStatus::Rejected,
        "eve@else.example is not on this license (Rejected): ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they declined it on 2026-03-02 because they have a license already \
         (entered by the operator).",
    );
}

#[tokio::test]
async fn a_notification_that_the_operator_closes_is_still_found_by_its_person() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    let operator = desk.on("2026-03-02").operator_as(EVE);
    desk.office.close_notification(&operator, desk.license).await.map(drop).expect("closed");
    let told = desk.why(EVE).await.sentence;
    let end = "; they closed the notification on 2026-03-02 (entered by the operator), and find the invite under \
               License Invites.";
    assert!(told.ends_with(end), "{told}");
}

#[tokio::test]
async fn an_erased_person_is_unknown_by_address_and_has_no_name_by_id() {
    let desk = Desk::open().await;
    desk.grant_admin("max@else.example").await;
    desk.add("max@else.example", BOB).await;
    let member = desk.why(BOB).await.member_id.expect("a membership");
    desk.forget(BOB).await;
    assert!(!desk.why(BOB).await.known);

    let (license, today) = (desk.license, desk.today());
    let by_id = desk.ask(move |conn| why_member(conn, license, member, today)).await.expect("a membership");
    says(
        &by_id,
        WhyStatus::Invited,
        "An erased person is Invited and has not answered yet: max@else.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because max@else.example did not \
         administer their mail domain.",
    );
    assert_eq!(by_id.email, None);
    desk.forget("max@else.example").await;
    let by_id = desk.ask(move |conn| why_member(conn, license, member, today)).await.expect("a membership");
    says(
        &by_id,
        WhyStatus::Invited,
        "An erased person is Invited and has not answered yet: an erased person added them on \
         2026-03-01 (pasted, item 1), and they got an invite because that admin did not administer \
         their mail domain.",
    );
}

#[tokio::test]
async fn a_membership_is_found_on_its_own_license_only() {
    let mut desk = Desk::open().await;
    desk.add(ADA, BOB).await;
    let member = desk.why(BOB).await.member_id.expect("a membership");
    let (license, today) = (desk.license, desk.today());
    desk.license = desk.second_license().await;
    let other = desk.license;
    assert!(desk.ask(move |conn| why_member(conn, other, member, today)).await.is_none());
    let not_a_member = domain::MemberId(license.0);
    assert!(desk.ask(move |conn| why_member(conn, license, not_a_member, today)).await.is_none());
}
