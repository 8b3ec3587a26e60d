//! Accepted, Invited, Rejected, gone: by each way.

use domain::{DeclineReason, ImportMode};

use super::{BOB, EVE, actions, says};
use crate::{
    audit::desk::{ADA, Desk, address},
    why::WhyStatus,
};

#[tokio::test]
async fn somebody_whom_a_domain_admin_added_joined_at_once() {
    let desk = Desk::open().await;
    desk.upload(ADA, ImportMode::Add, "not an address\nBob@School.example").await;
    let why = desk.why(BOB).await;
    says(
        &why,
        WhyStatus::Accepted,
        "Bob@School.example is on this license (Accepted): ada@school.example added them on 2026-03-01 \
         (CSV file, line 3), and they joined at once because ada@school.example administered \
         school.example.",
    );
    assert_eq!(actions(&why), ["leave", "remove"]);
    assert_eq!(why.email.as_deref(), Some("Bob@School.example"));
    assert_eq!(why.since, Some("2026-03-01T09:00:00Z".parse().expect("a time")));
}

#[tokio::test]
async fn somebody_who_accepted_came_by_the_invite_or_by_what_overtook_it() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").accept(EVE).await.expect("accepted");
    says(
        &desk.why(EVE).await,
        WhyStatus::Accepted,
        "eve@else.example is on this license (Accepted): ada@school.example added them on 2026-03-01 \
         (pasted, item 1), and they got an invite because ada@school.example did not administer \
         else.example; they accepted it on 2026-03-02.",
    );

    let desk = Desk::open().await;
    desk.paste(ADA, ImportMode::Invite, BOB).await;
    desk.on("2026-03-02").add(ADA, BOB).await;
    says(
        &desk.why(BOB).await,
        WhyStatus::Accepted,
        "bob@school.example is on this license (Accepted): ada@school.example invited them on 2026-03-01 \
         (pasted, item 1), and they got an invite because ada@school.example asked for their consent; \
         ada@school.example added them on 2026-03-02 (pasted, item 1), and they joined at once because \
         ada@school.example administered school.example.",
    );

    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").join(EVE).await.expect("joined");
    says(
        &desk.why(EVE).await,
        WhyStatus::Accepted,
        "eve@else.example is on this license (Accepted): ada@school.example added them on 2026-03-01 \
         (pasted, item 1), and they got an invite because ada@school.example did not administer \
         else.example; they entered the license key on 2026-03-02 and joined at once.",
    );
}

#[tokio::test]
async fn somebody_with_the_key_joined_by_it() {
    let desk = Desk::open().await;
    desk.join(EVE).await.expect("joined");
    says(
        &desk.why(EVE).await,
        WhyStatus::Accepted,
        "eve@else.example is on this license (Accepted): they entered the license key on 2026-03-01 and \
         joined at once.",
    );
}

#[tokio::test]
async fn somebody_invited_has_not_answered_and_may_have_closed_the_notification() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Invited,
        "eve@else.example is Invited and has not answered yet: ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example.",
    );
    let wanted = ["accept", "enter_license_key", "close_notification", "decline", "withdraw", "remove"];
    assert_eq!(actions(&why), wanted);

    desk.on("2026-03-02").close(EVE).await;
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Invited,
        "eve@else.example is Invited and has not answered yet: ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they closed the notification on 2026-03-02, and find the invite under \
         License Invites.",
    );
    assert!(actions(&why).contains(&"reopen_notification"));

    desk.on("2026-03-03").reopen(EVE).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Invited,
        "eve@else.example is Invited and has not answered yet: ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they reopened the notification on 2026-03-03.",
    );

    desk.paste(ADA, ImportMode::Invite, BOB).await;
    says(
        &desk.why(BOB).await,
        WhyStatus::Invited,
        "bob@school.example is Invited and has not answered yet: ada@school.example invited them on \
         2026-03-03 (pasted, item 1), and they got an invite because ada@school.example asked for their \
         consent.",
    );
}

#[tokio::test]
async fn somebody_who_declined_is_rejected_and_says_why() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").decline(EVE, DeclineReason::UnknownSender).await;
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Rejected,
        "eve@else.example is not on this license (Rejected): ada@school.example added them on \
         2026-03-01 (pasted, item 1), and they got an invite because ada@school.example did not \
         administer else.example; they declined it on 2026-03-02 because they do not know who invites \
         them.",
    );
    assert_eq!(actions(&why), ["enter_license_key", "add_again", "invite", "remove"]);

    desk.on("2026-03-03").add(ADA, EVE).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Invited,
        "eve@else.example is Invited and has not answered yet: ada@school.example added them on \
         2026-03-03 (pasted, item 1), and they got an invite (number 2) because ada@school.example did \
         not administer else.example.",
    );
    desk.on("2026-03-04").decline(EVE, DeclineReason::Unspecified).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Rejected,
        "eve@else.example is not on this license (Rejected): ada@school.example added them on \
         2026-03-03 (pasted, item 1), and they got an invite (number 2) because ada@school.example did \
         not administer else.example; they declined it on 2026-03-04 without giving a reason.",
    );
}

#[tokio::test]
async fn somebody_who_has_gone_was_removed_or_withdrawn_or_left() {
    let desk = Desk::open().await;
    desk.add(ADA, BOB).await;
    desk.on("2026-03-02").paste(ADA, ImportMode::Remove, BOB).await;
    says(
        &desk.why(BOB).await,
        WhyStatus::Removed,
        "bob@school.example is not on this license any more: ada@school.example removed them on \
         2026-03-02 (pasted, item 1); until then they were Accepted, added by an admin of their mail domain.",
    );

    desk.add(ADA, EVE).await;
    desk.on("2026-03-03").paste(ADA, ImportMode::Remove, EVE).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Removed,
        "eve@else.example is not on this license any more: ada@school.example added them on 2026-03-02 \
         (pasted, item 1), and they got an invite because ada@school.example did not administer \
         else.example; ada@school.example removed them on 2026-03-03 (pasted, item 1); until then they \
         were Invited.",
    );

    desk.add(ADA, EVE).await;
    desk.on("2026-03-04").decline(EVE, DeclineReason::NotNeeded).await;
    desk.on("2026-03-05").paste(ADA, ImportMode::Remove, EVE).await;
    says(
        &desk.why(EVE).await,
        WhyStatus::Removed,
        "eve@else.example is not on this license any more: ada@school.example removed them on \
         2026-03-05 (pasted, item 1); until then they were Rejected.",
    );

    desk.add(ADA, EVE).await;
    let (ada, eve) = (desk.on("2026-03-06").person(ADA), address(EVE));
    desk.office.withdraw_invite(&ada, desk.license, &eve).await.map(drop).expect("withdrawn");
    says(
        &desk.why(EVE).await,
        WhyStatus::Removed,
        "eve@else.example is not on this license any more: ada@school.example added them on 2026-03-05 \
         (pasted, item 1), and they got an invite (number 3) because ada@school.example did not \
         administer else.example; ada@school.example withdrew it on 2026-03-06, before they answered.",
    );

    desk.join(EVE).await.expect("joined");
    let eve = desk.on("2026-03-07").person(EVE);
    desk.office.leave_license(&eve, desk.license).await.map(drop).expect("left");
    let why = desk.why(EVE).await;
    says(
        &why,
        WhyStatus::Removed,
        "eve@else.example is not on this license any more: they left on 2026-03-07.",
    );
    assert_eq!(actions(&why), ["enter_license_key", "add_again", "invite"]);
}
