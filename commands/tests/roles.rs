//! Roles beside the admins': across all licenses, and on one of them.

mod fixture;

use commands::{OnLicense, create_license::NewLicense};
use domain::{
    Code, InstallationRole, LicenseId, LicenseName, Plan, Role, StaffRole, SubjectId,
    installation::Installation,
};
use fixture::{ADMIN, School, email, operator, person, refused};
use uuid::Uuid;

const OPS: &str = "ops@provider.example";
const EVE: &str = "eve@x.example";

fn lakeside() -> NewLicense {
    NewLicense {
        name: LicenseName::parse("Lakeside").expect("a name"),
        plan: Plan::Paid,
        seats: 5,
        ends: None,
        admin: email(ADMIN),
        domains: Vec::new(),
    }
}

#[tokio::test]
async fn a_person_with_the_operators_role_orders_as_the_operator_under_their_own_name() {
    let school = School::with_seats(5).await;
    let (commands, ops) = (&school.commands, person(OPS));
    assert_eq!(refused(commands.create_license(&ops, &lakeside()).await), Code::NotPermitted);
    commands
        .grant_installation_role(&operator(), &email(OPS), InstallationRole::Operator)
        .await
        .expect("a role");
    commands.create_license(&ops, &lakeside()).await.expect("a license");
    commands.change_seat_limit(&ops, school.license, 9).await.expect("seats");
    commands.grant_admin(&ops, school.license, &email(EVE)).await.expect("an admin");

    let history = school.history().await;
    let last = history.last().expect("an event");
    assert_eq!(last.metadata.role, Role::Operator);
    assert_ne!(last.metadata.actor, SubjectId::OPERATOR, "it says who it was");
    let granted = history.iter().find(|event| event.stream.id == Installation::ID).expect("the grant");
    assert_eq!((granted.revision, granted.license), (1, None));

    commands.revoke_installation_role(&ops, &email(OPS), InstallationRole::Operator).await.expect("revoked");
    assert_eq!(refused(commands.create_license(&ops, &lakeside()).await), Code::NotPermitted);
    let again = commands.grant_installation_role(&ops, &email(OPS), InstallationRole::Operator).await;
    assert_eq!(refused(again), Code::NotPermitted);
}

#[tokio::test]
async fn other_roles_order_nothing() {
    let school = School::with_seats(5).await;
    let commands = &school.commands;
    for role in [InstallationRole::Auditor, InstallationRole::Support] {
        commands.grant_installation_role(&operator(), &email(OPS), role).await.expect("a role");
    }
    for role in StaffRole::ALL {
        commands.grant_staff(&person(ADMIN), school.license, &email(OPS), role).await.expect("a role");
    }
    let ops = person(OPS);
    assert_eq!(refused(commands.create_license(&ops, &lakeside()).await), Code::NotPermitted);
    assert_eq!(refused(commands.grant_admin(&ops, school.license, &email(OPS)).await), Code::NotPermitted);
    let staff = commands.grant_staff(&ops, school.license, &email(EVE), StaffRole::Support).await;
    assert_eq!(refused(staff), Code::NotPermitted);
    let role = commands.grant_installation_role(&ops, &email(OPS), InstallationRole::Operator).await;
    assert_eq!(refused(role), Code::NotPermitted);
    let admin =
        commands.grant_installation_role(&person(ADMIN), &email(EVE), InstallationRole::Support).await;
    assert_eq!(refused(admin), Code::NotPermitted);
}

#[tokio::test]
async fn the_same_role_again_and_one_that_nobody_has_change_nothing() {
    let school = School::with_seats(5).await;
    let (commands, operator, eve) = (&school.commands, operator(), email(EVE));
    let role = InstallationRole::Support;
    let none = commands.revoke_installation_role(&operator, &eve, role).await.expect("an answer");
    assert_eq!(none.code, Code::Unchanged);
    let given = commands.grant_installation_role(&operator, &eve, role).await.expect("a role");
    let again = commands.grant_installation_role(&operator, &eve, role).await.expect("an answer");
    assert_eq!((given.code, again.code), (Code::Changed, Code::Unchanged));
    let staff = StaffRole::Auditor;
    let none = commands.revoke_staff(&operator, school.license, &eve, staff).await.expect("an answer");
    let given = commands.grant_staff(&operator, school.license, &eve, staff).await.expect("a role");
    let taken = commands.revoke_staff(&operator, school.license, &eve, staff).await.expect("an answer");
    assert_eq!((none.code, given.code, taken.code), (Code::Unchanged, Code::Changed, Code::Changed));
}

#[tokio::test]
async fn how_somebody_stands_is_of_this_moment() {
    let school = School::with_seats(5).await;
    let (commands, license, eve) = (&school.commands, school.license, email(EVE));
    let stranger = commands.standing(&eve, Some(license)).await.expect("a standing");
    assert_eq!((stranger.subject, stranger.license), (None, Some(OnLicense::default())));

    commands.grant_staff(&person(ADMIN), license, &eve, StaffRole::Support).await.expect("a role");
    commands.grant_installation_role(&operator(), &eve, InstallationRole::Auditor).await.expect("a role");
    school.add(EVE).await;
    let eves = commands.standing(&eve, Some(license)).await.expect("a standing");
    assert_eq!(eves.installation, [InstallationRole::Auditor].into());
    let on_license =
        OnLicense { admin: false, domains: [].into(), staff: [StaffRole::Support].into(), member: true };
    assert_eq!(eves.license, Some(on_license));

    let nowhere = LicenseId(Uuid::from_u128(1));
    let unknown = commands.standing(&email(ADMIN), Some(nowhere)).await.expect("a standing");
    assert_eq!((unknown.subject.is_some(), unknown.license), (true, None));
    let everybody = commands.installation_roles().await.expect("roles");
    let shown = everybody.iter().map(|(_, email, roles)| (email.as_deref(), roles.as_slice()));
    assert_eq!(shown.collect::<Vec<_>>(), [(Some(EVE), &[InstallationRole::Auditor][..])]);
}
