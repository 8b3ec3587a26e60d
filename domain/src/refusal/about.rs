//! What a refusal says: of whom and of what, where that is known.

use std::fmt;

use super::Refusal;
use crate::number::grouped;

/// Whom and what a refusal is about, as they were given. Refusals themselves hold nothing about a person.
#[derive(Clone, Copy, Default)]
pub struct About<'a> {
    /// The license: its name, or its id.
    pub license: Option<&'a str>,
    /// The person's address.
    pub person: Option<&'a str>,
    /// The address of whoever asked for it.
    pub actor: Option<&'a str>,
    /// The import's id.
    pub import: Option<&'a str>,
    /// The license key, or its id.
    pub key: Option<&'a str>,
}

/// A word for something, with its name behind it or without.
struct Named<'a>(&'static str, Option<&'a str>);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(word, Some(name)) => write!(f, "{word} {name}"),
            Self(word, None) => f.write_str(word),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about(&About::default()))
    }
}

impl Refusal {
    /// What happened, in one sentence.
    pub fn about(&self, about: &About<'_>) -> String {
        let (license, the_license) =
            (Named("the license", about.license), Named("The license", about.license));
        let person = about.person.unwrap_or("the person");
        match self {
            Self::SeatLimit { limit } => {
                format!("No seat of {license} is free: {0} of {0} are held.", grouped(*limit))
            }
            Self::LicenseExpired { ended } => format!("{the_license} ended on {ended}."),
            Self::PlanRequired => format!("{the_license} is on the free plan, where nobody can be added."),
            Self::NotPermitted | Self::OperatorOnly => self.lacks_a_role(about),
            Self::KeyUnknown
            | Self::KeyMistyped(_)
            | Self::KeyUsedUp { .. }
            | Self::KeyExpired { .. }
            | Self::KeyRevoked
            | Self::KeyNotKept
            | Self::KeySealed => self.about_a_key(about),
            Self::NoInvite => format!("There is no open invite to {license} for {person}."),
            Self::NoInviteJoined => {
                format!("There is no open invite to {license} for {person}, who has joined already.")
            }
            Self::NoInviteDeclined => {
                format!("There is no open invite to {license}: {person} has declined it.")
            }
            Self::InviteDeclined => format!("The invite to {license} was declined by {person}."),
            Self::NoneToWithdraw => {
                format!("There is no invite to {license} left to withdraw: {person} has declined it.")
            }
            Self::LeaveInstead => {
                format!("There is no invite to {license} left to decline: {person} has joined already.")
            }
            Self::DeclineInstead => {
                format!("There is nothing to leave yet: the invite to {license} for {person} is still open.")
            }
            Self::RemoveInstead => {
                format!("There is no invite to {license} left to withdraw: {person} has joined already.")
            }
            Self::NotAMember => format!("There is nothing to leave: {person} is not a member of {license}."),
            Self::NothingToWithdraw => {
                format!("There is no invite to withdraw: {person} is not on {license}.")
            }
            Self::EndInPast { ends, today } => {
                format!("The day {ends} is past already: today is {today}, UTC.")
            }
            Self::SeatsHeld { held, limit } => {
                format!(
                    "The limit of {license} can't be {}: {} seats are held.",
                    grouped(*limit),
                    grouped(*held)
                )
            }
            Self::LastAdmin => format!("The only admin of {license} is {person}."),
            Self::LastAdminOf { licenses } => {
                let named: Vec<String> =
                    licenses.iter().map(|(id, name)| format!("\"{}\" ({id})", name.as_str())).collect();
                let these = if licenses.len() == 1 { "this license" } else { "each of these licenses" };
                format!("The only admin of {these} is {person}: {}.", named.join(", "))
            }
            Self::Erased => "They were erased.".to_owned(),
            Self::NotAnAdmin => {
                format!("Only an admin of {license} can administer a mail domain, and {person} is none.")
            }
            Self::DomainOfMany { domain } => format!(
                "Many who have nothing to do with each other have addresses or names in {}, so that no record shows it to \
                 be somebody's.",
                domain.to_unicode()
            ),
            Self::DomainTooLong { domain } => {
                format!("The name {} is so long that no record fits below it.", domain.to_unicode())
            }
            Self::UnknownLicense => unknown("license", about.license),
            Self::LicenseExists => "There is already a license with this id.".to_owned(),
            Self::UnknownImport => unknown("import", about.import),
            Self::ImportEnded => format!("{} has ended.", Named("The import", about.import)),
            Self::ImportRunning => format!("{} is still running.", Named("The import", about.import)),
            Self::ChangedSince { what } => format!("Since the import, something else happened: {what}."),
            Self::InvitedBefore => "They had an invite before the import, which made them join.".to_owned(),
            Self::HadDeclined => "They had declined the invite before the import removed them.".to_owned(),
            Self::RowsApplied { applied } => {
                format!("The import has applied its rows up to {applied}: these rows do not come next.")
            }
        }
    }

    fn lacks_a_role(&self, about: &About<'_>) -> String {
        let actor = about.actor.unwrap_or("the one who asks");
        match self {
            Self::OperatorOnly => format!("Only the operator can do this, and {actor} is not the operator."),
            _ => format!(
                "Only an admin can do this, and {actor} is not an admin of {}.",
                Named("the license", about.license)
            ),
        }
    }

    fn about_a_key(&self, about: &About<'_>) -> String {
        let key = Named("The license key", about.key);
        match self {
            Self::KeyMistyped(error) => format!("{key} can't be right: {error}."),
            Self::KeyUsedUp { limit } => {
                format!("{key} is used up: {0} of {0} people have joined with it.", grouped(*limit))
            }
            Self::KeyExpired { ended } => format!("{key} ended on {ended}."),
            Self::KeyRevoked => format!("{key} was revoked."),
            Self::KeyNotKept => format!("{key} can't be shown: only its digest is kept."),
            Self::KeySealed => {
                format!("{key} can't be shown: the secret that it was sealed with is not here.")
            }
            _ => match (about.license, about.key) {
                (Some(license), Some(key)) => format!("The license {license} has no key {key}."),
                (None, Some(key)) => format!("No license has the key {key}."),
                (_, None) => "No license has this key.".to_owned(),
            },
        }
    }
}

fn unknown(what: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("There is no {what} {name}."),
        None => format!("There is no such {what}."),
    }
}
