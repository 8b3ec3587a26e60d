//! The owner of the tables, and the role of the nodes, which may do less.

use eventlog::conformance::server::Server;

use crate::support::{ADA, Office, Ran, holds, told};

#[test]
fn a_role_is_granted_what_a_node_needs_and_no_more() {
    let office = Office::new();
    let url = office.target();
    let (before, _) = url.split_once('?').unwrap();
    let database = before.rsplit_once('/').unwrap().1.to_owned();
    let role = format!("node_of_{database}");
    let server = Server::shared();
    told(server.tell("postgres", &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'")));
    let node = server.url_of(&role, "x", &database);
    let as_node =
        |args: &[&str]| Ran::of(office.command(args).env("SEATBOOK_DATABASE", &node).output().unwrap());
    // The owner has run a node before: what it made is handed over.
    office.license(10);
    let ran = as_node(&["database", "check"]).ended(1);
    holds(&ran.stdout, &["the user has no SELECT on events", "may not make tables"]);
    office.run(&["database", "grant", "nobody_there"]).ended(1).says(&["no role nobody_there"]);
    for _ in 0..2 {
        holds(&office.done(&["database", "grant", &role]), &[&role]);
    }
    holds(&as_node(&["database", "check"]).ended(0).stdout, &["Missing:   nothing"]);
    as_node(&["users", "add", "School", "--as", ADA, "bo@else.example"]).ended(0);
    holds(&as_node(&["users", "list", "School"]).ended(0).stdout, &["bo@else.example"]);
    as_node(&["projections", "rebuild", "members"]).ended(0);
    as_node(&["database", "migrate"]).ended(0);
    as_node(&["database", "grant", &role]).ended(1).says(&["may not grant rights"]);
}
