//! What the API's description says of every operation alike: who asks, how an order happens once, how a no looks.

use axum::http::header;
use utoipa::{
    PartialSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
    },
};

/// Puts it in.
pub(crate) fn complete(api: &mut OpenApi) {
    for (path, item) in &mut api.paths.paths {
        // Read models can be built again at any time; nothing needs a key to happen once there.
        let orders = !path.starts_with("/api/v1/projections");
        for (order, operation) in [(false, &mut item.get), (orders, &mut item.post), (orders, &mut item.put)]
        {
            if let Some(operation) = operation {
                add_headers(operation, order);
                add_answers(operation);
                relax_body(operation);
            }
        }
    }
}

/// What only a person can ask for or order.
const BY_PEOPLE: [&str; 11] = [
    "list_invites",
    "accept_invite",
    "decline_invite",
    "close_notification",
    "reopen_notification",
    "leave_license",
    "join_with_key",
    "add_users",
    "invite_users",
    "remove_users",
    "withdraw_invite",
];

/// Questions whose answer depends on who asks.
const ANSWERED_BY_ROLE: [&str; 1] = ["show_key"];

/// In whose bodies nothing has to stand, so that there need be none.
const WITHOUT_BODY: [&str; 2] = ["decline_invite", "issue_key"];

fn relax_body(operation: &mut Operation) {
    let may_lack = operation.operation_id.as_deref().is_some_and(|id| WITHOUT_BODY.contains(&id));
    if let Some(RefOr::T(body)) = operation.request_body.as_mut().filter(|_| may_lack) {
        body.required = Some(Required::False);
    }
}

fn add_headers(operation: &mut Operation, order: bool) {
    let is_among = |ids: &[&str]| operation.operation_id.as_deref().is_some_and(|id| ids.contains(&id));
    let (required, by_role) = (is_among(&BY_PEOPLE), is_among(&ANSWERED_BY_ROLE));
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(person(order || required || by_role, required).into());
    if order {
        parameters.push(way().into());
        parameters.push(key().into());
    }
}

fn person(matters: bool, required: bool) -> Parameter {
    let here =
        if matters { "" } else { " It is checked, and makes no difference here until people sign in." };
    let text = format!(
        "The person that the operator acts for: an e-mail address, percent-encoded UTF-8 where it is not ASCII.{here}"
    );
    let required = if required { Required::True } else { Required::False };
    in_header("Seatbook-As").description(Some(text)).required(required).build()
}

fn way() -> Parameter {
    in_header("Seatbook-Via")
        .description(Some(
            "`cli`, if the command line asks; stands in the history as the source. Nothing else is taken.",
        ))
        .build()
}

fn key() -> Parameter {
    let text = "Makes the order happen once, however often it is sent: the same key with the same request gives the \
                first result again. Up to 255 characters, in double quotes or plain. Another request with it is \
                refused (`idempotency_key_reused`).";
    in_header("Idempotency-Key").description(Some(text)).build()
}

fn in_header(name: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .schema(Some(String::schema()))
}

fn add_answers(operation: &mut Operation) {
    let answers = &mut operation.responses.responses;
    for answer in answers.values_mut() {
        if let RefOr::T(answer) = answer
            && answer.description.is_empty()
        {
            "As asked.".clone_into(&mut answer.description);
        }
    }
    let wait = HeaderBuilder::new()
        .schema(Some(u64::schema()))
        .description(Some("After how many seconds to try again."))
        .build();
    let later =
        problem("Not now: others are writing, a list is behind, or the service is stopping. Try again.");
    for (status, answer) in [
        ("4XX", problem("The request can't be done as it is; `code` says why and `hint` what to do.")),
        ("503", later.header(header::RETRY_AFTER.as_str(), wait)),
        ("5XX", problem("A fault on our side, or no room on the disk (507, `disk_full`).")),
    ] {
        answers.insert(status.to_owned(), RefOr::<Response>::T(answer.build()));
    }
}

fn problem(description: &str) -> ResponseBuilder {
    let schema = RefOr::Ref(Ref::from_schema_name("Problem"));
    let content = ContentBuilder::new().schema(Some(schema)).build();
    ResponseBuilder::new().description(description).content("application/problem+json", content)
}
