//! People in a sentence.

use std::borrow::Cow;

use domain::{EmailAddress, SubjectId};

/// Somebody in a sentence. No `Debug`: holds an address.
#[derive(Clone)]
pub(crate) enum Name {
    Operator,
    Known(String),
    Erased,
}

impl Name {
    pub(crate) fn of(subject: SubjectId, email: Option<String>) -> Self {
        match email {
            Some(email) => Self::Known(email),
            None if subject == SubjectId::OPERATOR => Self::Operator,
            None => Self::Erased,
        }
    }

    pub(crate) fn into_email(self) -> Option<String> {
        match self {
            Self::Known(email) => Some(email),
            Self::Operator | Self::Erased => None,
        }
    }

    /// Within a sentence.
    pub(crate) fn within(&self) -> &str {
        match self {
            Self::Operator => "the operator",
            Self::Known(email) => email,
            Self::Erased => "an erased person",
        }
    }

    /// As a sentence begins.
    pub(crate) fn begin(&self) -> &str {
        match self {
            Self::Operator => "The operator",
            Self::Known(email) => email,
            Self::Erased => "An erased person",
        }
    }
}

/// Who is in an event. No `Debug`: holds addresses.
pub(crate) struct Names {
    pub actor: Name,
    pub acted_by: Option<Name>,
    pub person: Name,
    /// What the file was called that the event comes from, as long as that is kept.
    pub file: Option<String>,
}

impl Names {
    /// Who acted, as a sentence begins.
    pub(crate) fn begin(&self) -> &str {
        self.actor.begin()
    }

    /// Who acted, within a sentence.
    pub(crate) fn within(&self) -> &str {
        self.actor.within()
    }

    /// Who entered it for whoever acted, behind the fact.
    pub(crate) fn entered(&self) -> String {
        self.acted_by.as_ref().map_or(String::new(), |by| format!(" (entered by {})", by.within()))
    }

    /// The admin, where the sentence has named them before.
    pub(crate) fn admin_again(&self) -> &str {
        match &self.actor {
            Name::Known(email) => email,
            Name::Operator | Name::Erased => "that admin",
        }
    }

    /// The file that it comes from.
    pub(super) fn csv_file(&self) -> String {
        self.file.as_ref().map_or("CSV file".to_owned(), |name| format!("CSV file \"{name}\""))
    }

    /// Whose mail domain it is about.
    pub(crate) fn mail_domain(&self) -> Cow<'_, str> {
        mail_domain(&self.person)
    }
}

/// The mail domain of a person.
pub(crate) fn mail_domain(person: &Name) -> Cow<'_, str> {
    match person {
        Name::Known(email) => match EmailAddress::parse(email) {
            Ok(email) => Cow::Owned(email.domain().to_unicode().into_owned()),
            Err(_) => Cow::Borrowed("their mail domain"),
        },
        Name::Operator | Name::Erased => Cow::Borrowed("their mail domain"),
    }
}
