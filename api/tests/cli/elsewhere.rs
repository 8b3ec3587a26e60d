//! What is shown elsewhere: mail domains in DNS, accounts at providers.

use std::net::UdpSocket;

use crate::support::{ADA, Office, Ran, holds};

const DOMAIN: [&str; 2] = ["license", "domain"];

fn domain<'a>(what: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&DOMAIN, [what, "School"].as_slice(), rest].concat()
}

#[test]
fn an_admin_is_told_which_record_to_put_where_and_what_became_of_it() {
    let office = Office::new();
    office.license(10);
    holds(&office.done(&domain("proofs", &[])), &["No mail domain was proved"]);
    let asked = office.done(&domain("prove", &["river.example", "--as", ADA]));
    holds(
        &asked,
        &["_seatbook-challenge.river.example", "seatbook-domain-proof=", "seatbook license domain check"],
    );
    assert_eq!(office.done(&domain("prove", &["RIVER.example", "--as", ADA])), asked, "the same again");
    let listed = office.done(&domain("proofs", &[]));
    holds(&listed, &["river.example", "awaited until", ADA, "_seatbook-challenge.river.example"]);

    let lake = ["lake.example", "--as", ADA];
    office.done(&domain("prove", &lake));
    holds(&office.done(&domain("drop", &lake)), &["is not looked for any more"]);
    office.run(&domain("drop", &lake)).ended(1).says(&["lake.example", "Code: no_proof_awaited"]);
    assert_eq!(office.done(&domain("proofs", &[])), listed);

    // Nobody answers there.
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let nobody = taken.local_addr().unwrap().to_string();
    drop(taken);
    let mut check = office.command(&domain("check", &["river.example", "--as", ADA]));
    let ran = Ran::of(check.env("SEATBOOK_DNS_SERVERS", nobody).output().unwrap()).ended(1);
    ran.says(&["Nobody knows right now whether the TXT record", "What to do: ", "Code: dns_away"]);
}

#[test]
fn what_cant_be_proved_is_told() {
    let office = Office::new();
    office.license(10);
    let prove = |domain_name, who| office.run(&domain("prove", &[domain_name, "--as", who])).ended(1);
    prove("gmail.com", ADA).says(&["gmail.com", "What to do: ", "Code: domain_not_provable"]);
    prove("school", ADA).says(&["no ending like .org", "What to do: "]);
    prove("river.example", "bo@school.example").says(&["not an admin", "Code: not_permitted"]);
    let check = office.run(&domain("check", &["river.example", "--as", ADA])).ended(1);
    check.says(&["No record of river.example is awaited", "Code: no_proof_awaited"]);
}

#[test]
fn nobody_has_an_account_that_is_not_there() {
    let office = Office::new();
    office.license(10);
    holds(&office.done(&["identities", "list", "--as", ADA]), &["No account at a provider signs them in."]);
    let id = "01890000-0000-7000-8000-000000000000";
    let unlink = office.run(&["identities", "unlink", id, "--as", ADA]).ended(1);
    unlink.says(&["What to do: ", "Code: unknown_identity"]);
}

#[test]
fn what_is_wrong_with_a_provider_is_told_before_anything_begins() {
    let office = Office::new();
    office.license(10);
    let school = [
        ("SEATBOOK_OIDC", "school"),
        ("SEATBOOK_OIDC_SCHOOL_ISSUER", "https://login.school.example"),
        ("SEATBOOK_OIDC_SCHOOL_CLIENT_ID", "seatbook"),
    ];
    let with = |changes: &[(&str, &str)]| {
        let mut list = office.command(&["license", "list"]);
        Ran::of(list.envs(school).envs(changes.iter().copied()).output().unwrap())
    };
    with(&[]).ended(0);
    for (variable, value, said) in [
        ("SEATBOOK_OIDC", "School", "\"School\", which is no name for a provider"),
        ("SEATBOOK_OIDC", "school, city", "SEATBOOK_OIDC_CITY_ISSUER is not set"),
        ("SEATBOOK_OIDC_SCHOOL_ISSUER", "http://login.school.example", "neither an https address"),
        ("SEATBOOK_OIDC_SCHOOL_CLIENT_ID", "", "SEATBOOK_OIDC_SCHOOL_CLIENT_ID is not set"),
        ("SEATBOOK_OIDC_SCHOOL_DOMAINS", "school", "no ending like .org"),
        ("SEATBOOK_OIDC_SCHOOL_CLIENT_SECRET_FILE", "/nowhere/secret", "can't be read"),
        ("SEATBOOK_DNS_SERVERS", "dns.example", "no address of a server"),
    ] {
        let ran = with(&[(variable, value)]).ended(2);
        holds(&ran.stderr, &["Error: ", said, "What to do: "]);
    }
}
