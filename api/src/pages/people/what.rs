//! What is done with some people of the list, in words.

use domain::{ImportMode, Status, number::grouped};

use crate::{
    pages::{form::Form, toast::Toast},
    problem::Problem,
    visible::shortened,
};

/// What is done with them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    AddAgain,
    Invite,
    Withdraw,
    Remove,
}

impl What {
    pub(super) fn of(form: &Form) -> Result<Self, Problem> {
        match form.text("do") {
            "add" => Ok(Self::AddAgain),
            "invite" => Ok(Self::Invite),
            "withdraw" => Ok(Self::Withdraw),
            "remove" => Ok(Self::Remove),
            other => {
                let what = format!("\"{}\" is nothing that is done with people", shortened(other));
                Err(Problem::invalid("do", what, "Give add, invite, withdraw or remove."))
            }
        }
    }

    pub(super) const fn takes(self) -> bool {
        matches!(self, Self::Withdraw | Self::Remove)
    }

    pub(super) const fn mode(self) -> ImportMode {
        match self {
            Self::AddAgain => ImportMode::Add,
            Self::Invite => ImportMode::Invite,
            Self::Withdraw => ImportMode::Withdraw,
            Self::Remove => ImportMode::Remove,
        }
    }

    /// Whether it does something to somebody of this status.
    pub(super) fn affects(self, status: Option<Status>) -> bool {
        match self {
            // Who has gone since they were ticked does not come back unseen.
            Self::AddAgain | Self::Invite | Self::Remove => status.is_some(),
            Self::Withdraw => status == Some(Status::Invited),
        }
    }

    /// The order in words, about so many people, who are called so.
    pub(super) fn said(self, n: u64, people: &str) -> String {
        let word = match self {
            Self::AddAgain => "Add",
            Self::Invite => "Invite",
            Self::Withdraw if n == 1 => "Withdraw the invite of",
            Self::Withdraw => "Withdraw the invites of",
            Self::Remove => "Remove",
        };
        format!("{word} {people}")
    }

    /// Nobody whom it would do anything to is meant.
    pub(super) fn nobody(self) -> Toast {
        let what = match self {
            Self::Withdraw => "Nothing changed: none of them has an open invite.",
            Self::AddAgain | Self::Invite | Self::Remove => {
                "Nothing changed: none of them is on the license."
            }
        };
        Toast::neutral(what, 0)
    }

    /// Of how many who are ticked, too, nothing changes, and why.
    pub(super) fn spares(self, n: u64) -> Option<String> {
        let why = match self {
            Self::Withdraw => "no invite is open",
            Self::AddAgain | Self::Invite | Self::Remove => "not on the license any more",
        };
        match n {
            0 => None,
            1 => Some(format!("1 other who is ticked stays as they are: {why}.")),
            n => Some(format!("{} others who are ticked stay as they are: {why}.", grouped(n))),
        }
    }
}
