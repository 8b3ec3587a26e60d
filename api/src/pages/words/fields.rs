//! What fields and orders are called on their pages, and which field is wrong.

use std::{borrow::Cow, fmt};

use askama::filters::HtmlSafe;

use crate::problem::Problem;

/// What a field is called on its page; nothing of one that is on none.
pub(crate) fn label(name: &str) -> Option<&'static str> {
    Some(match name {
        "actor" => "Done by",
        "added_by" => "Added by",
        "at" => "As it was at",
        "days" => "For how many days",
        "domain" => "Mail domain",
        "email" => "E-mail",
        "emails" => "E-mail addresses",
        "ends" => "Its last day",
        "from" => "From",
        "limit" => "How many people may join with it",
        "member" => "About whom",
        "name" => "Name",
        "old_ends" => "Last day of this key",
        "seats" => "Seats",
        "to" => "To",
        _ => return None,
    })
}

/// What an order is called on its page, by the pattern of its address; of an order about people on a list, by what is done.
pub(crate) fn order(pattern: &str, what: &str) -> Option<&'static str> {
    let of_license = pattern.strip_prefix("/licenses/{license_id}/");
    Some(match (of_license.unwrap_or(pattern), what) {
        ("people", "add") => "Add again",
        ("people", "invite") => "Invite",
        ("people", "withdraw") => "Withdraw invites",
        // A page asks by itself, too, while somebody types.
        ("add" | "remove", "check") => return None,
        ("add/csv/check" | "remove/csv/check", _) => "Check the file",
        ("people" | "remove" | "remove/csv", _) => "Remove",
        ("add" | "add/csv", _) => "Add Users",
        ("leave", _) => "Leave the license",
        ("keys", _) => "Issue a key",
        ("keys/{key_id}/rotate", _) => "Replace a key",
        ("keys/{key_id}/revoke", _) => "Revoke a key",
        ("keys/{key_id}/show", _) => "Show a key",
        ("imports/{import_id}/cancel", _) => "Cancel the import",
        ("imports/{import_id}/undo", _) => "Undo the import",
        ("settings/name", _) => "Rename the license",
        ("settings/seats", _) => "Change seats",
        ("settings/term", _) => "Change term",
        ("settings/plan", _) => "Change plan",
        ("settings/admins", _) => "Make admin",
        ("settings/admins/revoke", _) => "Revoke an admin",
        ("settings/domains", _) => "Give a domain",
        ("settings/domains/revoke", _) => "Take a domain away",
        ("settings/domains/proofs", _) => "Prove a domain",
        ("settings/domains/proofs/check", _) => "Look for a record",
        ("settings/domains/proofs/drop", _) => "Drop a record",
        ("settings/staff", _) => "Give a role",
        ("settings/staff/revoke", _) => "Revoke a role",
        ("/account/join", _) => "Join with a license key",
        ("/account/tokens", _) => "Make a token",
        ("/account/tokens/{token_id}/revoke", _) => "Revoke a token",
        ("/account/identities/{identity_id}/unlink", _) => "Unlink an account",
        ("/account/sessions/{session_id}/end" | "/account/sessions/end-others", _) => "End sessions",
        ("/invites/{license_id}/accept", _) => "Accept the invite",
        ("/invites/{license_id}/decline", _) => "Decline the invite",
        ("/invites/{license_id}/close", _) => "Close the notification",
        ("/invites/{license_id}/reopen", _) => "Reopen the notification",
        _ => return None,
    })
}

/// What is wrong with a field that is named as programs name it, by its label.
pub(crate) fn labelled(detail: &str) -> Cow<'_, str> {
    let named = detail.split_once(": ").and_then(|(name, rest)| Some((label(name)?, rest)));
    named.map_or(Cow::Borrowed(detail), |(label, rest)| Cow::Owned(format!("{label}: {rest}")))
}

/// Where something is wrong, as a problem names it.
fn place(problem: &Problem) -> Option<&str> {
    problem.detail.split_once(": ").map(|(place, _)| place)
}

/// Whether a field of this name is wrong.
fn is_of(problem: &Problem, field: &str) -> bool {
    place(problem).is_some_and(|place| place == field || label(field) == Some(place))
}

/// Whether one of these fields is wrong, which is gone to then, and not to what is said of it. Each with what was entered.
pub(crate) fn is_of_one(problem: &Problem, fields: &[(&str, &str)]) -> bool {
    fields.iter().any(|(field, entered)| is_meant(problem, field, entered))
}

/// Whether it is this field with what was entered into it that is wrong.
fn is_meant(problem: &Problem, field: &str, entered: &str) -> bool {
    let says_so = || !entered.is_empty() && problem.detail.contains(entered);
    // Of somebody whom nobody knows the address is said, and of a day that is past, the day.
    is_of(problem, field)
        || (problem.is_unknown_person() && says_so())
        || (problem.is_end_in_past() && field.ends_with("ends") && says_so())
}

/// What marks a field as the one that is wrong, and leads to what is said of it (`wrong.html`); nothing of the others.
pub(crate) fn invalid(problem: Option<&Problem>, field: &str, entered: &str) -> Marked {
    Marked(problem.is_some_and(|problem| is_meant(problem, field, entered)))
}

/// Whether a field is marked.
pub(crate) struct Marked(bool);

impl HtmlSafe for Marked {}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " aria-invalid=\"true\" aria-describedby=\"problem\" autofocus" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::DOORS;

    #[test]
    fn every_order_of_a_page_has_a_name() {
        let orders = DOORS.iter().filter(|(method, _, _)| *method == "POST");
        for (_, path, _) in orders.filter(|(_, path, _)| !["/theme", "/sign-out"].contains(path)) {
            assert!(order(path, "").is_some(), "{path}");
        }
        assert_eq!(order("/licenses/{license_id}/remove", "check"), None);
        assert_eq!(order("/licenses/{license_id}/remove", "remove"), Some("Remove"));
    }

    #[test]
    fn a_field_is_marked_where_it_is_the_one_that_is_wrong() {
        let marked = |problem: &Problem| {
            let of = |field: &str| !invalid(Some(problem), field, "eve@x.example").to_string().is_empty();
            ["member", "actor", "from"].map(of)
        };
        assert_eq!(marked(&Problem::invalid("from", "it is no day", "Give one.")), [false, false, true]);
        assert_eq!(marked(&Problem::invalid("About whom", "it has no @", "Add it.")), [true, false, false]);
        assert_eq!(marked(&Problem::unknown_person("eve@x.example")), [true, true, true]);
        assert_eq!(marked(&Problem::unknown_person("bob@x.example")), [false; 3]);
        assert!(invalid(None, "from", "").to_string().is_empty());
    }

    #[test]
    fn a_field_is_called_as_on_the_page() {
        assert_eq!(labelled("member: \"foo\" has no @."), "About whom: \"foo\" has no @.");
        for as_it_is in ["Seats: \"abc\" is no whole number.", "Nobody is known: as foo.", "No colon."] {
            assert_eq!(labelled(as_it_is), as_it_is);
        }
    }
}
