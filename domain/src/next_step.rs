//! What can be done next for a person on a license, and by whom.
//!
//! A step is legal when [`decide`](crate::membership::decide::decide) would not refuse it and it would change
//! something; `tests/next_step.rs` asks it for every standing and gate. The operator's steps are those that
//! would open a closed gate.

use crate::{
    Refusal,
    membership::{Gate, Notification, Standing},
};

/// Who may take a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the three roles, from the side of who can help")]
pub enum Taker {
    Person,
    Admin,
    Operator,
}

impl Taker {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "person",
            Self::Admin => "admin",
            Self::Operator => "operator",
        }
    }
}

macro_rules! steps {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal $taker:ident;)*) => {
        /// Something that can be done next.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum NextStep { $($(#[doc = $doc])* $variant,)* }

        impl NextStep {
            /// Every step.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The code as it is written everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// Who may take it.
            pub const fn taker(self) -> Taker {
                match self { $(Self::$variant => Taker::$taker,)* }
            }

            /// One sentence for people.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),*).trim_ascii_start(),)* }
            }
        }
    };
}

// In the order in which they are offered: what leads in, what leads out, what opens the gate.
steps! {
    /// The person accepts the invite and joins.
    Accept = "accept" Person;
    /// The person enters the license key and joins at once.
    EnterLicenseKey = "enter_license_key" Person;
    /// An admin adds the person, who joins at once if that admin administers their mail domain, and gets an invite otherwise.
    Add = "add" Admin;
    /// An admin adds the person again, who joins at once if that admin administers their mail domain, and gets an invite otherwise.
    AddAgain = "add_again" Admin;
    /// An admin who administers the person's mail domain adds them: they join at once, without answering the invite.
    AddAtOnce = "add_at_once" Admin;
    /// An admin invites the person, who is asked for consent even within a mail domain that the admin administers.
    Invite = "invite" Admin;
    /// The person reopens the notification, in Account & Settings under License Invites.
    ReopenNotification = "reopen_notification" Person;
    /// The person closes the notification; the invite stays open.
    CloseNotification = "close_notification" Person;
    /// The person declines the invite; its seat is free again.
    Decline = "decline" Person;
    /// The person leaves the license; their seat is free again.
    Leave = "leave" Person;
    /// An admin withdraws the invite; its seat is free again.
    Withdraw = "withdraw" Admin;
    /// An admin takes the person off the list of the license; if they hold a seat, it is free again.
    Remove = "remove" Admin;
    /// An admin frees a seat: removes somebody who no longer needs theirs, or withdraws an open invite.
    FreeSeat = "free_seat" Admin;
    /// The operator makes somebody an admin of the license, which has none who could add, remove or free seats.
    MakeAdmin = "make_admin" Operator;
    /// The operator gives the license more seats.
    MoreSeats = "more_seats" Operator;
    /// The operator renews the license, which has ended.
    RenewLicense = "renew_license" Operator;
    /// The operator moves the license to a paid plan.
    MoveToPaidPlan = "move_to_paid_plan" Operator;
}

/// What else lets somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Doors {
    /// There is a key that would.
    pub key_opens: bool,
    /// An admin administers the person's mail domain.
    pub domain_administered: bool,
    /// There is an admin: of a license that was restored from a backup all may have been erased.
    pub has_admin: bool,
}

/// The legal next steps of a person.
pub fn next_steps(standing: Standing, gate: &Gate, doors: Doors) -> Vec<NextStep> {
    let case = Case { standing, gate, doors };
    NextStep::ALL.iter().copied().filter(|step| case.offers(*step)).collect()
}

struct Case<'a> {
    standing: Standing,
    gate: &'a Gate,
    doors: Doors,
}

impl Case<'_> {
    /// What an admin could do is offered where there is one; somebody who makes one, where there is not.
    fn offers(&self, step: NextStep) -> bool {
        let by_admin = |step: &NextStep| step.taker() == Taker::Admin;
        match step {
            NextStep::MakeAdmin => {
                !self.doors.has_admin
                    && NextStep::ALL.iter().filter(|it| by_admin(it)).any(|it| self.allows(*it))
            }
            step => self.allows(step) && (self.doors.has_admin || !by_admin(&step)),
        }
    }

    fn allows(&self, step: NextStep) -> bool {
        use Standing as S;
        // Nothing can be done for them any more: who comes again is somebody new.
        if self.standing == S::Erased {
            return false;
        }
        match step {
            NextStep::Accept => self.is_invited() && self.admits(),
            NextStep::AddAtOnce => self.is_invited() && self.admits() && self.doors.domain_administered,
            NextStep::EnterLicenseKey => !self.has_joined() && self.admits() && self.doors.key_opens,
            NextStep::Add => self.standing == S::Nobody && self.admits(),
            NextStep::AddAgain => matches!(self.standing, S::Rejected(_) | S::Removed) && self.admits(),
            NextStep::Invite => !self.standing.holds_seat() && self.admits(),
            NextStep::ReopenNotification => self.standing == S::Invited(Notification::Closed),
            NextStep::CloseNotification => self.standing == S::Invited(Notification::Open),
            NextStep::Decline | NextStep::Withdraw => self.is_invited(),
            NextStep::Leave => self.has_joined(),
            NextStep::Remove => self.standing.status().is_some(),
            // Where no seat is free and there are any, somebody holds them.
            NextStep::FreeSeat => self.lacks_seat() && self.gate.seat_limit > 0,
            NextStep::MakeAdmin => false,
            NextStep::MoreSeats => self.lacks_seat(),
            NextStep::RenewLicense => {
                !self.has_joined() && matches!(self.gate.open, Err(Refusal::LicenseExpired { .. }))
            }
            NextStep::MoveToPaidPlan => !self.has_joined() && self.gate.open == Err(Refusal::PlanRequired),
        }
    }

    fn admits(&self) -> bool {
        self.gate.clone().admit(self.standing.holds_seat()).is_ok()
    }

    fn is_invited(&self) -> bool {
        matches!(self.standing, Standing::Invited(_))
    }

    fn has_joined(&self) -> bool {
        matches!(self.standing, Standing::Accepted(_))
    }

    fn lacks_seat(&self) -> bool {
        !self.standing.holds_seat() && !self.gate.seat_free
    }
}
