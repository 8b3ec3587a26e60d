//! How pages say and draw things: one place for each.

mod fields;

use std::{
    borrow::{Borrow, Cow},
    fmt,
};

use askama::filters::HtmlSafe;
use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use domain::{Code, Effect, MailDomain, Source, Status, number::grouped, outcome::in_short};
use projections::spans::AsOf;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

pub(crate) use self::fields::{Marked, invalid, is_of_one, label, labelled, order};

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

/// As of when something of a license was so, in words: by the number that its own events have.
pub(crate) struct When {
    recorded_at: Option<DateTime<Utc>>,
    number: Option<u64>,
}

impl HtmlSafe for When {}

impl When {
    pub(crate) const fn of(as_of: AsOf, number: Option<u64>) -> Self {
        Self { recorded_at: as_of.recorded_at, number }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.recorded_at, self.number) {
            (Some(at), Some(number)) => write!(f, "{} (no. {} of this license)", At::of(at), grouped(number)),
            (Some(at), None) => write!(f, "{} (before this license was set up)", At::of(at)),
            (None, _) => f.write_str("before the first event"),
        }
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
    if name.is_empty() { what.to_owned() } else { format!("{name}-{what}") }
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

/// A mail domain, in the letters that people write it with.
pub(crate) fn mail_domain(stored: &str) -> String {
    MailDomain::parse(stored).map_or_else(|_| stored.to_owned(), |domain| domain.to_unicode().into_owned())
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
    let own = match name {
        "DomainAdminGranted" => "Mail domain given",
        "DomainAdminRevoked" => "Mail domain taken away",
        "LicenseAdminGranted" => "Admin made",
        "LicenseAdminRevoked" => "Admin revoked",
        "LicenseStaffGranted" | "InstallationRoleGranted" => "Role given",
        "LicenseStaffRevoked" | "InstallationRoleRevoked" => "Role taken away",
        "AdmissionRefused" => "Turned away",
        "ImportChunkApplied" => "Part of an import done",
        "PeopleRead" => "People\u{2019}s data read",
        "PeopleReadAgain" => "People\u{2019}s data read again",
        "SubjectErased" => "Person erased",
        "UserErased" => "User erased",
        _ => "",
    };
    if !own.is_empty() {
        return own.to_owned();
    }
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

/// An outcome in a few words that stand for themselves.
pub(crate) fn outcome(code: Code) -> String {
    begun(in_short(code))
}

/// With a capital at the beginning.
pub(crate) fn begun(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
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
        let of = |license| file_name(license, "users-2026-11-27.csv");
        assert_eq!(of("Greenfield Academy"), "greenfield-academy-users-2026-11-27.csv");
        assert_eq!(of("École \"Zoë\" / 7b; x=\r\n"), "ecole-zoe-7b-x-users-2026-11-27.csv");
        assert_eq!(of("学校"), "users-2026-11-27.csv");
        assert_eq!(of(&"long ".repeat(50)).len(), 59 + "-users-2026-11-27.csv".len());
    }

    #[test]
    fn a_moment_in_a_cell_is_one_for_spreadsheets() {
        let at = DateTime::from_timestamp(1_795_736_675, 34_214_000).unwrap_or_default();
        assert_eq!(in_cell(&at), "2026-11-26 23:44:35");
    }
}
