//! What the API's description says of every operation alike: who asks, how an order happens once, how a no looks.

mod shapes;

use axum::http::header;
use utoipa::{
    PartialSchema,
    openapi::{
        ContentBuilder, HeaderBuilder, ObjectBuilder, OpenApi, Ref, RefOr, Required, Response,
        ResponseBuilder, SchemaFormat, Type,
        path::{Operation, Parameter, ParameterBuilder, ParameterIn},
        security::{
            ApiKey, ApiKeyValue, Http, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme,
        },
    },
};

use crate::{
    network::COOKIE_NAMES,
    rights::{self, Kind, Right, Role},
};

/// Puts it in.
pub(crate) fn complete(api: &mut OpenApi) {
    shapes::complete(api);
    let components = api.components.get_or_insert_default();
    components.add_security_scheme(SESSION, SecurityScheme::ApiKey(ApiKey::Cookie(by_session())));
    components.add_security_scheme(TOKEN, SecurityScheme::Http(by_token()));
    // Several parts of a path may stand in one place, which the router marks, and the description can't.
    let paths = std::mem::take(&mut api.paths.paths);
    api.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    for (path, item) in &mut api.paths.paths {
        let orders = !NO_ORDERS.iter().any(|prefix| path.starts_with(prefix));
        for (order, operation) in [(false, &mut item.get), (orders, &mut item.post), (orders, &mut item.put)]
        {
            if let Some(operation) = operation {
                add_headers(operation, order);
                add_answers(operation);
                relax_body(operation);
                say_who(operation);
            }
        }
    }
}

const SESSION: &str = "session";
const TOKEN: &str = "token";

fn by_session() -> ApiKeyValue {
    let text = "The cookie of a browser in which somebody has signed in. Orders then have to come from a page of the \
                service (`Sec-Fetch-Site` or `Origin`). On this machine without TLS it is called `seatbook-session`.";
    ApiKeyValue::with_description(COOKIE_NAMES[0], text)
}

fn by_token() -> Http {
    let text =
        "A token of `POST /api/v1/tokens`: `sbk_` and 36 digits and letters. Never together with the cookie.";
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("sbk_");
    scheme.description(Some(text)).build()
}

/// By what whoever asks has to be known, over the network.
fn say_who(operation: &mut Operation) {
    let right = operation.operation_id.as_deref().and_then(rights::of);
    let known = |by: &str| SecurityRequirement::new(by, Vec::<String>::new());
    operation.security = match right {
        Some(right) if right.roles.contains(&Role::Anybody) => Some(Vec::new()),
        Some(Right { kind: Kind::Account, .. }) => Some(vec![known(SESSION)]),
        Some(_) | None => Some(vec![known(SESSION), known(TOKEN)]),
    };
}

/// Below these addresses nothing needs a key to happen once: read models can be built again at any time, and accounts
/// are no part of the history.
const NO_ORDERS: [&str; 7] = [
    "/api/v1/projections",
    "/api/v1/log/",
    "/api/v1/sign-",
    "/api/v1/sessions",
    "/api/v1/identities",
    "/api/v1/tokens",
    "/api/v1/me",
];

/// What only a person can ask for or order.
const BY_PEOPLE: [&str; 19] = [
    "list_invites",
    "accept_invite",
    "decline_invite",
    "close_notification",
    "reopen_notification",
    "leave_license",
    "join_with_key",
    "ask_for_domain_proof",
    "add_users",
    "invite_users",
    "remove_users",
    "withdraw_invite",
    "list_sessions",
    "end_session",
    "list_identities",
    "unlink_identity",
    "list_tokens",
    "make_token",
    "revoke_token",
];

/// Where it counts who asks, and by which way, without a key that would make it happen once: what is written down each time,
/// and what is no part of the history.
const WITHOUT_KEY: [&str; 2] = ["show_key", "drop_domain_proof"];

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
    let (by_people, without_key) = (is_among(&BY_PEOPLE), is_among(&WITHOUT_KEY));
    let order = order && !without_key;
    let parameters = operation.parameters.get_or_insert_default();
    parameters.push(person(order || by_people || without_key).into());
    if order || without_key {
        parameters.push(way().into());
    }
    if order {
        parameters.push(key().into());
    }
}

fn person(matters: bool) -> Parameter {
    let here = if matters { "" } else { " It is checked, and makes no difference here." };
    let text = format!(
        "On the database's own socket and on the command line, the person that the operator acts for: an e-mail \
         address, percent-encoded UTF-8 where it is not ASCII. Over the network people ask for themselves, and the \
         header is refused.{here}"
    );
    let address =
        ObjectBuilder::new().schema_type(Type::String).format(Some(SchemaFormat::Custom("email".to_owned())));
    in_header("Seatbook-As").description(Some(text)).schema(Some(address)).build()
}

fn way() -> Parameter {
    let only = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(["cli"]));
    in_header("Seatbook-Via")
        .description(Some(
            "`cli`, if the command line asks, not over the network; stands in the history as the source. Nothing else is \
             taken.",
        ))
        .schema(Some(only))
        .build()
}

fn key() -> Parameter {
    let text = "Makes the order happen once, however often it is sent: the same key with the same request gives the \
                first result again. Up to 255 characters, in double quotes or plain. Another request with it is \
                refused (`idempotency_key_reused`).";
    let key = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    in_header("Idempotency-Key").description(Some(text)).schema(Some(key)).build()
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
