//! What stands around every page.

use chrono::Utc;
use projections::invites::Invite;

use super::{assets, toast::Toast, words::Icon};
use crate::front::Front;

/// What stands around a page of somebody who has signed in. No `Debug`: holds addresses.
pub(crate) struct Frame {
    pub title: String,
    /// Who has signed in.
    pub person: String,
    /// `light`, `dark` or `auto`.
    pub theme: &'static str,
    /// The address of the page.
    pub here: String,
    /// The address that takes its place in the browser's history, where the page is the answer to an order: whoever comes back to
    /// it, or loads it again, is not asked whether to send the order once more.
    pub instead: Option<String>,
    /// Whether the history of the installation is shown to them.
    pub may_see_installation: bool,
    /// How many invites wait for an answer.
    pub waiting: usize,
    /// Those of them that nobody has closed.
    pub notices: Vec<Invite>,
    /// What came of what they did before.
    pub told: Option<Toast>,
    /// Where people find help, and whom they ask, as the operator says.
    pub help: Option<String>,
    pub contact: Option<String>,
}

impl Frame {
    #[expect(clippy::unused_self, reason = "templates have the frame, and no modules")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    #[expect(clippy::unused_self, reason = "templates have the frame, and no modules")]
    pub(crate) fn icon(&self, name: &'static str) -> Icon {
        Icon(name)
    }

    /// What is counted beside the account.
    pub(crate) const fn open_invites(&self) -> &'static str {
        if self.waiting == 1 { "open invite" } else { "open invites" }
    }

    /// Why an invite can't be accepted now, if it can't.
    #[expect(clippy::unused_self, reason = "templates have the frame, and no modules")]
    pub(crate) fn shut(&self, invite: &Invite) -> Option<&'static str> {
        let admits = domain::license::admits(invite.plan, invite.ends, Utc::now().date_naive());
        admits.err().map(|refusal| refusal.code().meaning())
    }

    /// Whether the page is one of those under an address.
    pub(crate) fn is_under(&self, address: &str) -> bool {
        let rest = self.here.strip_prefix(address);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
    }
}

/// What stands around a page for everybody: signing in, and what went wrong.
pub(crate) struct Plain {
    pub title: String,
    /// Where people find help, and whom they ask, as the operator says.
    pub help: Option<String>,
    pub contact: Option<String>,
}

impl Plain {
    pub(crate) fn of(front: &Front, title: impl Into<String>) -> Self {
        Self { title: title.into(), help: front.help.clone(), contact: front.contact.clone() }
    }

    #[expect(clippy::unused_self, reason = "templates have the frame, and no modules")]
    pub(crate) fn asset(&self, name: &str) -> String {
        assets::address(name)
    }
}
