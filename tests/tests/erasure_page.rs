//! `docs/erasure.md` lists every place of the inventory in the code.

use std::{env, fmt::Write, fs, path::Path};

const BEGIN: &str = "<!-- The places, from api/src/erasure/places.rs: SEATBOOK_UPDATE_DOCS=1 cargo test -p seatbook-tests --test erasure_page -->\n";
const END: &str = "<!-- End of the places -->\n";

#[test]
fn the_inventory_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/erasure.md");
    let page = fs::read_to_string(&path).expect("docs/erasure.md");
    let (before, rest) = page.split_once(BEGIN).expect("where the places begin");
    let (_, after) = rest.split_once(END).expect("where the places end");
    let mut table = String::from("| place | what of a person | method | deadline |\n|---|---|---|---|\n");
    for place in api::PLACES {
        writeln!(table, "| `{}` | {} | {} | {} |", place.name, place.what, place.method, place.deadline)
            .expect("a text grows");
    }
    let expected = format!("{before}{BEGIN}{table}{END}{after}");
    if env::var_os("SEATBOOK_UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).expect("the page can be written");
    }
    let page = fs::read_to_string(&path).expect("docs/erasure.md");
    assert!(page == expected, "docs/erasure.md is not current: SEATBOOK_UPDATE_DOCS=1 writes it");
}
