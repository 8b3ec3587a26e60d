//! How pages say and draw things: one place for each.

use std::{
    borrow::{Borrow, Cow},
    fmt,
};

use askama::filters::HtmlSafe;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::{Code, Effect, Source, Status, number::grouped};
use projections::spans::AsOf;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use crate::problem::Problem;

/// A moment: UTC in the page; a script shows it in the reader's zone.
pub(crate) struct At(DateTime<Utc>);

impl HtmlSafe for At {}

impl At {
    pub(crate) const fn of(at: &DateTime<Utc>) -> Self {
        Self(*at)
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = self.0.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(f, "<time datetime=\"{machine}\">{} UTC</time>", self.0.format("%-d %b %Y, %H:%M"))
    }
}

/// As of when something was so, in words.
pub(crate) struct When(AsOf);

impl HtmlSafe for When {}

impl When {
    pub(crate) const fn of(as_of: &AsOf) -> Self {
        Self(*as_of)
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.recorded_at {
            Some(at) => {
                write!(f, "{} (event {})", At::of(at), grouped(self.0.position))
            }
            None => f.write_str("before the first event"),
        }
    }
}

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

/// Whether one of these fields is wrong, which is gone to then, and not to what is said of it.
pub(crate) fn is_of_one(problem: &Problem, fields: &[&str]) -> bool {
    fields.iter().any(|field| is_of(problem, field))
}

/// What marks a field as the one that is wrong, and leads to what is said of it (`wrong.html`); nothing of the others.
pub(crate) fn invalid(problem: Option<&Problem>, field: &str, entered: &str) -> Marked {
    let is_meant = problem.is_some_and(|problem| {
        // Of somebody whom nobody knows, the address is said.
        is_of(problem, field)
            || (problem.is_unknown_person() && !entered.is_empty() && problem.detail.contains(entered))
    });
    Marked(is_meant)
}

/// Whether a field is marked.
pub(crate) struct Marked(bool);

impl HtmlSafe for Marked {}

impl fmt::Display for Marked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { " aria-invalid=\"true\" aria-describedby=\"problem\" autofocus" } else { "" })
    }
}

/// A day.
pub(crate) fn day(day: NaiveDate) -> String {
    day.format("%-d %b %Y").to_string()
}

/// A moment in a cell of a file, UTC: as spreadsheets take it for one.
pub(crate) fn in_cell(at: &DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M:%S").to_string()
}

/// What a CSV file is called that somebody takes along: after its license, in signs that every header and file system takes.
pub(crate) fn file_name(license: &str, what: &str) -> String {
    /// Longer names are cut off.
    const LONGEST: usize = 60;
    // Marks above and below letters go; what is no letter of ASCII then stands between words.
    let letters = license.nfd().filter(|letter| !is_combining_mark(*letter));
    let plain: String = letters.map(|it| if it.is_ascii_alphanumeric() { it } else { ' ' }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let mut name = words.join("-").to_ascii_lowercase();
    name.truncate(LONGEST);
    let name = name.trim_end_matches('-');
    if name.is_empty() { format!("{what}.csv") } else { format!("{name}-{what}.csv") }
}

/// A drawing that says nothing by itself: words stand beside it.
pub(crate) struct Icon(pub &'static str);

impl HtmlSafe for Icon {}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.0;
        write!(f, "<svg class=\"icon\" aria-hidden=\"true\"><use href=\"#i-{name}\"></use></svg>")
    }
}

/// A status in a word, with a shape of its own beside the colour.
pub(crate) struct Badge {
    class: &'static str,
    icon: Icon,
    /// Of our own words.
    word: Cow<'static, str>,
}

impl HtmlSafe for Badge {}

impl fmt::Display for Badge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, icon, word } = self;
        write!(f, "<span class=\"badge {class}\">{icon}{word}</span>")
    }
}

impl Badge {
    /// Of somebody on the list.
    pub(crate) const fn of(status: Status) -> Self {
        let word = self::status(Some(status));
        match status {
            Status::Accepted => Self::new("accepted", "check", word),
            Status::Invited => Self::new("invited", "mail", word),
            Status::Rejected => Self::new("rejected", "cross", word),
        }
    }

    /// Of an outcome: as what it makes of somebody.
    pub(crate) fn of_outcome(code: Code, word: String) -> Self {
        let (class, icon) = match (code, code.effect()) {
            (Code::Invited, _) => ("invited", "mail"),
            // What is taken from somebody is nothing to be glad of.
            (Code::Removed | Code::Withdrawn, _) => ("invited", "minus"),
            (_, Effect::Changed) => ("accepted", "check"),
            (_, Effect::Unchanged) => ("off", "minus"),
            (_, Effect::Refused) => ("rejected", "cross"),
        };
        Self { class, icon: Icon(icon), word: Cow::Owned(word) }
    }

    /// Of somebody who may not be on the list.
    pub(crate) fn of_maybe(status: impl Borrow<Option<Status>>) -> Self {
        status.borrow().map_or(Self::new("off", "minus", "Not on the license"), Self::of)
    }

    /// In words that are made.
    pub(crate) const fn said(class: &'static str, icon: &'static str, word: String) -> Self {
        Self { class, icon: Icon(icon), word: Cow::Owned(word) }
    }

    pub(crate) const fn new(class: &'static str, icon: &'static str, word: &'static str) -> Self {
        Self { class, icon: Icon(icon), word: Cow::Borrowed(word) }
    }
}

/// A number and what it counts: "1 person", "2,300 people".
pub(crate) fn people(n: u64) -> String {
    if n == 1 { "1 person".to_owned() } else { format!("{} people", grouped(n)) }
}

/// The same of anything that takes an s.
pub(crate) fn counted(n: u64, thing: &str) -> String {
    format!("{} {thing}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// A status in a word; everybody.
pub(crate) const fn status(status: Option<Status>) -> &'static str {
    match status {
        Some(Status::Accepted) => "Accepted",
        Some(Status::Invited) => "Invited",
        Some(Status::Rejected) => "Rejected",
        None => "All",
    }
}

/// What the list can be narrowed to.
pub(crate) const STATUSES: [Option<Status>; 4] =
    [None, Some(Status::Accepted), Some(Status::Invited), Some(Status::Rejected)];

/// Which way a command came in, in a few words.
pub(crate) const SOURCES: [(Source, &str); 6] = [
    (Source::Email, "Pasted e-mail addresses"),
    (Source::Csv, "CSV file"),
    (Source::List, "Chosen on the user list"),
    (Source::Key, "License key"),
    (Source::Api, "Pages and API"),
    (Source::Cli, "Command line"),
];

/// The name of an event in words: `InviteAccepted` is "Invite accepted".
pub(crate) fn event(name: &str) -> String {
    let mut words = String::new();
    for (n, letter) in name.chars().enumerate() {
        if n > 0 && letter.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(if n == 0 { letter } else { letter.to_ascii_lowercase() });
    }
    words
}

/// How somebody came in, in a few words.
pub(crate) fn admission(code: &str) -> &str {
    match code {
        "domain_admin" => "At once, by mail domain",
        "invite" => "By invite",
        "license_key" => "By license key",
        other => other,
    }
}

/// Why somebody declined, in a few words.
pub(crate) fn declined(code: &str) -> &str {
    match code {
        "unspecified" => "gave no reason",
        "unknown_sender" => "does not know who invites",
        "not_needed" => "does not need it",
        "wrong_person" => "wrong person or address",
        "already_licensed" => "has a license already",
        "privacy_concern" => "objects to the use of their data",
        other => other,
    }
}

/// An outcome in a few words, behind a number or a person.
pub(crate) fn outcome(code: Code) -> String {
    match code {
        Code::Accepted => "Joined at once".to_owned(),
        Code::Invited => "Invited".to_owned(),
        Code::Removed => "Removed".to_owned(),
        Code::Withdrawn => "Withdrawn".to_owned(),
        Code::RemoveInstead => "Has joined already".to_owned(),
        Code::NoInvite => "Without an open invite".to_owned(),
        Code::InviteDeclined => "Has declined".to_owned(),
        Code::AlreadyDeclined => "Declined already".to_owned(),
        Code::PlanRequired => "Free plan: nobody can be added".to_owned(),
        Code::LicenseExpired => "The license has ended".to_owned(),
        Code::NotPermitted => "Not permitted".to_owned(),
        Code::Erased => "Erased since".to_owned(),
        Code::ChangedSince => "Changed since".to_owned(),
        Code::InvitedBefore => "Invited before".to_owned(),
        Code::HadDeclined => "Had declined".to_owned(),
        Code::AlreadyAccepted => "On the license already".to_owned(),
        Code::AlreadyInvited => "Invited already".to_owned(),
        Code::NotOnLicense | Code::NotAMember => "Not on the license".to_owned(),
        Code::InvalidEmail => "Not an e-mail address".to_owned(),
        Code::MissingEmail => "Without an address".to_owned(),
        Code::DuplicateInFile => "Given twice".to_owned(),
        Code::SeatLimit => "No seat free".to_owned(),
        other => other.as_str().replace('_', " "),
    }
}

/// The same of a preview.
pub(crate) fn would_be(code: Code) -> String {
    match code {
        Code::Accepted => "Will join at once".to_owned(),
        Code::Invited => "Will get an invite".to_owned(),
        Code::Removed => "Will be removed".to_owned(),
        Code::Withdrawn => "Will be withdrawn".to_owned(),
        other => outcome(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_after_its_license_in_plain_signs() {
        let of = |license| file_name(license, "users-2026-11-27");
        assert_eq!(of("Greenfield Academy"), "greenfield-academy-users-2026-11-27.csv");
        assert_eq!(of("École \"Zoë\" / 7b; x=\r\n"), "ecole-zoe-7b-x-users-2026-11-27.csv");
        assert_eq!(of("学校"), "users-2026-11-27.csv");
        assert_eq!(of(&"long ".repeat(50)).len(), 59 + "-users-2026-11-27.csv".len());
    }

    #[test]
    fn every_order_of_a_page_has_a_name() {
        let orders = super::super::DOORS.iter().filter(|(method, _, _)| *method == "POST");
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

    #[test]
    fn a_moment_in_a_cell_is_one_for_spreadsheets() {
        let at = DateTime::from_timestamp(1_795_736_675, 34_214_000).unwrap_or_default();
        assert_eq!(in_cell(&at), "2026-11-26 23:44:35");
    }
}
