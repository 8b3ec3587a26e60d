//! By what right somebody gives an order to a license or to the installation.

use std::sync::Arc;

use domain::{Actor, Event, Installation, InstallationRole, Refusal, Role, SubjectId};
use eventlog::{LogError, Revision, StreamId};

use crate::{CommandError, Context, Executor, Who, executor::LicenseAt};

/// The installation as of a revision.
#[derive(Debug, Clone, Default)]
pub(crate) struct InstallationAt {
    pub state: Installation,
    pub revision: Revision,
}

/// Who gives an order, as what, and what that rests on beside the license.
pub(crate) struct Authority {
    pub actor: SubjectId,
    pub role: Role,
    /// A commit asserts it: a right that was revoked a moment ago does not slip through.
    pub asserts: Option<(StreamId, Revision)>,
}

impl Executor {
    /// The installation as it is now: what was folded before, and what came since.
    pub(crate) async fn installation(&self) -> Result<Arc<InstallationAt>, LogError> {
        let kept = Arc::clone(&self.installation.lock());
        let news = self.log.read_stream(StreamId::INSTALLATION, kept.revision).await?;
        if news.is_empty() {
            return Ok(kept);
        }
        let mut now = InstallationAt::clone(&kept);
        for recorded in news {
            now.revision = recorded.revision;
            if let Event::Installation(event) = &recorded.event {
                now.state.evolve(event);
            }
        }
        let now = Arc::new(now);
        let mut held = self.installation.lock();
        // Somebody may have read further meanwhile.
        if held.revision < now.revision {
            *held = Arc::clone(&now);
        }
        Ok(now)
    }

    /// The operator: whoever can open the database, or a person who was given the role.
    pub(crate) async fn operator(&self, ctx: &Context) -> Result<Authority, CommandError> {
        let Who::Person { email, .. } = &ctx.who else {
            return Ok(Authority { actor: Actor::OPERATOR.subject, role: Role::Operator, asserts: None });
        };
        let person = self.known(email).await?.ok_or(Refusal::OperatorOnly)?;
        let installation = self.installation().await?;
        if !installation.state.has(person.subject_id, InstallationRole::Operator) {
            return Err(Refusal::OperatorOnly.into());
        }
        let asserts = Some((StreamId::INSTALLATION, installation.revision));
        Ok(Authority { actor: person.subject_id, role: Role::Operator, asserts })
    }

    /// An admin of the license; otherwise the operator.
    pub(crate) async fn operator_or_admin(
        &self,
        ctx: &Context,
        license: &LicenseAt,
    ) -> Result<Authority, CommandError> {
        if matches!(ctx.who, Who::Operator) {
            return self.operator(ctx).await;
        }
        match self.admin(ctx, license).await {
            // What it rests on is the license, which every such order asserts.
            Ok(actor) => Ok(Authority { actor, role: Role::Admin, asserts: None }),
            Err(refused @ CommandError::Refused { .. }) => {
                self.operator(ctx).await.map_err(|error| match error {
                    CommandError::Refused { .. } => refused,
                    error => error,
                })
            }
            Err(error) => Err(error),
        }
    }
}
