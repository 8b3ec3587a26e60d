//! How somebody went from a license: by what is recorded of it, and alike on every page.

use projections::audit::AuditEntry;

use super::words::Badge;

/// How somebody went.
#[derive(Clone, Copy)]
pub(crate) struct Went {
    word: &'static str,
    /// As it is told to themselves.
    pub told: &'static str,
}

impl Went {
    /// How they went last, in a history in order.
    pub(crate) fn last(chain: &[AuditEntry]) -> Option<Self> {
        chain.iter().rev().find_map(|entry| Self::of(&entry.event_type))
    }

    fn of(event: &str) -> Option<Self> {
        let (word, told) = match event {
            "InviteWithdrawn" => ("Withdrawn", "An admin withdrew your invite"),
            "UserRemoved" => ("Removed", "An admin removed you"),
            "UserLeft" => ("Left", "You left"),
            _ => return None,
        };
        Some(Self { word, told })
    }

    pub(crate) const fn badge(self) -> Badge {
        Badge::new("off", "minus", self.word)
    }
}
