//! The dashboard: pages for people, beside the API for programs.
//!
//! A page calls the very functions that the API calls, and who may see it the same table says
//! ([`rights`](crate::rights)): [`DOORS`] names the operation behind each page. Everything works without scripts; scripts
//! only make it quicker.

mod access;
mod account;
mod add;
mod answers;
mod asked;
mod assets;
mod audit;
mod difference;
mod domain_proofs;
mod door;
mod failure;
mod form;
mod frame;
mod home;
mod imports;
mod installation;
mod keys;
mod licenses;
mod live;
mod orders;
mod people;
mod person;
mod place;
mod settings;
mod terms;
mod then;
mod toast;
mod users;
mod visit;
mod went;
pub(crate) mod words;

use axum::{
    Router,
    middleware::from_fn_with_state,
    routing::{get, post},
};

use crate::State;

pub(crate) use failure::shown;
pub(crate) use form::Form;
pub(crate) use frame::Plain;
pub(crate) use visit::{SIGN_IN, html, ours};
pub(crate) use words::counted;

/// A page: its method and address, and the operation of the API whose right it needs.
pub type Door = (&'static str, &'static str, &'static str);

/// Every page but those for everybody.
pub static DOORS: &[Door] = &[
    ("GET", "/", "list_licenses"),
    ("POST", "/theme", "who_am_i"),
    ("POST", "/sign-out", "sign_out"),
    // What is one's own.
    ("GET", "/account", "list_invites"),
    ("POST", "/account/join", "join_with_key"),
    ("GET", "/account/sessions", "list_sessions"),
    ("POST", "/account/sessions/end-others", "end_session"),
    ("POST", "/account/sessions/{session_id}/end", "end_session"),
    ("GET", "/account/identities", "list_identities"),
    ("POST", "/account/identities/{identity_id}/unlink", "unlink_identity"),
    ("GET", "/account/tokens", "list_tokens"),
    ("POST", "/account/tokens", "make_token"),
    ("POST", "/account/tokens/{token_id}/revoke", "revoke_token"),
    ("POST", "/invites/{license_id}/accept", "accept_invite"),
    ("POST", "/invites/{license_id}/decline", "decline_invite"),
    ("POST", "/invites/{license_id}/close", "close_notification"),
    ("POST", "/invites/{license_id}/reopen", "reopen_notification"),
    ("POST", "/licenses/{license_id}/leave", "leave_license"),
    // Licenses and their people.
    ("GET", "/licenses", "list_licenses"),
    ("GET", "/licenses/{license_id}", "show_license"),
    ("GET", "/licenses/{license_id}/users", "list_users"),
    ("GET", "/licenses/{license_id}/users.csv", "list_users"),
    // It tells that something has changed, and shows nobody.
    ("GET", "/licenses/{license_id}/changes", "show_seats"),
    ("GET", "/licenses/{license_id}/users/{member_id}", "why"),
    ("GET", "/licenses/{license_id}/why", "why"),
    ("POST", "/licenses/{license_id}/people", "add_users"),
    // Adding and removing.
    ("GET", "/licenses/{license_id}/add", "add_users"),
    ("POST", "/licenses/{license_id}/add", "add_users"),
    ("GET", "/licenses/{license_id}/add/csv", "add_users"),
    ("POST", "/licenses/{license_id}/add/csv", "begin_import"),
    ("POST", "/licenses/{license_id}/add/csv/check", "begin_import"),
    ("GET", "/licenses/{license_id}/remove", "remove_users"),
    ("POST", "/licenses/{license_id}/remove", "remove_users"),
    ("GET", "/licenses/{license_id}/remove/csv", "remove_users"),
    ("POST", "/licenses/{license_id}/remove/csv", "begin_import"),
    ("POST", "/licenses/{license_id}/remove/csv/check", "begin_import"),
    ("GET", "/licenses/{license_id}/add/key", "issue_key"),
    ("POST", "/licenses/{license_id}/keys", "issue_key"),
    ("POST", "/licenses/{license_id}/keys/{key_id}/show", "show_key"),
    ("POST", "/licenses/{license_id}/keys/{key_id}/rotate", "rotate_key"),
    ("POST", "/licenses/{license_id}/keys/{key_id}/revoke", "revoke_key"),
    ("GET", "/licenses/{license_id}/keys/{key_id}/joined", "list_joined_by_key"),
    ("GET", "/licenses/{license_id}/keys/{key_id}/joined.csv", "list_joined_by_key"),
    // What was done.
    ("GET", "/licenses/{license_id}/imports", "list_imports"),
    ("GET", "/licenses/{license_id}/imports/{import_id}", "show_import"),
    ("GET", "/licenses/{license_id}/imports/{import_id}/refused.csv", "list_refused_rows"),
    ("POST", "/licenses/{license_id}/imports/{import_id}/cancel", "cancel_import"),
    ("POST", "/licenses/{license_id}/imports/{import_id}/undo", "undo_import"),
    ("GET", "/licenses/{license_id}/audit", "list_audit"),
    ("GET", "/licenses/{license_id}/audit.csv", "export_audit"),
    ("GET", "/licenses/{license_id}/audit.ndjson", "export_audit"),
    ("GET", "/licenses/{license_id}/audit/then", "list_users"),
    ("GET", "/licenses/{license_id}/audit/then.csv", "list_users"),
    ("GET", "/licenses/{license_id}/audit/difference", "list_user_changes"),
    ("GET", "/installation", "list_installation_audit"),
    ("GET", "/installation.csv", "export_installation_audit"),
    ("GET", "/installation.ndjson", "export_installation_audit"),
    // How it is set up.
    ("GET", "/licenses/{license_id}/settings", "list_domain_proofs"),
    ("POST", "/licenses/{license_id}/settings/name", "rename_license"),
    ("POST", "/licenses/{license_id}/settings/seats", "change_seat_limit"),
    ("POST", "/licenses/{license_id}/settings/term", "change_term"),
    ("POST", "/licenses/{license_id}/settings/plan", "change_plan"),
    ("POST", "/licenses/{license_id}/settings/admins", "grant_admin"),
    ("POST", "/licenses/{license_id}/settings/admins/revoke", "revoke_admin"),
    ("POST", "/licenses/{license_id}/settings/domains", "grant_domain"),
    ("POST", "/licenses/{license_id}/settings/domains/revoke", "revoke_domain"),
    ("POST", "/licenses/{license_id}/settings/domains/proofs", "ask_for_domain_proof"),
    ("POST", "/licenses/{license_id}/settings/domains/proofs/check", "check_domain_proof"),
    ("POST", "/licenses/{license_id}/settings/domains/proofs/drop", "drop_domain_proof"),
    ("POST", "/licenses/{license_id}/settings/staff", "grant_staff"),
    ("POST", "/licenses/{license_id}/settings/staff/revoke", "revoke_staff"),
];

/// All pages, and what they are made of.
pub(crate) fn router(state: State) -> Router<State> {
    let own = Router::new()
        .route("/", get(home::begin))
        .route("/theme", post(home::set_theme))
        .route("/sign-out", post(home::sign_out))
        .route("/account", get(account::show))
        .route("/account/join", post(account::join))
        .route("/account/sessions", get(access::list_sessions))
        .route("/account/sessions/end-others", post(access::end_other_sessions))
        .route("/account/sessions/{session_id}/end", post(access::end_session))
        .route("/account/identities", get(access::list_identities))
        .route("/account/identities/{identity_id}/unlink", post(access::unlink_identity))
        .route("/account/tokens", get(access::list_tokens).post(access::make_token))
        .route("/account/tokens/{token_id}/revoke", post(access::revoke_token))
        .route("/invites/{license_id}/accept", post(answers::accept))
        .route("/invites/{license_id}/decline", post(answers::decline))
        .route("/invites/{license_id}/close", post(answers::close))
        .route("/invites/{license_id}/reopen", post(answers::reopen))
        .route("/licenses", get(licenses::show))
        .route("/licenses/{license_id}", get(place::begin));
    let pages = own.merge(of_license());
    pages.route_layer(from_fn_with_state(state, door::let_in)).merge(assets::router())
}

/// The pages of a license.
fn of_license() -> Router<State> {
    Router::new()
        .route("/licenses/{license_id}/leave", post(answers::leave))
        .route("/licenses/{license_id}/users", get(users::show))
        .route("/licenses/{license_id}/users.csv", get(users::export))
        .route("/licenses/{license_id}/changes", get(live::changes))
        .route("/licenses/{license_id}/users/{member_id}", get(person::show))
        .route("/licenses/{license_id}/why", get(person::ask))
        .route("/licenses/{license_id}/people", post(people::act))
        .route("/licenses/{license_id}/add", get(add::show).post(add::add))
        .route("/licenses/{license_id}/add/csv", get(add::show_csv).post(add::add_csv))
        .route("/licenses/{license_id}/add/csv/check", post(add::check_csv))
        .route("/licenses/{license_id}/remove", get(add::show_removal).post(add::remove))
        .route("/licenses/{license_id}/remove/csv", get(add::show_removal_csv).post(add::remove_csv))
        .route("/licenses/{license_id}/remove/csv/check", post(add::check_removal_csv))
        .route("/licenses/{license_id}/add/key", get(keys::list))
        .route("/licenses/{license_id}/keys", post(keys::issue))
        .route("/licenses/{license_id}/keys/{key_id}/show", post(keys::show))
        .route("/licenses/{license_id}/keys/{key_id}/rotate", post(keys::rotate))
        .route("/licenses/{license_id}/keys/{key_id}/revoke", post(keys::revoke))
        .route("/licenses/{license_id}/keys/{key_id}/joined", get(keys::joined))
        .route("/licenses/{license_id}/keys/{key_id}/joined.csv", get(keys::joined_file))
        .route("/licenses/{license_id}/imports", get(imports::list))
        .route("/licenses/{license_id}/imports/{import_id}", get(imports::show))
        .route("/licenses/{license_id}/imports/{import_id}/refused.csv", get(imports::refused_file))
        .route("/licenses/{license_id}/imports/{import_id}/cancel", post(imports::cancel))
        .route("/licenses/{license_id}/imports/{import_id}/undo", post(imports::undo))
        .merge(history())
        .merge(settings())
}

/// What happened, and how it was.
fn history() -> Router<State> {
    Router::new()
        .route("/licenses/{license_id}/audit", get(audit::show))
        .route("/licenses/{license_id}/audit.csv", get(audit::as_csv))
        .route("/licenses/{license_id}/audit.ndjson", get(audit::as_lines))
        .route("/installation", get(audit::show_of_installation))
        .route("/installation.csv", get(audit::as_csv_of_installation))
        .route("/installation.ndjson", get(audit::as_lines_of_installation))
        .route("/licenses/{license_id}/audit/then", get(then::show))
        .route("/licenses/{license_id}/audit/then.csv", get(then::as_csv))
        .route("/licenses/{license_id}/audit/difference", get(difference::show))
}

/// How a license is set up.
fn settings() -> Router<State> {
    Router::new()
        .route("/licenses/{license_id}/settings", get(settings::show))
        .route("/licenses/{license_id}/settings/name", post(settings::rename))
        .route("/licenses/{license_id}/settings/seats", post(terms::change_seats))
        .route("/licenses/{license_id}/settings/term", post(terms::change_term))
        .route("/licenses/{license_id}/settings/plan", post(terms::change_plan))
        .route("/licenses/{license_id}/settings/admins", post(settings::grant_admin))
        .route("/licenses/{license_id}/settings/admins/revoke", post(settings::revoke_admin))
        .route("/licenses/{license_id}/settings/domains", post(settings::grant_domain))
        .route("/licenses/{license_id}/settings/domains/revoke", post(settings::revoke_domain))
        .route("/licenses/{license_id}/settings/domains/proofs", post(domain_proofs::ask))
        .route("/licenses/{license_id}/settings/domains/proofs/check", post(domain_proofs::check))
        .route("/licenses/{license_id}/settings/domains/proofs/drop", post(domain_proofs::drop_awaited))
        .route("/licenses/{license_id}/settings/staff", post(settings::grant_staff))
        .route("/licenses/{license_id}/settings/staff/revoke", post(settings::revoke_staff))
}
