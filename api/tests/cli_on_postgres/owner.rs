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
    let rights = "the user has no SELECT, INSERT on events, memberships, license_keys, commands";
    holds(&ran.stdout, &[rights, "may not make tables"]);
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
    // The owner gives commands as that role, and is told where that is not allowed.
    let mine = format!("limited_{database}");
    told(server.tell("postgres", &format!("CREATE ROLE {mine} LOGIN PASSWORD 'x'")));
    let mine = server.url_of(&mine, "x", &database);
    let limited =
        Ran::of(office.command(&["database", "check"]).env("SEATBOOK_DATABASE", &mine).output().unwrap());
    let acts = format!("the service works there as {role}, and the user may not act as that role");
    holds(&limited.ended(1).stdout, &[&acts, "GRANT role TO user"]);
}

#[test]
fn lists_that_were_made_before_the_server_could_search_are_told() {
    let office = Office::new();
    office.license(10);
    let server = Server::shared();
    let (before, _) = office.url.as_ref().unwrap().split_once('?').unwrap();
    let database = before.rsplit_once('/').unwrap().1.to_owned();
    holds(&office.done(&["database", "check"]), &["Missing:   nothing"]);
    told(server.tell(&database, "DROP EXTENSION pg_trgm CASCADE"));
    holds(&office.done(&["database", "check"]), &["it has no pg_trgm", "projections rebuild members"]);
    told(server.tell(&database, "CREATE EXTENSION pg_trgm"));
    holds(&office.done(&["database", "check"]), &["made before pg_trgm was there"]);
    office.done(&["projections", "rebuild", "members"]);
    holds(&office.done(&["database", "check"]), &["Missing:   nothing"]);
}
