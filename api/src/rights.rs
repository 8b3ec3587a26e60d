//! Who may do what: one table, and nothing that is not in it.

mod enforce;
mod reads;
mod still;
mod viewer;

pub(crate) use enforce::{enforce, let_in_for};
pub(crate) use still::StillMay;
pub(crate) use viewer::{NOBODY, Viewer};

/// As what somebody asks. With a license in the address, roles on that license count, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Nobody needs to sign in.
    Anybody,
    /// Whoever has signed in, for what is theirs.
    Person,
    /// Who is, or was, on the license's user list: for their own place on it.
    Member,
    /// Administers the license.
    Admin,
    /// Reads everything: of the license, or of all.
    Auditor,
    /// Reads who is on a license and why: on this one, or on all.
    Support,
    /// Runs the installation.
    Operator,
}

/// Whether an operation changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It does not.
    Read,
    /// It does.
    Write,
    /// It is about how somebody signs in: no token does it, however much it is good for.
    Account,
}

/// A row of the table.
#[derive(Debug)]
pub struct Right {
    /// As the API's description names it.
    pub operation: &'static str,
    /// Whether it changes anything.
    pub kind: Kind,
    /// Who may do it. Nobody: only whoever can open the database.
    pub roles: &'static [Role],
}

const fn right(operation: &'static str, kind: Kind, roles: &'static [Role]) -> Right {
    Right { operation, kind, roles }
}

use Kind::{Account, Read, Write};
use Role::{Admin, Anybody, Auditor, Member, Operator, Person, Support};

/// Everything that can be asked for under `/api/v1`. Whoever can open the database may do all of it.
///
/// The operator does not read people by that role alone: whoever also helps or checks is given that role as well, and
/// the history says so.
pub static TABLE: &[Right] = &[
    // Signing in.
    right("ask_for_sign_in_link", Account, &[Anybody]),
    right("sign_in", Account, &[Anybody]),
    right("sign_out", Account, &[Person]),
    right("make_sign_in_link", Account, &[]),
    right("who_am_i", Read, &[Person]),
    right("list_sessions", Account, &[Person]),
    right("end_session", Account, &[Person]),
    right("end_sessions_of", Account, &[Operator]),
    right("list_identities", Account, &[Person]),
    right("unlink_identity", Account, &[Person]),
    right("list_tokens", Account, &[Person]),
    right("make_token", Account, &[Person]),
    right("revoke_token", Account, &[Person]),
    right("revoke_tokens_of", Account, &[Operator]),
    // The installation.
    right("list_installation_roles", Read, &[Operator, Auditor]),
    right("grant_installation_role", Write, &[Operator]),
    right("revoke_installation_role", Write, &[Operator]),
    right("list_installation_audit", Read, &[Operator, Auditor]),
    right("export_installation_audit", Read, &[Operator, Auditor]),
    right("follow_installation_audit", Read, &[Operator, Auditor]),
    right("list_projections", Read, &[Operator, Auditor]),
    right("rebuild_projection", Write, &[Operator]),
    right("verify_projection", Write, &[Operator]),
    // What differs is told row by row, with whatever is in it of people.
    right("replay", Read, &[Auditor]),
    right("list_all_imports", Read, &[Operator, Auditor]),
    right("erase_subject", Write, &[Operator]),
    // Licenses. Of the list, everybody is shown what is theirs.
    right("list_licenses", Read, &[Person]),
    right("create_license", Write, &[Operator]),
    right("show_license", Read, &[Admin, Auditor, Support, Operator]),
    right("rename_license", Write, &[Admin, Operator]),
    right("change_plan", Write, &[Operator]),
    right("change_seat_limit", Write, &[Operator]),
    right("change_term", Write, &[Operator]),
    right("grant_admin", Write, &[Admin, Operator]),
    right("revoke_admin", Write, &[Admin, Operator]),
    right("grant_staff", Write, &[Admin, Operator]),
    right("revoke_staff", Write, &[Admin, Operator]),
    right("grant_domain", Write, &[Operator]),
    right("ask_for_domain_proof", Write, &[Admin]),
    right("list_domain_proofs", Read, &[Admin, Auditor, Operator]),
    right("check_domain_proof", Write, &[Admin, Operator]),
    right("drop_domain_proof", Write, &[Admin, Operator]),
    right("revoke_domain", Write, &[Admin, Operator]),
    right("issue_key", Write, &[Admin, Operator]),
    right("rotate_key", Write, &[Admin, Operator]),
    // Who has a key lets people in: a token that only reads does not get one.
    right("show_key", Write, &[Admin, Operator]),
    right("list_joined_by_key", Read, &[Admin, Auditor]),
    right("revoke_key", Write, &[Admin, Operator]),
    // People.
    right("list_users", Read, &[Admin, Auditor, Support]),
    right("show_user", Read, &[Admin, Auditor, Support]),
    right("list_user_changes", Read, &[Admin, Auditor, Support]),
    right("show_seats", Read, &[Admin, Auditor, Support, Operator]),
    right("why", Read, &[Admin, Auditor, Support]),
    right("list_audit", Read, &[Admin, Auditor]),
    // The history to verify. Hashes tell nothing but how much there is; entries tell what happened to whom, by ids.
    right("show_checkpoint", Read, &[Person]),
    right("show_log_key", Read, &[Person]),
    right("get_tile", Read, &[Person]),
    right("prove_consistency", Read, &[Person]),
    right("get_entries", Read, &[Auditor]),
    right("prove_event", Read, &[Auditor]),
    right("export_log", Read, &[Auditor]),
    right("begin_history_anew", Write, &[]),
    right("prove_event_of_license", Read, &[Admin, Auditor]),
    right("export_log_of_license", Read, &[Admin, Auditor]),
    right("replay_license", Read, &[Admin, Auditor]),
    right("export_audit", Read, &[Admin, Auditor]),
    right("follow_audit", Read, &[Admin, Auditor]),
    right("add_users", Write, &[Admin]),
    right("invite_users", Write, &[Admin]),
    right("remove_users", Write, &[Admin]),
    right("withdraw_invite", Write, &[Admin]),
    // Imports. Refused rows hold what somebody wrote about people.
    right("sample_csv", Read, &[Anybody]),
    right("list_imports", Read, &[Admin, Auditor, Operator]),
    right("show_import", Read, &[Admin, Auditor, Operator]),
    right("watch_import", Read, &[Admin, Auditor]),
    right("list_refused_rows", Read, &[Admin, Auditor]),
    right("begin_import", Write, &[Admin]),
    right("undo_import", Write, &[Admin]),
    right("cancel_import", Write, &[Admin, Operator]),
    // What people do for themselves.
    right("list_invites", Read, &[Person]),
    right("accept_invite", Write, &[Member]),
    right("decline_invite", Write, &[Member]),
    right("close_notification", Write, &[Member]),
    right("reopen_notification", Write, &[Member]),
    right("leave_license", Write, &[Member]),
    right("join_with_key", Write, &[Person]),
];

/// The row of an operation. None: nobody over the network may do it.
pub(crate) fn of(operation: &str) -> Option<&'static Right> {
    TABLE.iter().find(|right| right.operation == operation)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn described() -> BTreeSet<String> {
        let api = crate::app::openapi();
        let operations = api.paths.paths.values().flat_map(|item| [&item.get, &item.post, &item.put]);
        operations.flatten().filter_map(|operation| operation.operation_id.clone()).collect()
    }

    #[test]
    fn every_operation_stands_in_the_table_once_and_nothing_else_does() {
        let rows: Vec<String> = TABLE.iter().map(|right| right.operation.to_owned()).collect();
        let named: BTreeSet<String> = rows.iter().cloned().collect();
        assert_eq!(named.len(), rows.len(), "one stands there twice");
        assert_eq!(named, described());
    }

    #[test]
    fn who_only_reads_is_allowed_nothing_that_changes_anything() {
        for right in TABLE.iter().filter(|right| right.kind == Write) {
            let reader = right.roles.iter().find(|role| matches!(role, Auditor | Support | Anybody));
            assert_eq!(reader, None, "{}", right.operation);
        }
    }
}
