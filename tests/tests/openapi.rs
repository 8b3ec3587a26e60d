//! The API's description is that of the code.

use std::{env, fs, path::Path};

#[test]
fn docs_openapi_json_is_what_the_service_answers() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
    let mut described = api::app::openapi().to_pretty_json().expect("the description");
    described.push('\n');
    if env::var_os("SEATBOOK_UPDATE_DOCS").is_some() {
        fs::write(&path, &described).expect("docs/openapi.json");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == described,
        "docs/openapi.json is not current; write it with SEATBOOK_UPDATE_DOCS=1 cargo test -p seatbook-tests --test openapi"
    );
}

#[test]
fn it_is_openapi_3_1_and_every_operation_can_be_named() {
    let described: serde_json::Value =
        serde_json::from_str(&api::app::openapi().to_json().expect("the description")).expect("JSON");
    assert!(described["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    let paths = described["paths"].as_object().expect("paths");
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().expect("operations") {
            if method == "parameters" {
                continue;
            }
            assert!(operation["operationId"].is_string(), "{method} {path} has no operationId");
            assert!(operation["summary"].is_string(), "{method} {path} has no summary");
            assert!(path.starts_with("/api/v1/"), "{path} is outside of /api/v1");
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let name = parameter["name"].as_str().expect("a name");
                let in_path = path.contains(&format!("{{{name}}}"));
                let places = if in_path { &["path"][..] } else { &["query", "header"] };
                let place = parameter["in"].as_str().expect("a place");
                assert!(places.contains(&place), "{name} of {method} {path}");
            }
        }
    }
    assert!(paths.len() > 20);
}
