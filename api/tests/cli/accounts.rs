//! Roles, links, sessions and tokens on the command line.

use std::{fs, io::Write, net::TcpStream};

use crate::support::{ADA, Office, Ran, holds};

const OPS: &str = "ops@provider.example";

/// Asks a server over the network.
fn asked(address: &str, head: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{head}\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    std::io::read_to_string(stream).unwrap()
}

#[test]
fn roles_are_granted_listed_and_revoked() {
    let office = Office::new();
    office.license(10);
    office.done(&["roles", "grant", OPS, "operator"]);
    office.done(&["roles", "grant", OPS, "support"]);
    holds(&office.done(&["roles", "list"]), &[OPS, "operator, support"]);
    holds(&office.done(&["roles", "grant", OPS, "support"]), &["has the role support already"]);
    office.done(&["roles", "revoke", OPS, "operator"]);
    let left = office.done(&["roles", "list"]);
    assert!(!left.contains("operator"), "{left}");
    office.done(&["license", "staff", "grant", "School", "aud@school.example", "auditor"]);
    holds(&office.done(&["audit", "School"]), &["made aud@school.example an auditor of the license"]);
    office.run(&["roles", "grant", OPS, "king"]).ended(2).says(&["\"king\" is not one"]);
}

#[test]
fn a_newcomer_signs_in_on_this_machine_by_a_link_and_a_program_by_a_token() {
    let office = Office::new();
    office.license(10);
    let made = office.done(&["tokens", "make", "sync", "--as", ADA, "--scope", "read"]);
    let token = made.lines().find_map(|line| line.strip_prefix("Token:")).unwrap().trim().to_owned();
    assert!(token.starts_with("sbk_"), "{made}");
    let listed = office.done(&["tokens", "list", "--as", ADA]);
    assert!(listed.contains("sync") && !listed.contains(&token), "{listed}");

    let server = office.serve();
    let address = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    let link = office.done(&["sign-in-link", OPS]);
    holds(&link, &[&format!("http://{address}/sign-in#"), "It works once"]);
    holds(&asked(&address, "GET /sign-in HTTP/1.1"), &["HTTP/1.1 200", "<button>Sign in</button>"]);
    let bearer = format!("GET /api/v1/licenses HTTP/1.1\r\nAuthorization: Bearer {token}");
    holds(&asked(&address, &bearer), &["HTTP/1.1 200", "\"name\":\"School\""]);
    holds(&asked(&address, "GET /api/v1/licenses HTTP/1.1\r\nSeatbook-As: a@x.example"), &["HTTP/1.1 403"]);
    // The server, too, is asked by one here.
    assert_eq!(office.done(&["tokens", "revoke-all", ADA]), "Tokens revoked: 2.\n");
    holds(&asked(&address, &bearer), &["HTTP/1.1 401"]);
    assert_eq!(server.end(), Some(0));
}

/// What staff read last is counted as the service ends, and nothing is left behind what is signed.
#[test]
fn a_service_that_ends_in_order_leaves_nothing_unsigned() {
    let office = Office::new();
    if crate::ENGINE == "postgres" {
        // There no file says what was signed.
        return;
    }
    office.license(10);
    let reader = "aud@school.example";
    office.done(&["license", "staff", "grant", "School", reader, "auditor"]);
    let made = office.done(&["tokens", "make", "reads", "--as", reader, "--scope", "read"]);
    let token = made.lines().find_map(|line| line.strip_prefix("Token:")).unwrap().trim();
    let license = office.json(&["license", "list"])["items"][0]["license_id"].as_str().unwrap().to_owned();
    let server = office.serve();
    let address = server.said["listening"].as_str().unwrap().trim_start_matches("http://").to_owned();
    for _ in 0..3 {
        let read = format!("GET /api/v1/licenses/{license}/users HTTP/1.1\r\nAuthorization: Bearer {token}");
        holds(&asked(&address, &read), &["HTTP/1.1 200"]);
    }
    assert_eq!(server.end(), Some(0));
    let last = &office.json(&["audit", "School", "--limit", "1"])["items"][0];
    assert_eq!(last["event_type"], "PeopleReadAgain", "{last}");
    let checkpoint = fs::read_to_string(office.path("seatbook.db-checkpoint")).unwrap();
    assert_eq!(checkpoint.lines().nth(1), Some(last["position"].to_string().as_str()), "{checkpoint}");
}

#[test]
fn a_secret_may_stand_in_a_file_and_is_not_said_twice() {
    let office = Office::new();
    office.license(10);
    let path = office.database();
    let file = path.with_extension("secret");
    fs::write(&file, format!("sqlite:{}\n", path.display())).unwrap();
    let mut list = office.command(&["license", "list"]);
    list.env_remove("SEATBOOK_DATABASE").env("SEATBOOK_DATABASE_FILE", &file);
    holds(&Ran::of(list.output().unwrap()).ended(0).stdout, &["School"]);
    let mut both = office.command(&["license", "list"]);
    both.env("SEATBOOK_DATABASE", "sqlite:x.db").env("SEATBOOK_DATABASE_FILE", &file);
    holds(&Ran::of(both.output().unwrap()).ended(2).stderr, &["are both set"]);
    for (variable, value, said) in [
        ("SEATBOOK_PUBLIC_URL", "http://seats.example.org", "is without TLS"),
        ("SEATBOOK_TRUSTED_PROXIES", "proxy", "no address and no network"),
        ("SEATBOOK_SMTP_URL", "ftp://secret@mail", "can't be read"),
        ("SEATBOOK_SESSION_HOURS", "0", "no time at all"),
    ] {
        let mut list = office.command(&["license", "list"]);
        let ran = Ran::of(list.env(variable, value).output().unwrap()).ended(2);
        holds(&ran.stderr, &[variable, said]);
        assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    }
}
