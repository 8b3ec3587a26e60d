//! Whom and what a request is about, so that a refusal names them as they were given.

use commands::CommandError;
use domain::{EmailAddress, ImportId, KeyId, LicenseId, refusal};

use crate::{State, problem::Problem};

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

    /// By its id. A key that somebody typed is never repeated: it is a secret, even with a mistake in it.
    pub(crate) fn key(self, key: KeyId) -> Self {
        Self { key: Some(key.to_string()), ..self }
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

    /// Why an import does not go on: told alike to whoever waits for it and to whoever watches it.
    pub(crate) fn problem_of_import(
        &self,
        license: LicenseId,
        import: ImportId,
        error: &CommandError,
    ) -> Problem {
        self.problem(error, &About::default().license(license).import(import))
    }

    /// A license as people call it: its name, where there is one.
    pub(crate) fn called(&self, license: LicenseId) -> String {
        match self.commands.name_of(license) {
            Some(name) => format!("\"{}\"", name.as_str()),
            None => license.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::Refusal;
    use uuid::Uuid;

    use super::*;

    #[tokio::test]
    async fn why_an_import_does_not_go_on_names_it_and_its_license() {
        let folder = tempfile::tempdir().unwrap();
        let state = crate::open(&folder.path().join("seatbook.db")).await.unwrap();
        let (license, import) = (LicenseId(Uuid::from_u128(1)), ImportId(Uuid::from_u128(2)));
        for (refusal, name) in [
            (Refusal::ImportEnded, import.to_string()),
            (Refusal::UnknownImport, import.to_string()),
            (Refusal::PlanRequired, license.to_string()),
        ] {
            let problem = state.problem_of_import(license, import, &refusal.into());
            assert!(problem.detail.contains(&name), "{}", problem.detail);
        }
        state.close().await;
    }
}
