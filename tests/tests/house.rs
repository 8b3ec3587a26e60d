//! The house stands as `docs/architecture.md` draws it.

use std::{collections::BTreeSet, fs, path::Path};

const ROOMS: [&str; 9] =
    ["domain", "eventlog", "sql", "transparency", "notary", "commands", "projections", "identity", "api"];

/// Whom each crate may use, of our own.
fn allowed(room: &str) -> &'static [&'static str] {
    match room {
        "domain" => &[],
        "eventlog" | "transparency" => &["domain"],
        "sql" => &["eventlog"],
        "commands" => &["domain", "eventlog"],
        "identity" => &["domain", "eventlog", "sql"],
        "projections" | "notary" => &["domain", "eventlog", "sql", "transparency"],
        "api" => &["domain", "eventlog", "transparency", "notary", "commands", "projections", "identity"],
        other => panic!("{other} is no room of the house"),
    }
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace")
}

/// The names under `[dependencies]`.
fn dependencies(room: &str) -> BTreeSet<String> {
    let manifest = fs::read_to_string(root().join(room).join("Cargo.toml")).expect("a manifest");
    let section = manifest.split("[dependencies]\n").nth(1).expect("dependencies").split("\n[").next();
    section
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn no_arrow_points_the_wrong_way() {
    for room in ROOMS {
        let ours: BTreeSet<String> =
            dependencies(room).into_iter().filter(|name| ROOMS.contains(&name.as_str())).collect();
        let wrong: Vec<_> = ours.iter().filter(|name| !allowed(room).contains(&name.as_str())).collect();
        assert!(wrong.is_empty(), "{room} must not use {wrong:?}");
    }
}

#[test]
fn the_domain_has_nothing_to_do_io_with() {
    // What it has: plain data, parsing and hashing; cqrs-es for the traits that it implements.
    let known = [
        "chrono",
        "cqrs-es",
        "icu_casemap",
        "idna",
        "psl",
        "serde",
        "serde_json",
        "sha2",
        "thiserror",
        "unicode-normalization",
        "uuid",
    ];
    for name in dependencies("domain") {
        assert!(
            known.contains(&name.as_str()),
            "domain depends on {name}: does it do I/O, tell the time or roll dice?"
        );
    }
    let root = fs::read_to_string(root().join("Cargo.toml")).expect("the workspace's manifest");
    let uuid = root.lines().find(|line| line.starts_with("uuid =")).expect("uuid");
    assert!(uuid.contains("v7"), "ids are time-ordered");
}

#[test]
fn the_domain_neither_asks_the_time_nor_rolls_dice() {
    each_source("domain/src", &mut |path, text| {
        for forbidden in [
            "Utc::now",
            "Local::now",
            "SystemTime",
            "Instant::now",
            "now_v7",
            "new_v4",
            "std::fs",
            "std::net",
            "std::env",
        ] {
            assert!(!text.contains(forbidden), "{} uses {forbidden}", path.display());
        }
    });
}

#[test]
fn nothing_is_ordered_by_time() {
    each_source("eventlog/src", &mut |path, text| {
        let lower = text.to_lowercase();
        assert!(!lower.contains("order by recorded_at"), "{} orders by time", path.display());
    });
    each_source("projections/src", &mut |path, text| {
        assert!(!text.to_lowercase().contains("order by recorded_at"), "{} orders by time", path.display());
    });
}

#[test]
fn versions_stand_in_one_place() {
    for room in ROOMS.iter().chain(&["tests"]) {
        let manifest = fs::read_to_string(root().join(room).join("Cargo.toml")).expect("a manifest");
        let own = manifest.lines().find(|line| line.contains("version = \""));
        assert_eq!(own, None, "{room}/Cargo.toml names a version of its own");
    }
}

#[test]
fn every_csv_file_is_written_in_one_place() {
    each_source("api/src", &mut |path, text| {
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        let writes = product.contains("csv::Writer") || product.contains("WriterBuilder");
        assert!(!writes || path.ends_with("api/src/sheet.rs"), "{} writes a file of its own", path.display());
    });
}

/// Nobody has a right that is called wrongly, and nobody misses it.
#[test]
fn every_right_that_a_page_asks_for_stands_in_the_table() {
    each_source("api/src/pages", &mut |path, text| {
        for asked in text.split("may(\"").skip(1) {
            let operation = asked.split('"').next().unwrap_or_default();
            let is_known = api::rights::TABLE.iter().any(|right| right.operation == operation);
            assert!(is_known, "{}: {operation}", path.display());
        }
    });
}

#[test]
fn only_tests_ask_for_places_where_the_process_dies() {
    for room in ROOMS.iter().chain(&["tests"]) {
        let manifest = fs::read_to_string(root().join(room).join("Cargo.toml")).expect("a manifest");
        let (product, _) = manifest.split_once("[dev-dependencies]").expect("dev-dependencies");
        let asks = product.lines().any(|line| line.contains("\"faults\"") || line.contains("/faults"));
        assert!(!asks, "{room}/Cargo.toml builds them into the product");
    }
}

fn each_source(folder: &str, see: &mut dyn FnMut(&Path, &str)) {
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                see(&path, &fs::read_to_string(&path).expect("a source file"));
            }
        }
    }
}
