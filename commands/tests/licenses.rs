//! What the operator orders of licenses.

mod fixture;

use commands::{CommandError, create_license::NewLicense};
use domain::{LicenseName, Plan, Refusal};
use fixture::{ADMIN, School, day, email, operator, person};

fn ending(ends: &str) -> NewLicense {
    NewLicense {
        name: LicenseName::parse("Lakeside").expect("a name"),
        plan: Plan::Paid,
        seats: 5,
        ends: Some(day(ends)),
        admin: email(ADMIN),
        domains: Vec::new(),
    }
}

#[track_caller]
fn refusal<T>(answer: Result<T, CommandError>) -> Refusal {
    match answer {
        Err(CommandError::Refused { refusal, .. }) => refusal,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it was not refused"),
    }
}

#[tokio::test]
async fn nothing_new_ends_in_the_past_but_a_license_may_be_ended_at_once() {
    let school = School::with_seats(5).await;
    let (commands, operator) = (&school.commands, operator());
    let today = operator.now.date_naive();
    let yesterday = today.pred_opt().expect("a day");
    let past = Refusal::EndInPast { ends: yesterday, today };
    assert_eq!(refusal(commands.create_license(&operator, &ending(&yesterday.to_string())).await), past);
    assert_eq!(refusal(commands.issue_key(&operator, school.license, None, Some(yesterday)).await), past);
    commands.create_license(&operator, &ending(&today.to_string())).await.expect("until today");
    commands.issue_key(&operator, school.license, None, Some(today)).await.expect("until today");
    commands.change_term(&operator, school.license, Some(yesterday)).await.expect("ended at once");
}

#[tokio::test]
async fn an_admin_who_asks_for_what_was_sold_is_told_that_the_operator_decides() {
    let school = School::with_seats(5).await;
    let answer = school.commands.change_plan(&person(ADMIN), school.license, Plan::Free).await;
    assert_eq!(refusal(answer), Refusal::OperatorOnly);
}
