//! What each event says to a reader. One sentence for each, here and nowhere else.

use chrono::NaiveDate;
use domain::{
    Code, Counts, DeclineReason, Door, Effect, ErasureBasis, Event, ImportEvent, ImportMode,
    InstallationEvent, InstallationRole, LicenseEvent, MembershipEvent, Metadata, Plan, Source, StaffRole,
    SubjectEvent, license::DomainProof, membership::InviteReason, number::grouped, outcome::in_short,
};

use super::{
    names::{Name, Names},
    reading,
};

/// The sentence of an event.
pub(super) fn text(event: &Event, metadata: &Metadata, names: &Names) -> String {
    match event {
        Event::License(event) => license(event, names),
        Event::Membership(event) => membership(event, metadata, names),
        Event::Import(event) => import(event, metadata, names),
        Event::Installation(event) => installation(event, names),
        Event::Subject(event) => subject(event, names),
        Event::Reading(event) => reading::text(event, metadata, names),
    }
}

fn license(event: &LicenseEvent, names: &Names) -> String {
    use LicenseEvent as E;
    // Who entered it stands once, behind the fact, and before what follows from it.
    let (actor, person, by) = (names.begin(), names.person.within(), names.entered());
    match event {
        E::LicenseCreated { ends, name, plan, seat_limit } => {
            let (plan, seats) = (plan.as_str(), numbered(*seat_limit, "seat"));
            format!(
                "{actor} set up the license \"{}\"{by}: {plan} plan, {seats}, {}.",
                name.as_str(),
                term(*ends)
            )
        }
        E::LicenseRenamed { name } => format!("{actor} renamed the license to \"{}\"{by}.", name.as_str()),
        E::LicensePlanChanged { plan: Plan::Paid } => {
            format!("{actor} moved the license to the paid plan{by}: people can be added.")
        }
        E::LicensePlanChanged { plan: Plan::Free } => {
            format!("{actor} moved the license to the free plan{by}: nobody can be added.")
        }
        E::SeatLimitChanged { seat_limit } => {
            format!("{actor} set the license's limit to {}{by}.", numbered(*seat_limit, "seat"))
        }
        E::LicenseTermChanged { ends } => format!("{actor} changed the license's term{by}: {}.", term(*ends)),
        E::LicenseAdminGranted { .. } => format!("{actor} made {person} an admin of the license{by}."),
        E::LicenseAdminRevoked { .. } => {
            format!("{actor} took the admin role from {person}, and every mail domain with it{by}.")
        }
        E::DomainAdminGranted { domain, proof: Some(DomainProof::DnsTxt { record, .. }), .. } => format!(
            "{actor} showed by the TXT record {record} that {} is theirs{by}, and administers it: people whom they add \
             there join at once.",
            domain.to_unicode()
        ),
        E::DomainAdminGranted { domain, proof: None, .. } => format!(
            "{actor} let {person} administer {}{by}: people whom they add there join at once.",
            domain.to_unicode()
        ),
        E::DomainAdminRevoked { domain, .. } => format!(
            "{actor} took the mail domain {} from {person}{by}: people whom they add there get an invite.",
            domain.to_unicode()
        ),
        E::LicenseStaffGranted { role, .. } => {
            let (role, reads) = staff(*role);
            format!("{actor} made {person} {role} of the license{by}: they read {reads}.")
        }
        E::LicenseStaffRevoked { role, .. } => {
            format!("{actor} revoked that {person} is {} of the license{by}.", staff(*role).0)
        }
        E::LicenseKeyIssued { ends, key_id, limit } => {
            let people =
                limit.map_or("as many people as there are seats".to_owned(), |n| numbered(n, "person"));
            let until = ends.map_or(String::new(), |day| format!(", until the end of {day}"));
            format!("{actor} issued license key {key_id}{by}: {people} can join with it{until}.")
        }
        E::LicenseKeyEndChanged { ends: Some(day), key_id } => {
            format!("{actor} let license key {key_id} end after {day}{by}.")
        }
        E::LicenseKeyEndChanged { ends: None, key_id } => {
            format!("{actor} took the end from license key {key_id}{by}.")
        }
        E::LicenseKeyShown { key_id } => format!("{actor} looked at the text of license key {key_id}{by}."),
        E::LicenseKeyRevoked { key_id } => {
            format!("{actor} revoked license key {key_id}{by}: nobody can join with it any more.")
        }
    }
}

fn staff(role: StaffRole) -> (&'static str, &'static str) {
    match role {
        StaffRole::Auditor => ("an auditor", "everything, and change nothing"),
        StaffRole::Support => ("support staff", "who is on it, and why"),
    }
}

fn installation(event: &InstallationEvent, names: &Names) -> String {
    use InstallationEvent as E;
    let (actor, person, by) = (names.begin(), names.person.within(), names.entered());
    let called = |role: &InstallationRole| match role {
        InstallationRole::Operator => "an operator",
        InstallationRole::Auditor => "an auditor",
        InstallationRole::Support => "support staff",
    };
    match event {
        E::InstallationRoleGranted { role, .. } => {
            format!("{actor} made {person} {} of all licenses{by}.", called(role))
        }
        E::InstallationRoleRevoked { role, .. } => {
            format!("{actor} revoked that {person} is {} of all licenses{by}.", called(role))
        }
    }
}

fn membership(event: &MembershipEvent, metadata: &Metadata, names: &Names) -> String {
    use MembershipEvent as E;
    let (actor, person) = (names.begin(), names.person.within());
    let by = names.entered();
    let way = entered(way(metadata, names), &by);
    match event {
        E::UserAdded { domain, .. } => {
            let (admin, domain) = (names.admin_again(), domain.to_unicode());
            format!("{actor} added {person}{way}, who joined at once because {admin} administered {domain}.")
        }
        E::UserInvited { attempt, reason, .. } => {
            let (invite, why) = (invite(*attempt), invite_reason(*reason, names));
            let did = invited(*reason);
            format!("{actor} {did} {person}{way}, who got {invite} because {why}.")
        }
        E::InviteNotificationClosed {} => {
            format!("{actor} closed the notification of the invite{by}, which stays open.")
        }
        E::InviteNotificationReopened {} => format!("{actor} reopened the notification of the invite{by}."),
        E::InviteAccepted {} => format!("{actor} accepted the invite and joined{by}."),
        E::InviteDeclined { reason } => {
            format!("{actor} declined the invite {}{by}; its seat is free again.", decline_reason(*reason))
        }
        E::JoinedWithLicenseKey { key_id, .. } => {
            format!("{actor} entered license key {key_id} and joined at once{by}.")
        }
        E::InviteWithdrawn {} => {
            format!("{actor} withdrew the invite of {person}{by}; its seat is free again.")
        }
        E::UserRemoved {} => format!("{actor} removed {person} from the license{way}."),
        E::UserLeft {} => format!("{actor} left the license{by}; the seat is free again."),
        E::UserErased {} => format!(
            "{actor} erased {}{by}: who it was is not known any more; if they held a seat, it is free again.",
            erased(&names.person)
        ),
        E::AdmissionRefused { code, door, .. } => {
            let (tried, rule) = (tried(*door, person, metadata, names), clause(*code));
            format!("{actor} could not {}: {rule}.", entered(tried, &by))
        }
    }
}

fn subject(event: &SubjectEvent, names: &Names) -> String {
    let (actor, person, by) = (names.begin(), erased(&names.person), names.entered());
    let SubjectEvent::SubjectErased { basis } = event;
    let why = match basis {
        ErasureBasis::Request => "because that was asked for",
        ErasureBasis::Retention => "because their data had been kept as long as it may be",
        ErasureBasis::Other => "for another reason",
    };
    format!("{actor} erased {person}{by} {why}: who it was is not known any more.")
}

/// Whom somebody erased: before it, they were no erased person.
fn erased(person: &Name) -> &str {
    match person {
        Name::Erased => "somebody",
        Name::Operator | Name::Known(_) => person.within(),
    }
}

fn import(event: &ImportEvent, metadata: &Metadata, names: &Names) -> String {
    use ImportEvent as E;
    let (actor, by) = (names.begin(), names.entered());
    match event {
        E::ImportStarted { mode, undoes: Some(_), .. } => {
            let does = if *mode == ImportMode::Remove { "remove whom" } else { "add back whom" };
            let did = if *mode == ImportMode::Remove { "had brought in" } else { "had removed" };
            format!("{actor} began to {does} an earlier import {did}.")
        }
        E::ImportStarted { mode, .. } => {
            let does = match mode {
                ImportMode::Add => "add people",
                ImportMode::Invite => "invite people",
                ImportMode::Remove => "remove people",
                ImportMode::Withdraw => "withdraw the invites of people",
            };
            format!("{actor} began to {does} {}{by}.", given(metadata.source, names))
        }
        E::ImportChunkApplied { counts, first_row, last_row } => {
            let items = match (first_row, last_row) {
                (first, last) if first == last => format!("Item {first} of the import was"),
                (first, last) => format!("Items {first} to {last} of the import were"),
            };
            format!("{items} applied: {}.", outcomes(counts))
        }
        E::ImportCompleted { counts, rows } => {
            format!("The import is complete, with {}: {}.", numbered(*rows, "item"), outcomes(counts))
        }
        E::ImportCancelled { counts, rows } => {
            let (rows, outcomes) = (numbered(*rows, "item"), outcomes(counts));
            format!("{actor} stopped the import after {rows}{by}, whose outcome stays: {outcomes}.")
        }
        E::ImportFailed { code, counts, rows } => {
            let (rows, outcomes) = (numbered(*rows, "item"), outcomes(counts));
            format!(
                "The import could not go on after {rows}, whose outcome stays: {outcomes}. The cause: {}.",
                clause(*code)
            )
        }
    }
}

/// What somebody tried at a door, behind "could not".
pub(crate) fn tried(door: Door, person: &str, metadata: &Metadata, names: &Names) -> String {
    match (door, metadata.row) {
        (Door::Email | Door::Csv, Some(_)) => format!("add {person}{}", way(metadata, names)),
        (Door::Email, None) => format!("add {person} by e-mail"),
        (Door::Csv, None) => format!("add {person} by {}", names.csv_file()),
        (Door::Invite, _) => "accept the invite".to_owned(),
        (Door::LicenseKey, _) => "join with the license key".to_owned(),
    }
}

/// Which item of which import an event stands for; nothing where it stands for none.
pub(crate) fn way(metadata: &Metadata, names: &Names) -> String {
    match (metadata.row, metadata.source) {
        (Some(row), Source::Csv) => match metadata.line {
            Some(line) => format!(" ({}, line {})", names.csv_file(), line.0),
            // Written before lines were kept.
            None => format!(" ({}, row {})", names.csv_file(), row.0),
        },
        (Some(row), Source::Email) => format!(" (pasted, item {})", row.0),
        (Some(_), Source::List) => " (chosen on the user list)".to_owned(),
        // Nobody gave these people: an earlier import names them.
        (Some(_), Source::Key | Source::Api | Source::Cli) => " (undoing an earlier import)".to_owned(),
        (None, _) => String::new(),
    }
}

/// A fact, and who entered it: in its brackets, where it ends with some.
pub(crate) fn entered(fact: String, by: &str) -> String {
    match (fact.strip_suffix(')'), by.strip_prefix(" (")) {
        (Some(fact), Some(by)) => format!("{fact}; {by}"),
        _ => fact + by,
    }
}

/// A rule in words that follow a colon, with its code.
pub(crate) fn clause(code: Code) -> String {
    let meaning = code.meaning().trim_end_matches('.');
    let mut letters = meaning.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    let words: String = first.into_iter().chain(letters).collect();
    format!("{words} ({code})")
}

/// What the admin meant by it: whom they invited they did not mean to add at once.
pub(crate) fn invited(reason: InviteReason) -> &'static str {
    match reason {
        InviteReason::NotDomainAdmin => "added",
        InviteReason::ConsentAsked => "invited",
    }
}

/// Why somebody got an invite and did not join, behind "because".
pub(crate) fn invite_reason(reason: InviteReason, names: &Names) -> String {
    let admin = names.admin_again();
    match reason {
        InviteReason::NotDomainAdmin => format!("{admin} did not administer {}", names.mail_domain()),
        InviteReason::ConsentAsked => format!("{admin} asked for their consent"),
    }
}

/// Why somebody declined.
pub(crate) fn decline_reason(reason: DeclineReason) -> &'static str {
    match reason {
        DeclineReason::Unspecified => "without giving a reason",
        DeclineReason::UnknownSender => "because they do not know who invites them",
        DeclineReason::NotNeeded => "because they do not need it",
        DeclineReason::WrongPerson => "because it went to the wrong person or address",
        DeclineReason::AlreadyLicensed => "because they have a license already",
        DeclineReason::PrivacyConcern => "because they object to the use of their data",
    }
}

fn invite(attempt: u32) -> String {
    if attempt <= 1 { "an invite".to_owned() } else { format!("another invite (number {attempt})") }
}

fn term(ends: Option<NaiveDate>) -> String {
    ends.map_or("without an end".to_owned(), |day| format!("until the end of {day}"))
}

fn given(source: Source, names: &Names) -> String {
    match source {
        Source::Csv if names.file.is_some() => format!("from the {}", names.csv_file()),
        Source::Csv => "from a CSV file".to_owned(),
        Source::Email => "by pasted addresses".to_owned(),
        Source::List => "chosen on the user list".to_owned(),
        Source::Key | Source::Api | Source::Cli => "by their addresses".to_owned(),
    }
}

fn numbered(n: u64, thing: &str) -> String {
    match (n, thing) {
        (1, _) => format!("1 {thing}"),
        (_, "person") => format!("{} people", grouped(n)),
        (_, _) => format!("{} {thing}s", grouped(n)),
    }
}

fn outcomes(counts: &Counts) -> String {
    let told = counts.0.iter().map(|(code, n)| {
        let (n, outcome) = (grouped(*n), in_short(*code));
        match code.effect() {
            Effect::Changed | Effect::Unchanged => format!("{n} {outcome}"),
            Effect::Refused => format!("{n} refused ({outcome})"),
        }
    });
    let told: Vec<String> = told.collect();
    if told.is_empty() { "nothing".to_owned() } else { told.join(", ") }
}
