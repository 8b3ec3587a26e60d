//! What the operator does on the command line, and no page does.

/// What is done, by which command, and what else there is to know.
pub(super) struct Way {
    pub what: &'static str,
    pub command: &'static str,
    pub more: &'static str,
}

/// In the order in which an operator needs them.
pub(super) static WAYS: [Way; 4] = [
    Way {
        what: "Set up a license",
        command: "seatbook license create Hillside --seats 500 --admin dana@hillside.example",
        more: "Its seats, plan, term, admins and mail domains are changed under its Settings.",
    },
    Way {
        what: "Give somebody a role on all licenses",
        command: "seatbook roles grant sue@provider.example support",
        more: "The roles are operator, auditor and support. “revoke” instead of “grant” takes one away.",
    },
    Way {
        what: "See who has such a role",
        command: "seatbook roles list",
        more: "When each was given, and by whom, stands below.",
    },
    Way {
        what: "Erase somebody",
        command: "seatbook erase guest@else.example --dry-run",
        more: "This says what it would do. Without “--dry-run” it is done, and can't be undone.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_is_one() {
        for way in &WAYS {
            assert!(crate::cli::is_command(way.command), "{}", way.command);
        }
        assert!(!crate::cli::is_command("seatbook roles grant sue@provider.example king"));
    }
}
