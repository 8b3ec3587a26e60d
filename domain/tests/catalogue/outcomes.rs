//! The page of outcome codes.

use std::fmt::Write;

use domain::{Code, Effect, refusal::hint};

use crate::cell;

const INTRO: &str = "\
# Outcomes

<!-- Written from the code. To write it again: SEATBOOK_UPDATE_DOCS=1 cargo test -p domain --test catalogue -->

Every order to Seatbook ends in an outcome with a code: each person who is added, each row of a file, each
change of a license. The codes are the same on the pages, in the API, on the command line, in CSV reports and
in the events ([events.md](events.md)). They are stable: codes are added, never renamed.
";

const EFFECTS: [(Effect, &str, &str); 3] = [
    (Effect::Changed, "Changed", "Something is different now, and an event tells of it."),
    (Effect::Unchanged, "Unchanged", "It was so already. Nothing was written, and nothing has to be done."),
    (
        Effect::Refused,
        "Refused",
        "A rule said no, and nothing else changed. Some refusals stand in the person's history: see `AdmissionRefused`.",
    ),
];

pub fn page() -> String {
    let mut page = String::from(INTRO);
    for (effect, title, about) in EFFECTS {
        let refused = effect == Effect::Refused;
        let (more, line) = if refused { (" What to do |", "---|") } else { ("", "") };
        write!(page, "\n## {title}\n\n{about}\n\n| Code | Meaning |{more}\n|---|---|{line}\n")
            .expect("a text grows");
        for code in Code::ALL.iter().filter(|code| code.effect() == effect) {
            let to_do = if refused { format!(" {} |", cell(hint(*code))) } else { String::new() };
            writeln!(page, "| `{code}` | {} |{to_do}", cell(code.meaning())).expect("a text grows");
        }
    }
    page
}
