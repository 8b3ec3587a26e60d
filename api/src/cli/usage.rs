//! A command line that can't be meant so: said in our own words, like every other error.

use std::{error::Error as _, ffi::OsString};

use clap::{
    Command, Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

use super::{Failure, values::Misread};
use crate::visible::{shortened, without_password};

/// Whether JSON is asked for, on a command line that may not be readable.
pub(super) fn wants_json(words: &[OsString]) -> bool {
    words.iter().take_while(|word| *word != "--").any(|word| word == "--json")
}

/// What is wrong with the command line. Help and version are no errors: nothing is wrong then.
pub(super) fn wrong(error: &Error, root: &Command, words: &[OsString]) -> Option<Failure> {
    use ErrorKind as K;
    let (what, hint) = match error.kind() {
        K::DisplayHelp | K::DisplayVersion => return None,
        K::InvalidValue | K::ValueValidation => {
            let (what, hint) = value(error);
            return Some(Failure::usage(what, hint));
        }
        K::UnknownArgument => unknown(error),
        K::InvalidSubcommand => (
            format!("There is no command \"{}\" here.", given(error, ContextKind::InvalidSubcommand)),
            did_you_mean(error, ContextKind::SuggestedSubcommand),
        ),
        K::MissingSubcommand | K::DisplayHelpOnMissingArgumentOrSubcommand => {
            ("The command is not complete: what to do is missing.".to_owned(), commands(error))
        }
        K::MissingRequiredArgument => missing(error),
        K::ArgumentConflict => conflict(error),
        K::InvalidUtf8 => ("A word of the command line is not UTF-8.".to_owned(), String::new()),
        _ => ("The command line can't be read.".to_owned(), String::new()),
    };
    let help = format!("`{} --help` shows how it is written.", called(root, words));
    Some(Failure::usage(what, [hint, help].join(" ").trim_start().to_owned()))
}

/// The command that the words name, as far as they do.
fn called(root: &Command, words: &[OsString]) -> String {
    let (mut command, mut name) = (root, root.get_name().to_owned());
    for word in words.iter().skip(1).filter_map(|word| word.to_str()) {
        if let Some(sub) = command.find_subcommand(word) {
            (command, name) = (sub, format!("{name} {}", sub.get_name()));
        }
    }
    name
}

fn value(error: &Error) -> (String, String) {
    let (place, value) = (place(error, ContextKind::InvalidArg), given(error, ContextKind::InvalidValue));
    if value.is_empty() && error.source().is_none() {
        return (format!("{place}: there is no value."), "Give one right behind it.".to_owned());
    }
    let misread = error.source().and_then(|source| source.downcast_ref::<Misread>());
    match misread {
        Some(Misread { what, hint }) => (format!("{place}: \"{value}\" {what}."), hint.clone()),
        None => (
            format!("{place}: \"{value}\" is not one of those that are offered."),
            one_of(error, ContextKind::ValidValue),
        ),
    }
}

fn unknown(error: &Error) -> (String, String) {
    let word = given(error, ContextKind::InvalidArg);
    if word.starts_with('-') {
        let near = did_you_mean(error, ContextKind::SuggestedArg);
        let hint =
            if near.is_empty() { format!("If it is no option, put -- before it: -- {word}.") } else { near };
        return (format!("There is no option \"{word}\" here."), hint);
    }
    too_many(&word)
}

fn too_many(word: &str) -> (String, String) {
    let hint = "A name of several words stands in quotes: \"Hillside School\".";
    (format!("\"{word}\" is a word too many."), hint.to_owned())
}

fn missing(error: &Error) -> (String, String) {
    let missing: Vec<_> = listed(error, ContextKind::InvalidArg).iter().map(|arg| plain(arg)).collect();
    (format!("The command is not complete. Missing: {}.", missing.join(", ")), String::new())
}

fn conflict(error: &Error) -> (String, String) {
    let command = given(error, ContextKind::InvalidSubcommand);
    // What could only be a command, behind what stands in the place of one.
    if !command.is_empty() {
        return too_many(&command);
    }
    let one = plain(&given(error, ContextKind::InvalidArg));
    let others: Vec<_> = listed(error, ContextKind::PriorArg).iter().map(|arg| plain(arg)).collect();
    if others.iter().all(|other| *other == one) {
        return (format!("{one} is given twice."), "Give it once.".to_owned());
    }
    (format!("{one} does not go together with {}.", others.join(", ")), "Give one of them.".to_owned())
}

fn commands(error: &Error) -> String {
    one_of(error, ContextKind::ValidSubcommand)
}

fn one_of(error: &Error, kind: ContextKind) -> String {
    match listed(error, kind) {
        known if known.is_empty() => String::new(),
        known => format!("Give one of: {}.", known.join(", ")),
    }
}

fn did_you_mean(error: &Error, kind: ContextKind) -> String {
    match listed(error, kind) {
        near if near.is_empty() => String::new(),
        near => format!("Did you mean {}?", near.join(" or ")),
    }
}

/// The option's or the argument's name.
fn place(error: &Error, kind: ContextKind) -> String {
    let place = given(error, kind);
    if place.starts_with('-') {
        place.split(' ').next().unwrap_or_default().to_owned()
    } else {
        plain(&place)
    }
}

/// `--as <ADMIN>` as people write it: `--as ADMIN`.
fn plain(arg: &str) -> String {
    arg.replace(['<', '>', '[', ']'], "").trim_end_matches('.').to_owned()
}

fn given(error: &Error, kind: ContextKind) -> String {
    shortened(&without_password(listed(error, kind).first().map_or("", String::as_str)))
}

fn listed(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}
