//! Whom and what a request is about, so that a refusal names them as they were given.

use commands::CommandError;
use domain::{EmailAddress, ImportId, LicenseId, refusal};

use crate::{State, misfit::shortened, problem::Problem};

/// What a request is about. No `Debug`: holds addresses.
#[derive(Default)]
pub(crate) struct About {
    license: Option<LicenseId>,
    person: Option<String>,
    actor: Option<String>,
    import: Option<String>,
    key: Option<String>,
}

impl About {
    /// Asked by this person, who is also whom it is about, unless another one is named.
    pub(crate) fn asked_by(actor: Option<&EmailAddress>) -> Self {
        let actor = actor.map(|actor| actor.as_spelled().to_owned());
        Self { person: actor.clone(), actor, ..Self::default() }
    }

    pub(crate) fn license(self, license: LicenseId) -> Self {
        Self { license: Some(license), ..self }
    }

    pub(crate) fn person(self, person: &EmailAddress) -> Self {
        Self { person: Some(person.as_spelled().to_owned()), ..self }
    }

    pub(crate) fn import(self, import: ImportId) -> Self {
        Self { import: Some(import.to_string()), ..self }
    }

    pub(crate) fn key(self, key: &str) -> Self {
        Self { key: Some(shortened(key.trim())), ..self }
    }
}

impl State {
    /// What came of a command; a refusal says whom and what it is about.
    pub(crate) fn told<T>(&self, result: Result<T, CommandError>, about: &About) -> Result<T, Problem> {
        result.map_err(|error| self.problem(&error, about))
    }

    /// An error that says whom and what it is about.
    pub(crate) fn problem(&self, error: &CommandError, about: &About) -> Problem {
        let problem = Problem::from(error);
        let CommandError::Refused { refusal, .. } = error else { return problem };
        let license = about.license.map(|license| self.called(license));
        let names = refusal::About {
            license: license.as_deref(),
            person: about.person.as_deref(),
            actor: about.actor.as_deref(),
            import: about.import.as_deref(),
            key: about.key.as_deref(),
        };
        Problem { detail: refusal.about(&names), ..problem }
    }

    /// A license as people call it: its name, where there is one.
    pub(crate) fn called(&self, license: LicenseId) -> String {
        match self.commands.name_of(license) {
            Some(name) => format!("\"{}\"", name.as_str()),
            None => license.to_string(),
        }
    }
}
