//! Which answers show people's data to those who read in a role that helps or checks. Each such read is recorded.

use domain::ReadKind;

/// Operations whose answers show people's data, and what is recorded of them.
const PEOPLE: &[(&str, ReadKind)] = &[
    ("list_installation_roles", ReadKind::Roles),
    ("list_installation_audit", ReadKind::History),
    ("export_installation_audit", ReadKind::HistoryFile),
    ("follow_installation_audit", ReadKind::History),
    ("get_entries", ReadKind::History),
    ("prove_event", ReadKind::History),
    ("export_log", ReadKind::HistoryFile),
    ("list_all_imports", ReadKind::Imports),
    ("show_license", ReadKind::Admins),
    ("list_domain_proofs", ReadKind::Admins),
    ("list_joined_by_key", ReadKind::KeyJoins),
    ("list_users", ReadKind::UserList),
    ("list_user_changes", ReadKind::UserList),
    ("show_user", ReadKind::Person),
    ("why", ReadKind::Why),
    ("list_audit", ReadKind::History),
    ("export_audit", ReadKind::HistoryFile),
    ("follow_audit", ReadKind::History),
    ("replay", ReadKind::History),
    ("replay_license", ReadKind::History),
    ("prove_event_of_license", ReadKind::History),
    ("export_log_of_license", ReadKind::HistoryFile),
    ("list_imports", ReadKind::Imports),
    ("show_import", ReadKind::Imports),
    ("watch_import", ReadKind::Imports),
    ("list_refused_rows", ReadKind::RefusedRows),
];

/// What is recorded of an operation.
pub(super) fn kind_of(operation: &str) -> Option<ReadKind> {
    PEOPLE.iter().find(|(named, _)| *named == operation).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rights::{Role, TABLE};

    /// Auditors and support may read these, too, and nobody stands in the answers: states of read models, numbers.
    const NOBODY: [&str; 2] = ["list_projections", "show_seats"];

    #[test]
    fn whatever_staff_may_read_is_recorded_or_shows_nobody() {
        let staff = |role: &Role| matches!(role, Role::Auditor | Role::Support);
        for right in TABLE.iter().filter(|right| right.roles.iter().any(staff)) {
            let recorded = kind_of(right.operation).is_some();
            assert_ne!(recorded, NOBODY.contains(&right.operation), "{}", right.operation);
        }
        for (operation, _) in PEOPLE {
            let right = TABLE.iter().find(|right| right.operation == *operation);
            let right = right.unwrap_or_else(|| panic!("{operation} stands in no table"));
            assert!(right.roles.iter().any(staff), "{operation}");
        }
    }
}
