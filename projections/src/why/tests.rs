//! Every path of DESIGN §4, and what is said of it.

use commands::CommandError;
use domain::{DeclineReason, ImportMode, Plan, Refusal};

use super::{Why, WhyStatus, why, why_member};
use crate::audit::desk::{ADA, Desk, address, day};

const BOB: &str = "bob@school.example";
const EVE: &str = "eve@else.example";

impl Desk {
    async fn why(&self, email: &'static str) -> Why {
        let (license, today) = (self.license, self.today());
        self.ask(move |conn| why(conn, license, email, today)).await
    }

    async fn accept(&self, email: &str) -> Result<(), CommandError> {
        self.office.accept_invite(&self.person(email), self.license).await.map(drop)
    }

    async fn decline(&self, email: &str, reason: DeclineReason) {
        self.office
            .decline_invite(&self.person(email), self.license, reason)
            .await
            .map(drop)
            .expect("declined");
    }

    async fn close(&self, email: &str) {
        self.office.close_notification(&self.person(email), self.license).await.map(drop).expect("closed");
    }

    async fn reopen(&self, email: &str) {
        self.office.reopen_notification(&self.person(email), self.license).await.map(drop).expect("reopened");
    }

    async fn join(&self, email: &str) -> Result<(), CommandError> {
        self.office.join_with_key(&self.person(email), &self.key.reveal()).await.map(drop)
    }

    async fn ends(&self, last_day: Option<&str>) {
        let ended = self.office.change_term(&self.operator(), self.license, last_day.map(day)).await;
        ended.map(drop).expect("another term");
    }
}

#[track_caller]
fn says(why: &Why, status: WhyStatus, sentence: &str) {
    if sentence.is_empty() { println!("FILL {} {:?}", std::panic::Location::caller().line(), why.sentence); return; }
    assert_eq!(why.sentence, sentence);
    assert_eq!(why.status, status);
    assert!(why.known && !why.chain.is_empty());
}

fn actions(why: &Why) -> Vec<&'static str> {
    why.next_steps.iter().map(|step| step.action).collect()
}

fn refused(answer: Result<(), CommandError>) -> Refusal {
    match answer {
        Err(CommandError::Refused { refusal, .. }) => refusal,
        Err(other) => panic!("{other}"),
        Ok(()) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn somebody_whom_a_domain_admin_added_joined_at_once() {
    let desk = Desk::open().await;
    desk.upload(ADA, ImportMode::Add, "not an address\nBob@School.example").await;
    let why = desk.why(BOB).await;
    says(&why, WhyStatus::Accepted, "");
    assert_eq!(actions(&why), ["leave", "remove"]);
    assert_eq!(why.email.as_deref(), Some("Bob@School.example"));
    assert_eq!(why.since, Some("2026-03-01T09:00:00Z".parse().expect("a time")));
}

#[tokio::test]
async fn somebody_who_accepted_came_by_the_invite_or_by_what_overtook_it() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").accept(EVE).await.expect("accepted");
    says(&desk.why(EVE).await, WhyStatus::Accepted, "");

    let desk = Desk::open().await;
    desk.paste(ADA, ImportMode::Invite, BOB).await;
    desk.on("2026-03-02").add(ADA, BOB).await;
    says(&desk.why(BOB).await, WhyStatus::Accepted, "");

    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").join(EVE).await.expect("joined");
    says(&desk.why(EVE).await, WhyStatus::Accepted, "");
}

#[tokio::test]
async fn somebody_with_the_key_joined_by_it() {
    let desk = Desk::open().await;
    desk.join(EVE).await.expect("joined");
    says(&desk.why(EVE).await, WhyStatus::Accepted, "");
}

#[tokio::test]
async fn somebody_invited_has_not_answered_and_may_have_closed_the_notification() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    let why = desk.why(EVE).await;
    says(&why, WhyStatus::Invited, "");
    let wanted =
        ["accept", "enter_license_key", "add_at_once", "close_notification", "decline", "withdraw", "remove"];
    assert_eq!(actions(&why), wanted);

    desk.on("2026-03-02").close(EVE).await;
    let why = desk.why(EVE).await;
    says(&why, WhyStatus::Invited, "");
    assert!(actions(&why).contains(&"reopen_notification"));

    desk.on("2026-03-03").reopen(EVE).await;
    says(&desk.why(EVE).await, WhyStatus::Invited, "");

    desk.paste(ADA, ImportMode::Invite, BOB).await;
    says(&desk.why(BOB).await, WhyStatus::Invited, "");
}

#[tokio::test]
async fn somebody_who_declined_is_rejected_and_says_why() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    desk.on("2026-03-02").decline(EVE, DeclineReason::UnknownSender).await;
    let why = desk.why(EVE).await;
    says(&why, WhyStatus::Rejected, "");
    assert_eq!(actions(&why), ["enter_license_key", "add_again", "invite", "remove"]);

    desk.on("2026-03-03").add(ADA, EVE).await;
    says(&desk.why(EVE).await, WhyStatus::Invited, "");
    desk.on("2026-03-04").decline(EVE, DeclineReason::Unspecified).await;
    says(&desk.why(EVE).await, WhyStatus::Rejected, "");
}

#[tokio::test]
async fn somebody_who_has_gone_was_removed_or_withdrawn_or_left() {
    let desk = Desk::open().await;
    desk.add(ADA, BOB).await;
    desk.on("2026-03-02").paste(ADA, ImportMode::Remove, BOB).await;
    says(&desk.why(BOB).await, WhyStatus::Removed, "");

    desk.add(ADA, EVE).await;
    desk.on("2026-03-03").paste(ADA, ImportMode::Remove, EVE).await;
    says(&desk.why(EVE).await, WhyStatus::Removed, "");

    desk.add(ADA, EVE).await;
    desk.on("2026-03-04").decline(EVE, DeclineReason::NotNeeded).await;
    desk.on("2026-03-05").paste(ADA, ImportMode::Remove, EVE).await;
    says(&desk.why(EVE).await, WhyStatus::Removed, "");

    desk.add(ADA, EVE).await;
    let (ada, eve) = (desk.on("2026-03-06").person(ADA), address(EVE));
    desk.office.withdraw_invite(&ada, desk.license, &eve).await.map(drop).expect("withdrawn");
    says(&desk.why(EVE).await, WhyStatus::Removed, "");

    desk.join(EVE).await.expect("joined");
    let eve = desk.on("2026-03-07").person(EVE);
    desk.office.leave_license(&eve, desk.license).await.map(drop).expect("left");
    let why = desk.why(EVE).await;
    says(&why, WhyStatus::Removed, "");
    assert_eq!(actions(&why), ["enter_license_key", "add_again", "invite"]);
}

#[tokio::test]
async fn somebody_who_was_only_ever_refused_was_never_on_the_license() {
    let desk = Desk::open().await;
    desk.add(ADA, "one@school.example, two@school.example").await;
    desk.on("2026-03-02").upload(ADA, ImportMode::Add, BOB).await;
    let why = desk.why(BOB).await;
    says(&why, WhyStatus::NeverAdded, "");
    assert_eq!(actions(&why), ["free_seat", "more_seats"]);
    assert_eq!(why.since, None);

    desk.on("2026-03-03").ends(Some("2026-03-02")).await;
    desk.add(ADA, BOB).await;
    let why = desk.why(BOB).await;
    says(&why, WhyStatus::NeverAdded, "");
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
    says(&why, WhyStatus::Invited, "");
    assert_eq!(actions(&why), ["reopen_notification", "decline", "withdraw", "remove", "renew_license"]);

    desk.on("2026-03-08").decline(EVE, DeclineReason::PrivacyConcern).await;
    says(&desk.why(EVE).await, WhyStatus::Rejected, "");

    desk.ends(None).await;
    desk.office.change_plan(&desk.operator(), desk.license, Plan::Free).await.map(drop).expect("a plan");
    assert_eq!(refused(desk.on("2026-03-09").join(EVE).await), Refusal::PlanRequired);
    let why = desk.why(EVE).await;
    says(&why, WhyStatus::Rejected, "");
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
        Ok(conn.query_row(sql, [reply.id.expect("an id")], |row| row.get(0).map(domain::KeyId))?)
    });
    desk.office.revoke_key(&ada, desk.license, first.await).await.map(drop).expect("revoked");
    assert!(actions(&desk.why(EVE).await).contains(&"enter_license_key"));
    let key = used_up.expect("a key").reveal();
    desk.office.join_with_key(&desk.person(BOB), &key).await.map(drop).expect("joined");
    assert!(!actions(&desk.why(EVE).await).contains(&"enter_license_key"));

    assert_eq!(refused(desk.join(EVE).await), Refusal::KeyRevoked);
    says(&desk.why(EVE).await, WhyStatus::NeverAdded, "");
}

#[tokio::test]
async fn an_admin_who_was_never_added_is_told_from_a_stranger() {
    let desk = Desk::open().await;
    let why = desk.why(ADA).await;
    says(&why, WhyStatus::NeverAdded, "");
    assert_eq!(why.chain.len(), 2, "the role and the mail domain");
    assert_eq!(actions(&why), ["enter_license_key", "add", "invite"]);

    desk.grant_admin(EVE).await;
    let (ada, eve) = (desk.on("2026-03-02").person(ADA), address(EVE));
    desk.office.revoke_admin(&ada, desk.license, &eve).await.map(drop).expect("revoked");
    says(&desk.why(EVE).await, WhyStatus::NeverAdded, "");
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
async fn what_the_operator_does_for_somebody_is_told_as_such() {
    let desk = Desk::open().await;
    desk.add(ADA, EVE).await;
    let operator = desk.on("2026-03-02").operator_as(EVE);
    let reason = DeclineReason::AlreadyLicensed;
    desk.office.decline_invite(&operator, desk.license, reason).await.map(drop).expect("declined");
    says(&desk.why(EVE).await, WhyStatus::Rejected, "");
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
    says(&by_id, WhyStatus::Invited, "");
    assert_eq!(by_id.email, None);
    desk.forget("max@else.example").await;
    let by_id = desk.ask(move |conn| why_member(conn, license, member, today)).await.expect("a membership");
    says(&by_id, WhyStatus::Invited, "");
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
