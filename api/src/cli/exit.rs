//! How a command ends: its exit code, and what stderr says.

use std::{fmt::Display, io, path::Path, process::ExitCode};

use serde_json::{Value, json};

use super::{
    output::{Out, list, sentence, text, visible},
    way::SERVER_LOST,
};
use crate::sentence::begun;

/// How a command ended. The help text of the command line lists the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It did what was asked.
    Done = 0,
    /// It failed; stderr says why.
    Failed = 1,
    /// The command line can't be meant so.
    Usage = 2,
    /// It did what was asked, and refused some rows.
    SomeRefused = 3,
    /// Ctrl-C.
    Interrupted = 130,
}

/// Why a command did not do what was asked. No `Debug`: holds what was typed.
pub(crate) enum Failure {
    /// The service said no, as an RFC 9457 problem.
    Problem(Value),
    /// Something on this side: a file, the database, the connection.
    Local { exit: Exit, code: &'static str, what: String, hint: String },
    /// The answer can't be written.
    Output(io::Error),
    /// Ctrl-C, and what was done until then.
    Interrupted(String),
}

impl Failure {
    /// Something on this side went wrong.
    pub(crate) fn broken(code: &'static str, what: impl Display, hint: impl Into<String>) -> Self {
        Self::Local { exit: Exit::Failed, code, what: what.to_string(), hint: hint.into() }
    }

    /// The command line can't be meant so.
    pub(crate) fn usage(what: impl Into<String>, hint: impl Into<String>) -> Self {
        Self::Local { exit: Exit::Usage, code: "usage", what: what.into(), hint: hint.into() }
    }

    /// The same, where what was to be looked at could not be: to a program, that is not the answer that something is wrong
    /// with it.
    pub(crate) fn of_nothing_done(self) -> Self {
        match self {
            Self::Local { code, what, hint, .. } => Self::Local { exit: Exit::Usage, code, what, hint },
            other => other,
        }
    }

    /// Whether it passes once the service runs again.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Local { code, .. } => *code == SERVER_LOST,
            Self::Problem(problem) => text(problem, "code") == "unavailable",
            Self::Output(_) | Self::Interrupted(_) => false,
        }
    }

    /// A file of the user's that can't be read.
    pub(crate) fn unread(path: &Path, error: &io::Error, hint: &str) -> Self {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "there is no such file".to_owned(),
            io::ErrorKind::PermissionDenied => "its owner does not allow it".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        Self::broken("unreadable", format!("The file {} can't be read: {why}.", path.display()), hint)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// Tells how it ended, on stderr where it failed, and gives the exit code.
pub(super) fn report(result: Result<Exit, Failure>, out: Out) -> ExitCode {
    let exit = match result {
        Ok(exit) => exit,
        // `seatbook ... | head` has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(Failure::Interrupted(said)) => {
            out.note(&said);
            Exit::Interrupted
        }
        Err(Failure::Output(error)) => {
            out.note(&format!("Error: The answer can't be written: {error}."));
            Exit::Failed
        }
        Err(Failure::Problem(problem)) => {
            tell(&problem, out);
            Exit::Failed
        }
        Err(Failure::Local { exit, code, what, hint }) => {
            tell(
                &json!({ "type": format!("/problems/{code}"), "detail": what, "code": code, "hint": hint }),
                out,
            );
            exit
        }
    };
    ExitCode::from(exit as u8)
}

fn tell(problem: &Value, out: Out) {
    if out.json {
        out.note(&problem.to_string());
    } else {
        out.note(sentences(problem).trim_end());
    }
}

/// What only programs that speak HTTP can do, at the end of a hint.
const OF_PROGRAMS: [&str; 2] =
    ["; with the same Idempotency-Key nothing happens twice", ", or leave min_position out"];

fn for_people(hint: &str) -> String {
    OF_PROGRAMS.iter().fold(hint.to_owned(), |hint, part| hint.replace(part, ""))
}

/// What happened, where, with which value, and what to do.
fn sentences(problem: &Value) -> String {
    let first = [text(problem, "detail"), text(problem, "title")].into_iter().find(|t| !t.is_empty());
    let first = begun(&sentence(first.unwrap_or("The service gave no reason.")));
    let first = format!("Error: {}\n", visible(&first));
    let places = list(problem, "errors").iter().map(|error| {
        let place = match (error.get("line").and_then(Value::as_u64), text(error, "pointer")) {
            (Some(line), _) => format!("Line {line}: "),
            (None, "") => String::new(),
            (None, pointer) => format!("{pointer}: "),
        };
        let said = [sentence(text(error, "detail")), sentence(text(error, "hint"))].join(" ");
        format!("  {}{}\n", visible(&place), visible(said.trim()))
    });
    let hint = match text(problem, "hint") {
        "" => String::new(),
        hint => format!("What to do: {}\n", visible(&sentence(&for_people(hint)))),
    };
    let code = match text(problem, "code") {
        "" | "usage" => String::new(),
        code => format!("Code: {code}\n"),
    };
    first + &places.collect::<String>() + &hint + &code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_where_and_what_to_do() {
        let problem = json!({
            "title": "Unprocessable Content", "code": "invalid_request", "hint": "Correct them.",
            "detail": "Two fields can't be read.",
            "errors": [
                { "line": 7, "detail": "\"ada@\" has no domain.", "hint": "Write it like ada@example.org." },
                { "pointer": "/seats", "detail": "-1 seats" },
            ],
        });
        let expected = "Error: Two fields can't be read.\n  \
                        Line 7: \"ada@\" has no domain. Write it like ada@example.org.\n  /seats: -1 seats.\n\
                        What to do: Correct them.\nCode: invalid_request\n";
        assert_eq!(sentences(&problem), expected);
    }

    #[test]
    fn a_hint_for_programs_is_not_told_to_people() {
        let hint = "Try again in a moment; with the same Idempotency-Key nothing happens twice.";
        let said = sentences(&json!({ "detail": "busy", "hint": hint }));
        assert_eq!(said, "Error: Busy.\nWhat to do: Try again in a moment.\n");
    }

    #[test]
    fn a_problem_without_words_is_still_told() {
        assert_eq!(sentences(&json!({})), "Error: The service gave no reason.\n");
    }
}
